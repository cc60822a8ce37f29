// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package main

import (
	"bytes"
	"fmt"
	"time"
)

// Ours. A failed reload disturbs nobody at once, but it counts: at the next one that succeeds
// HAProxy ends all workers, also the one that served until then, that have seen more reloads than
// mworker-max-reloads, with their connections. What HAProxy has accepted in a check fails for want
// of something that may come back (memory, files), hence not one attempt only.
const (
	mostFailures = 3
	firstPause   = time.Minute
	longerPause  = 10 // times the one before
)

// failure remembers the files that a reload failed with. They are tried again, but not for long.
type failure struct {
	with  files
	times int
	again time.Time
}

// note is told of each failure.
func (f *failure) note(with files, now time.Time) {
	if !bytes.Equal(with.configuration, f.with.configuration) {
		*f = failure{}
	}
	f.with = with
	f.times++
	f.again = now.Add(f.pause())
}

// pause is the one after the last failure.
func (f *failure) pause() time.Duration {
	pause := firstPause
	for range f.times - 1 {
		pause *= longerPause
	}
	return pause
}

// forbids says that it is no use yet to try these. Other certificates make no difference to another
// configuration: they were checked, and are not why it failed.
func (f *failure) forbids(next, inForce files, now time.Time) bool {
	if !bytes.Equal(next.configuration, f.with.configuration) ||
		bytes.Equal(next.configuration, inForce.configuration) && !next.equal(f.with) {
		return false
	}
	return f.times >= mostFailures || now.Before(f.again)
}

// outlook says what comes of it.
func (f *failure) outlook() string {
	if f.times >= mostFailures {
		return fmt.Sprintf("after %d attempts it is not tried again until the files change",
			f.times)
	}
	return fmt.Sprint("it is tried again after ", f.pause())
}

// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package conformance

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/flashmq/flashmq/pkg/mqtt"
)

// Moment is how long a check waits to see that something does not happen.
const Moment = 200 * time.Millisecond

// T is what one run of a Check works with. It ends a check by panicking with ended.
type T struct {
	o           *Options
	version     mqtt.Version
	number      int // counts the checks of a run
	streams     streams
	connected   map[any]bool // Clients whose CONNECT was accepted
	errors      []string
	unsupported string
	cleanups    []func()
}

// ended is what T panics with to leave a Check.
type ended string

// Version is the version of the check: 3.1.1 or 5.0.
func (t *T) Version() mqtt.Version { return t.version }

// Helper does nothing; with it T is a rawclient.TB.
func (t *T) Helper() {}

// Cleanup adds what is to be done when the check has ended, whether it failed or not. The last
// added is done first.
func (t *T) Cleanup(f func()) { t.cleanups = append(t.cleanups, f) }

// Errorf notes a failure and goes on.
func (t *T) Errorf(format string, a ...any) {
	t.errors = append(t.errors, fmt.Sprintf(format, a...))
}

// Fatalf notes a failure and ends the check.
func (t *T) Fatalf(format string, a ...any) {
	t.Errorf(format, a...)
	panic(ended("conformance: the check failed"))
}

// Fatal is Fatalf without a format.
func (t *T) Fatal(a ...any) {
	t.Errorf("%s", fmt.Sprint(a...))
	panic(ended("conformance: the check failed"))
}

// Unsupported ends the check because the Server said, in a way the specification provides, that
// it does not have the feature. That is neither a pass nor a failure.
func (t *T) Unsupported(format string, a ...any) {
	t.unsupported = fmt.Sprintf(format, a...)
	panic(ended("conformance: not supported by the server"))
}

// longestID is how much of a Client Identifier every Server must take [MQTT-3.1.3-5].
const longestID = 23

// ID returns a Client Identifier that nobody else uses: the same for the same name inside one
// check. The name is a few letters and digits.
func (t *T) ID(name string) string {
	id := t.o.prefix + strconv.FormatInt(int64(t.number), 36) + "x" + name
	if len(id) > longestID {
		panic("conformance: the name " + name + " makes a Client Identifier too long")
	}
	return id
}

// Topic returns a Topic Name, or Topic Filter, that begins with levels nobody else uses.
func (t *T) Topic(name string) string {
	return strings.Join([]string{"conformance", t.o.prefix, strconv.Itoa(t.number), name}, "/")
}

// Sleep lets time pass. What was sent is on its way before.
func (t *T) Sleep(d time.Duration) {
	t.streams.flush()
	time.Sleep(d)
}

// Case runs a part of the check; a failure of it is noted under its name and ends only that part.
func (t *T) Case(name string, f func()) {
	before := len(t.errors)
	t.perform(f)
	for i := before; i < len(t.errors); i++ {
		t.errors[i] = name + ": " + t.errors[i]
	}
	if t.unsupported != "" {
		panic(ended("conformance: not supported by the server"))
	}
}

// perform runs f and stops where it ends the check.
func (t *T) perform(f func()) {
	defer func() {
		if r := recover(); r != nil {
			if _, ok := r.(ended); !ok {
				panic(fmt.Sprintf("conformance: a check is broken: %v", r))
			}
		}
	}()
	f()
}

// finish does what Cleanup collected, including what is collected meanwhile.
func (t *T) finish() {
	for len(t.cleanups) > 0 {
		last := len(t.cleanups) - 1
		f := t.cleanups[last]
		t.cleanups = t.cleanups[:last]
		t.perform(f)
	}
	t.streams.flush()
}

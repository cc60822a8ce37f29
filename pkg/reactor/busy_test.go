// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package reactor

import (
	"testing"
	"time"
)

// toil keeps its loop busy for the time in each batch.
type toil struct{ Handler }

func (toil) Mail(l *Loop, batch any) {
	x := batch.(*task)
	for end := l.reactor.Clock() + int64(x.time); l.reactor.Clock() < end; {
		continue
	}
	close(x.done)
}

func (toil) Tick(*Loop, int64) {}

type task struct {
	time time.Duration
	done chan struct{}
}

// Busy is the time a loop works, and not the time it waits for something to do.
func TestBusyTime(t *testing.T) {
	r, err := New(Options{Loops: 1}, toil{})
	if err != nil {
		t.Fatal(err)
	}
	if err := r.Start(); err != nil {
		t.Fatal(err)
	}
	defer r.Stop()
	l := r.Loops()[0]
	work := func(d time.Duration) {
		x := &task{d, make(chan struct{})}
		l.Post(x, 0)
		<-x.done
	}
	work(0)
	before, began := l.Counters().Busy, r.Clock()
	const toils = 5
	for range toils {
		work(20 * time.Millisecond)
		time.Sleep(100 * time.Millisecond)
	}
	work(0) // a turn is counted when the next one begins
	busy, passed := l.Counters().Busy-before, time.Duration(r.Clock()-began)
	if busy < toils*20*time.Millisecond {
		t.Errorf("busy for %v, and has worked for %v", busy, toils*20*time.Millisecond)
	}
	if idle := passed - busy; idle < toils*50*time.Millisecond {
		t.Errorf("busy for %v of %v", busy, passed)
	}
}

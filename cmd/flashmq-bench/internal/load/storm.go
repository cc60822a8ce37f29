// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package load

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"time"
)

// storm connects and disconnects, over and over, with a new Client Identifier each time.
func (r *run) storm() error {
	o := &r.options
	if err := r.fits(o.Clients); err != nil {
		return err
	}
	threads := min(o.Threads, o.Clients)
	for t := range threads {
		n := o.Clients / threads
		if t < o.Clients%threads {
			n++
		}
		l, err := r.newLoop(n, 0)
		if err != nil {
			r.endAll()
			return err
		}
		for range n {
			l.add("")
		}
		l.storming, l.wanted, l.limit, l.again = true, n, n, make([]int32, 0, n)
	}
	turning := r.start((*loop).rage)
	r.live.Stage = "warm-up"
	r.tell()
	r.sleep(o.Warmup)
	connects := func() int64 { return r.total().connects }
	stage := r.measure("connects", "connection", connects)
	r.phase.Store(draining)
	r.sleep(min(patience, 20*time.Millisecond))
	r.phase.Store(stopping)
	turning.Wait()
	r.result.Connected = int(r.total().connects)
	if stage.Count == 0 {
		return r.explain(errors.New("load: nobody could connect"))
	}
	return nil
}

// rage is a loop of a storm.
func (l *loop) rage() {
	for l.run.phase.Load() < stopping {
		l.step(longestWait / 4)
	}
}

// alone makes the one loop of a scenario in stages, which the caller turns himself: for this
// many clients, in a closed loop.
func (r *run) alone(clients, groups int) (*loop, error) {
	if err := r.fits(clients); err != nil {
		return nil, err
	}
	l, err := r.newLoop(clients, groups)
	if err != nil {
		return nil, err
	}
	runtime.LockOSThread()
	return l, nil
}

// endAlone is the end of a loop made by alone.
func (l *loop) endAlone() {
	l.end()
	runtime.UnlockOSThread()
}

// until turns the loop until something has happened. It fails when the run is to end before, and
// when a connection is lost.
func (l *loop) until(what string, happened func() bool) error {
	next := int64(0)
	for !happened() {
		if l.run.ctx.Err() != nil {
			return fmt.Errorf("load: %s: %w", what, context.Cause(l.run.ctx))
		}
		if l.count.closed > 0 {
			return l.run.explain(fmt.Errorf("load: %s", what))
		}
		l.step(longestWait)
		if l.now > next {
			l.run.tell()
			next = l.now + int64(200*time.Millisecond)
		}
	}
	return nil
}

// barrier waits until the broker has handled everything that c sent.
func (l *loop) barrier(c *conn) error {
	l.ping(c)
	return l.until("waiting for the broker to take in the messages", func() bool {
		return c.ponged && c.inflight == 0
	})
}

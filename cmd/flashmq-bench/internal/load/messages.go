// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package load

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"sync"
	"time"

	"golang.org/x/sys/unix"
)

// messages is every scenario in which publishers and subscribers are connected all the time.
func (r *run) messages() error {
	if err := r.layOut(); err != nil {
		r.endAll()
		return err
	}
	turning := r.start((*loop).serve)
	err := r.awaitReady()
	if err == nil {
		r.phase.Store(running)
		r.live.Stage = "warm-up"
		r.tell()
		r.sleep(r.options.Warmup)
		r.measure("messages", "message", func() int64 { return r.total().received })
		r.phase.Store(draining)
		r.drain()
		r.result.Connected = r.ready()
	}
	r.phase.Store(stopping)
	turning.Wait()
	return r.explain(err)
}

// start turns every loop on a thread of its own.
func (r *run) start(serve func(*loop)) *sync.WaitGroup {
	var turning sync.WaitGroup
	for _, l := range r.loops {
		turning.Go(func() {
			runtime.LockOSThread()
			defer runtime.UnlockOSThread()
			serve(l)
			l.end()
		})
	}
	return &turning
}

func (r *run) endAll() {
	for _, l := range r.loops {
		l.end()
	}
}

// serve is a loop from the first connection to the last.
func (l *loop) serve() {
	phase := &l.run.phase
	for phase.Load() == connecting {
		l.step(longestWait / 4)
	}
	if l.pace.step > 0 {
		// The kernel may let timers of the thread be late by so many nanoseconds; 50,000 usually.
		_ = unix.Prctl(unix.PR_SET_TIMERSLACK, 1, 0, 0, 0)
	}
	l.pace.from = l.run.clock()
	l.pumping = l.pace.step == 0
	for i := range l.groups {
		l.mark(&l.groups[i])
	}
	for phase.Load() == running {
		l.step(l.keepPace())
	}
	if l.pace.step > 0 {
		// What has been due for no longer than a loop may sleep is not late yet.
		overdue := l.pace.due(l.now - int64(longestWait))
		l.count.unsent = max(0, overdue-l.pace.taken-int64(l.options.Batch))
	}
	l.pumping = false
	for phase.Load() == draining {
		l.step(longestWait / 4)
	}
}

func (r *run) ready() (sum int) {
	for _, l := range r.loops {
		sum += int(l.shown.ready.Load())
	}
	return sum
}

// awaitReady waits until all clients are connected and subscribed.
func (r *run) awaitReady() error {
	r.live.Stage = "connecting"
	want := 0
	for _, l := range r.loops {
		want += len(l.conns)
	}
	for r.ctx.Err() == nil {
		r.tell()
		switch {
		case r.ready() == want:
			return nil
		case r.total().closed > 0:
			return fmt.Errorf("load: %d of %d clients connected", r.ready(), want)
		}
		r.sleep(2 * time.Millisecond)
	}
	return fmt.Errorf("load: %d of %d clients connected: %w", r.ready(), want,
		context.Cause(r.ctx))
}

// Ours: how long to wait for messages that do not come.
const patience = 500 * time.Millisecond

// drain waits until what was sent has arrived, or nothing comes any more. What is missing then
// was lost.
func (r *run) drain() {
	r.live.Stage = "draining"
	last, progress := r.total(), time.Now()
	for r.ctx.Err() == nil && time.Since(progress) < patience {
		r.tell()
		r.sleep(2 * time.Millisecond)
		now := r.total()
		if now.received != last.received || now.sent != last.sent {
			last, progress = now, time.Now()
		}
		// The counts of a loop are shown one after the other, so a loop that still sends may have
		// received more than it shows as expected: look twice.
		if now == r.total() && now.received-now.duplicates >= now.expected {
			return
		}
	}
}

// explain adds why the first connection failed; call it when the loops have stopped.
func (r *run) explain(err error) error {
	if err == nil {
		return nil
	}
	for _, l := range r.loops {
		if l.failure != nil {
			return fmt.Errorf("%w: %w%s", err, l.failure, r.hint(l.failure))
		}
	}
	return err
}

// hint says what to do about a failure.
func (r *run) hint(failure error) string {
	for _, known := range []struct {
		err  error
		hint string
	}{
		{unix.ECONNREFUSED, fmt.Sprintf(": nothing listens on %v; start the broker, or name it "+
			"with --host and --port", r.to)},
		{unix.EADDRNOTAVAIL, ": out of ports; use --source-addresses"},
		{unix.EMFILE, ": out of open files; raise the limit with ulimit -n"},
	} {
		if errors.Is(failure, known.err) {
			return known.hint
		}
	}
	if hint := r.entryHint(failure); hint != "" {
		return hint
	}
	if errors.Is(failure, errClosed) {
		return "; its log may say why (a limit on connections, a listener for something else " +
			"than MQTT over " + r.options.Transport() + ")"
	}
	return ""
}

// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package reactor

import (
	"encoding/binary"
	"runtime"
	"time"

	"golang.org/x/sys/unix"
)

// Ours.
const (
	// heldSleep is how long a loop that may not read sleeps at most: it cannot wait for its
	// sockets to become writable without hearing of the readable ones.
	heldSleep = 2 * time.Millisecond
	// longestNap is how many milliseconds a loop waits without telling the Go scheduler. Telling it
	// costs more than the wait when the next event is near: the scheduler's monitor takes the
	// processor away and looks for somebody else to run, two more threads that wake for every
	// message. A collector that has to stop the world ends a nap by its signal; the longest it
	// could wait for one is this.
	longestNap = 2
	// shortSlice is how long a loop wants to run at a time when others want to run as well, in
	// nanoseconds: the least that Linux grants.
	shortSlice = 100_000
)

// napFor is how long loops may nap: not at all when they could take all of the scheduler's
// processors (GOMAXPROCS), so that nobody else could run meanwhile.
func napFor(loops int) int {
	if runtime.GOMAXPROCS(0) > loops {
		return longestNap
	}
	return 0
}

// poll fills events and returns how many there are. It waits when the loop has nothing to do.
func (l *Loop) poll(held bool) int {
	if held {
		return l.pollHeld()
	}
	if l.busy() {
		return epollNow(l.epoll, l.events)
	}
	return l.sleep(l.timeout())
}

// pollHeld is poll for a loop that takes nothing in.
func (l *Loop) pollHeld() int {
	n := l.writableOnly(epollNow(l.epoll, l.events))
	if n > 0 || l.busy() {
		return n
	}
	if timeout := l.timeout(); timeout != 0 {
		l.sleepHeld(timeout)
	}
	return 0
}

// busy tells whether there is work that does not come from a socket.
func (l *Loop) busy() bool {
	return l.again || len(l.dirty) > 0 || len(l.closing) > 0 || len(l.leaving) > 0 ||
		l.inbox.filled.Load() || l.reactor.stopping.Load()
}

// timeout is how many milliseconds the loop may sleep before a timer is due; -1 for ever. It notes
// the instant: what the loop had to do is done.
func (l *Loop) timeout() int {
	l.idleAt = l.reactor.clock()
	next := l.Timers.Next()
	if next < 0 {
		return -1
	}
	wait := next - l.idleAt
	if wait <= 0 {
		return 0
	}
	// Rounded up: waking before the timer is due would only cost a turn.
	return int(min((wait+int64(time.Millisecond)-1)/int64(time.Millisecond), 1<<30))
}

// awake counts the time in which there was something to do, at the beginning of a turn.
func (l *Loop) awake() {
	until := l.now
	if l.idleAt != 0 {
		until, l.idleAt = l.idleAt, 0
	}
	l.counters.busy.Add(until - l.busyAt)
	l.busyAt = l.now
}

// sleep waits for an event, which may be there already. Whoever posts between the announcement and
// the wait sees the announcement and writes to the eventfd; filled shows who posted before.
func (l *Loop) sleep(timeout int) int {
	l.inbox.sleeping.Store(true)
	defer l.inbox.sleeping.Store(false)
	if l.inbox.filled.Load() || l.reactor.stopping.Load() {
		return epollNow(l.epoll, l.events)
	}
	nap := l.reactor.nap
	if timeout >= 0 && timeout <= nap {
		n, _ := epollNap(l.epoll, l.events, timeout)
		return n
	}
	n, interrupted := epollNap(l.epoll, l.events, nap)
	if n > 0 || interrupted {
		return n
	}
	if timeout > 0 {
		timeout -= nap
	}
	l.counters.sleeps.Add(1)
	n, err := unix.EpollWait(l.epoll, l.events, timeout)
	if err != nil {
		return 0 // EINTR
	}
	return n
}

// sleepHeld waits for mail only, and not for long.
func (l *Loop) sleepHeld(timeout int) {
	limit := int(heldSleep / time.Millisecond)
	if timeout < 0 || timeout > limit {
		timeout = limit
	}
	// Unlike epoll, poll reports what has been written to the eventfd since it was read.
	var count [8]byte
	_, _ = read(int32(l.eventfd), count[:])
	l.inbox.sleeping.Store(true)
	defer l.inbox.sleeping.Store(false)
	if l.inbox.filled.Load() || l.reactor.stopping.Load() || !l.held() {
		return
	}
	l.counters.sleeps.Add(1)
	_, _ = unix.Poll([]unix.PollFd{{Fd: int32(l.eventfd), Events: unix.POLLIN}}, timeout)
}

// writableOnly keeps the events that say a socket can be written.
func (l *Loop) writableOnly(n int) int {
	kept := 0
	for _, ev := range l.events[:n] {
		if ev.Events&unix.EPOLLOUT != 0 {
			l.events[kept] = ev
			kept++
		}
	}
	return kept
}

// wake ends the loop's sleep, if it sleeps.
func (l *Loop) wake() {
	if l.inbox.sleeping.Load() && l.inbox.sleeping.CompareAndSwap(true, false) {
		var one [8]byte
		binary.NativeEndian.PutUint64(one[:], 1) // the counter has room for 2^64-2 of them
		_, _ = write(int32(l.eventfd), one[:])
	}
}

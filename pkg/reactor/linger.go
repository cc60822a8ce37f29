// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package reactor

import (
	"golang.org/x/sys/unix"

	"github.com/flashmq/flashmq/pkg/timer"
)

// Closing a socket with unread input makes the kernel send a reset, and a reset makes the peer's
// kernel throw away what the peer has not read yet: the last bytes, which often say why we close.
// So the sending side is closed first, and input is discarded until the peer has closed as well.

// Ours.
const (
	// maxDiscarded is how much a peer may send after we have closed; a whole window in flight.
	maxDiscarded = 1 << 20
)

// lingerQueue ends the waiting for peers: those lingering, and those draining. All wait equally
// long, so the order of coming is the order of going.
type lingerQueue struct {
	timer   timer.Timer
	loop    *Loop
	waiting []waiting
	// first is the index of the first one still waiting.
	first int
	// lingering counts the connections that have had Closed and hold a descriptor.
	lingering int
}

// waiting names a connection as epoll's events do, for it may be gone before its time is up.
type waiting struct {
	slot       int32
	generation uint32
	until      int64
}

func (q *lingerQueue) bind(l *Loop) {
	q.loop = l
	q.timer.Bind(q)
}

// add makes c wait for at most LingerTime.
func (q *lingerQueue) add(c *Conn) {
	until := q.loop.now + int64(q.loop.reactor.options.LingerTime)
	q.waiting = append(q.waiting, waiting{c.slot, c.generation, until})
	if !q.timer.Armed() {
		q.loop.Timers.Set(&q.timer, until)
	}
}

// Expire ends the waiting of those whose time is up.
func (q *lingerQueue) Expire(_ *timer.Timer, now int64) {
	for ; q.first < len(q.waiting) && q.waiting[q.first].until <= now; q.first++ {
		w := q.waiting[q.first]
		if c := q.loop.conns.at(w.slot, w.generation); c != nil {
			q.loop.timeUp(c)
		}
	}
	if q.first > len(q.waiting)/2 {
		q.waiting = append(q.waiting[:0], q.waiting[q.first:]...)
		q.first = 0
	}
	if q.first < len(q.waiting) {
		q.loop.Timers.Set(&q.timer, q.waiting[q.first].until)
	}
}

// timeUp closes a connection that has waited long enough.
func (l *Loop) timeUp(c *Conn) {
	switch {
	case c.state == lingering:
		l.endLingering(c)
	case c.state == draining && c.progress:
		c.progress = false
		l.linger.add(c)
	case c.state == draining:
		c.Abort(c.err)
	}
}

// startLingering closes the sending side and keeps the socket to hear of the peer's; false when
// there is no need or no room for that.
func (l *Loop) startLingering(c *Conn) bool {
	if unix.Shutdown(int(c.fd), unix.SHUT_WR) != nil {
		return false
	}
	if l.reactor.stopping.Load() {
		l.discardNow(c)
		return false
	}
	if l.linger.lingering >= l.reactor.options.Linger {
		return false
	}
	l.linger.lingering++
	c.state, c.paused, c.blocked = lingering, false, false
	c.watch()
	l.linger.add(c)
	return true
}

// discard throws away what the peer of a lingering connection still sends.
func (l *Loop) discard(c *Conn) {
	n, errno := read(c.fd, l.input)
	c.discarded += int32(n)
	if errno == unix.EAGAIN || n > 0 && c.discarded <= maxDiscarded {
		return
	}
	l.endLingering(c)
}

func (l *Loop) endLingering(c *Conn) {
	l.linger.lingering--
	l.discardConn(c)
}

// discardNow throws away what has arrived already, when there is no time for more.
func (l *Loop) discardNow(c *Conn) {
	for total := 0; total < maxDiscarded; {
		n, errno := read(c.fd, l.input)
		if n == 0 || errno != 0 {
			return
		}
		total += n
	}
}

// drain lets a peer that has ended its side read what is still waiting for it, as long as it does.
func (l *Loop) drain(c *Conn) {
	c.state, c.progress = draining, false
	c.watch() // the end of input would be reported for ever
	l.linger.add(c)
}

// finishDraining: everything is written, the connection can be closed.
func (c *Conn) finishDraining() {
	c.state = closing
	c.enlist(c.err)
}

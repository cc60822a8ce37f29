// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package reactor

import (
	"golang.org/x/sys/unix"

	"github.com/flashmq/flashmq/pkg/buffer"
)

// departure is a connection about to leave its loop.
type departure struct {
	c      *Conn
	target *Loop
	unread []byte // owned
}

// arrival is a connection on its way to the loop it is posted to.
type arrival struct {
	c      *Conn
	unread []byte // owned
	// fresh: not opened yet; a listener shared by all loops hands it out.
	fresh bool
}

// Move hands the connection over to another loop at the end of the turn, with a copy of the bytes
// the Handler has been given and not used. From now on there is no callback here; on target there
// will be Moved, then Readable(unread) if there is any, then what arrives meanwhile, and a Flush.
// A close asked for after Move happens there as well. Moving to the own loop makes the same calls.
func (c *Conn) Move(target *Loop, unread []byte) {
	if c.state != open || c.moving {
		return
	}
	if c.loop.reactor.stopping.Load() {
		target = c.loop
	}
	c.moving = true
	d := departure{c: c, target: target, unread: append([]byte(nil), unread...)}
	c.loop.leaving = append(c.loop.leaving, d)
}

// depart hands over the leaving connections, except those that are still on a list of this loop:
// the next turn, which follows at once, takes them off.
func (l *Loop) depart() {
	if len(l.leaving) == 0 {
		return
	}
	leaving := l.leaving
	l.leaving = nil // Moved may append to it
	for _, d := range leaving {
		if d.c.scheduled || d.c.listed {
			l.leaving = append(l.leaving, d)
			continue
		}
		l.handOver(d)
	}
}

func (l *Loop) handOver(d departure) {
	a := &arrival{c: d.c, unread: d.unread}
	if d.target == l {
		l.welcome(a)
		return
	}
	_ = l.control(unix.EPOLL_CTL_DEL, d.c.fd, 0, 0, 0)
	l.deregister(d.c)
	d.target.Post(a, int64(len(d.unread)))
}

// arrive makes this loop the owner of a connection.
func (l *Loop) arrive(a *arrival) {
	c := a.c
	c.blocked = false // unknown here; the Flush will tell
	if err := l.register(c); err != nil {
		l.turnAway(a, err)
		return
	}
	if a.fresh {
		l.callOpened(c)
		return
	}
	l.welcome(a)
}

// welcome makes the first callbacks after a move and takes up what was left undone.
func (l *Loop) welcome(a *arrival) {
	c := a.c
	c.moving = false
	c.Schedule()
	if c.state != open {
		c.enlist(c.err)
		return
	}
	l.callMoved(c)
	switch {
	case len(a.unread) == 0:
	case c.moving:
		l.carryOn(a)
	case c.state == open:
		l.callReadable(c, a.unread)
		buffer.Scribble(a.unread)
	}
}

// carryOn puts the unread bytes of a connection that Moved has moved on before those it named.
func (l *Loop) carryOn(a *arrival) {
	for i := range l.leaving {
		if d := &l.leaving[i]; d.c == a.c {
			d.unread = append(a.unread, d.unread...)
		}
	}
}

// turnAway closes a connection that could not be registered.
func (l *Loop) turnAway(a *arrival, err error) {
	c := a.c
	l.reactor.log.Error("epoll refuses a connection", "loop", l.index, "error", err)
	if !a.fresh {
		c.state, c.err = aborting, err
		l.callClosed(c, err)
	}
	_ = unix.Close(int(c.fd))
	l.recycle(c)
}

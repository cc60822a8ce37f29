// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package load

import (
	"fmt"
	"syscall"

	"golang.org/x/sys/unix"

	"github.com/flashmq/flashmq/cmd/flashmq-bench/internal/door"
)

// state is how far a connection is.
type state uint8

const (
	fresh    state = iota // not opened yet
	dialing               // connect is under way
	entering              // the layers above the socket are not there yet
	greeting              // CONNECT was sent
	asking                // SUBSCRIBE was sent
	ready
	closed
)

// conn is one client and its Network Connection.
type conn struct {
	fd        int
	slot      int32 // in loop.conns
	state     state
	writing   bool // epoll is asked for EPOLLOUT
	ponged    bool // PINGRESP came since the last barrier
	clean     bool // Clean Start
	dismissed bool // DISCONNECT was sent: the broker is to close
	nextID    uint16
	keepAlive uint16
	number    uint32 // in the Client Identifier
	inflight  int    // published and not acknowledged, QoS 1 and 2
	quota     int    // the broker's Receive Maximum
	began     int64  // when it was opened
	received  int64
	rest      []byte // the beginning of a packet
	out       []byte // what the socket did not take yet
	filter    string // its first; "": subscribes to nothing
	granted   int    // how many of its subscriptions the broker has granted
	group     *group // whose publisher this is, nil: none
	hears     *hearing
	door      *door.Door // nil: MQTT lies on the socket
}

// open begins c's connection.
func (l *loop) open(c *conn) {
	*c = conn{slot: c.slot, clean: c.clean, number: c.number, filter: c.filter, group: c.group,
		hears: c.hears, keepAlive: c.keepAlive, rest: c.rest[:0], out: c.out[:0],
		nextID: 1, quota: 65535, began: l.run.clock()}
	l.opening++
	c.state = dialing
	source := int(l.run.sources.Add(1))
	fd, connected, err := dial(l.run.to, source, l.options.SourceAddresses)
	c.fd = fd
	if err == nil {
		err = l.watch(c, unix.EPOLL_CTL_ADD, !connected)
	}
	if err != nil {
		l.lose(c, err)
		return
	}
	if connected {
		l.enter(c)
	}
}

// dialed is called when connect has ended, one way or the other.
func (l *loop) dialed(c *conn) {
	code, err := unix.GetsockoptInt(c.fd, unix.SOL_SOCKET, unix.SO_ERROR)
	if err == nil && code != 0 {
		err = syscall.Errno(code)
	}
	if err == nil {
		err = l.watch(c, unix.EPOLL_CTL_MOD, false)
	}
	if err != nil {
		l.lose(c, err)
		return
	}
	l.enter(c)
}

// lose ends a connection that failed, and remembers the first reason.
func (l *loop) lose(c *conn, why error) {
	if c.state == closed {
		return
	}
	if !c.dismissed {
		l.count.closed++
		if l.failure == nil {
			l.failure = fmt.Errorf("client %d: %w", c.number, c.explain(why))
		}
	}
	l.shut(c)
}

// shut closes c's socket.
func (l *loop) shut(c *conn) {
	switch c.state {
	case fresh, closed:
		return
	case ready:
		l.ready--
	default:
		l.opening--
	}
	c.state = closed
	if c.door != nil {
		c.door.Close()
		c.door = nil
	}
	if c.fd >= 0 {
		unix.Close(c.fd)
		c.fd = -1
	}
	if l.storming {
		l.again = append(l.again, c.slot)
	}
}

// write sends b, which stays the caller's, now or as soon as the socket takes it.
func (l *loop) write(c *conn, b []byte) {
	if c.state == closed || len(b) == 0 {
		return
	}
	if c.door != nil {
		if err := c.door.Write(b); err != nil {
			l.answer(c, err)
			return
		}
		b = l.doors.Out()
	}
	l.transmit(c, b)
}

// transmit is write below all layers.
func (l *loop) transmit(c *conn, b []byte) {
	if len(b) == 0 {
		return
	}
	if len(c.out) > 0 {
		c.out = append(c.out, b...)
		return
	}
	n, errno := send(c.fd, b)
	switch {
	case errno == unix.EAGAIN:
		n = 0
	case errno != 0:
		l.lose(c, errno)
		return
	}
	if n == len(b) {
		return
	}
	c.out = append(c.out, b[n:]...)
	if err := l.watch(c, unix.EPOLL_CTL_MOD, true); err != nil {
		l.lose(c, err)
	}
}

// writable is called when epoll says that c's socket takes bytes again.
func (l *loop) writable(c *conn) {
	if c.state == dialing {
		l.dialed(c)
		return
	}
	if len(c.out) > 0 {
		n, errno := send(c.fd, c.out)
		if errno == unix.EAGAIN {
			return
		}
		if errno != 0 {
			l.lose(c, errno)
			return
		}
		c.out = c.out[:copy(c.out, c.out[n:])]
		if len(c.out) > 0 {
			return
		}
	}
	if err := l.watch(c, unix.EPOLL_CTL_MOD, false); err != nil {
		l.lose(c, err)
		return
	}
	if c.group != nil {
		l.mark(c.group)
	}
}

// readable makes one read and handles what it brought. What is left of it epoll reports again.
func (l *loop) readable(c *conn) {
	if c.door != nil {
		l.readThrough(c)
		return
	}
	kept := copy(l.in, c.rest)
	if kept == len(l.in) {
		l.lose(c, errTooLarge)
		return
	}
	n, errno := receive(c.fd, l.in[kept:])
	if !l.brought(c, n, errno) {
		return
	}
	l.now = l.run.clock()
	l.handle(c, l.in[:kept+n])
}

// brought tells whether a read brought something; if it brought the end, c is lost.
func (l *loop) brought(c *conn, n int, errno syscall.Errno) bool {
	switch {
	case errno == unix.EAGAIN:
		return false
	case errno != 0:
		l.lose(c, errno)
		return false
	case n == 0:
		l.lose(c, errClosed)
		return false
	}
	return true
}

// handle takes what has come of MQTT, and keeps a copy of the beginning of a packet.
func (l *loop) handle(c *conn, b []byte) {
	used := l.parse(c, b)
	if c.state == closed {
		return
	}
	l.flushAcks(c)
	c.rest = append(c.rest[:0], b[used:]...)
}

// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package reactor

import (
	"net/netip"

	"golang.org/x/sys/unix"
)

// Conn is one connection. It belongs to one loop at a time, and all its methods and its Context
// are for that loop's goroutine only. After Closed it must not be used: it will be another one.
//
// Two cache lines, so that neighbours on different loops do not disturb each other.
type Conn struct {
	// Context is the Handler's. It stays across Move.
	Context any

	loop     *Loop
	listener *Listener
	remote   netip.AddrPort
	// err is what Closed will be told.
	err error
	fd  int32
	// slot and generation are what epoll's events name; an event with another generation is about
	// a connection that is no more.
	slot       int32
	generation uint32
	// interest is what epoll has been asked to report.
	interest uint32
	// discarded counts the bytes read and thrown away while lingering.
	discarded int32
	state     state
	// scheduled: on the loop's dirty list.
	scheduled bool
	// paused: the Handler wants no input.
	paused bool
	// blocked: the last Send was short and no event has come since; writing would be in vain.
	blocked bool
	// ended: the peer has sent its last byte.
	ended bool
	// moving: on the loop's list of departures; no callback until the other loop has it.
	moving bool
	// listed: on the loop's closing list.
	listed bool
	// farewell: the peer has said goodbye, so nothing is left to linger for.
	farewell bool
	// progress: output was written since the connection began to drain.
	progress bool

	_ [15]byte
}

// state of a Conn, in the order it goes through them; some may leave out draining, closing or
// lingering.
type state uint8

const (
	// free: in nobody's hands.
	free state = iota
	// open: callbacks come.
	open
	// draining: the peer has ended, and output is still waiting for it to read.
	draining
	// closing: Flush once more, then Closed.
	closing
	// aborting: Closed only.
	aborting
	// lingering: Closed was called; input is discarded until the peer has read our last byte.
	lingering
)

// Loop is the loop the connection belongs to.
func (c *Conn) Loop() *Loop { return c.loop }

// Listener is where the connection was accepted.
func (c *Conn) Listener() *Listener { return c.listener }

// RemoteAddr is the peer's address; not valid for unix sockets.
func (c *Conn) RemoteAddr() netip.AddrPort { return c.remote }

// LocalAddr asks the kernel for our address; not valid for unix sockets.
func (c *Conn) LocalAddr() netip.AddrPort {
	sa, err := unix.Getsockname(int(c.fd))
	if err != nil {
		return netip.AddrPort{}
	}
	return fromSockaddr(sa)
}

// Schedule asks for a Flush at the end of this turn.
func (c *Conn) Schedule() {
	if !c.scheduled {
		c.scheduled = true
		c.loop.dirty = append(c.loop.dirty, c)
	}
}

// PauseRead stops Readable from the next turn on. What the peer sends stays with the kernel. A
// connection that breaks is closed all the same.
func (c *Conn) PauseRead() { c.pause(true) }

// ResumeRead undoes PauseRead.
func (c *Conn) ResumeRead() { c.pause(false) }

func (c *Conn) pause(paused bool) {
	if c.paused == paused {
		return
	}
	c.paused = paused
	if c.state == open && !c.moving {
		c.watch()
	}
}

// wanted is what epoll should report; a broken connection it reports without being asked.
func (c *Conn) wanted() uint32 {
	var want uint32
	if !c.paused && !c.ended {
		want |= unix.EPOLLIN
	}
	if c.blocked {
		want |= unix.EPOLLOUT
	}
	return want
}

// watch tells epoll what is wanted, if that has changed.
func (c *Conn) watch() {
	want := c.wanted()
	if want == c.interest {
		return
	}
	c.interest = want
	err := c.loop.control(unix.EPOLL_CTL_MOD, c.fd, want, c.slot, c.generation)
	if err != nil {
		c.fail(err)
	}
}

// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package reactor

import (
	"net"

	"golang.org/x/sys/unix"
)

// Close closes the connection at the end of the turn, after one more Flush; Closed follows. There
// is no Readable any more. The bytes Send has written by then reach a peer that still reads.
func (c *Conn) Close(err error) {
	if c.state != open {
		return
	}
	c.state = closing
	c.enlist(err)
	c.Schedule()
}

// CloseAfterFarewell is Close for a peer that has said goodbye in its protocol: it sends nothing
// more and waits for nothing, so the socket is closed at once instead of being watched until the
// peer has read the last bytes.
func (c *Conn) CloseAfterFarewell(err error) {
	c.farewell = true
	c.Close(err)
}

// Abort closes the connection at the end of the turn without another Flush, and throws away what
// the peer has not received yet; Closed follows.
func (c *Conn) Abort(err error) {
	if c.state == open || c.state == draining || c.state == closing {
		// A reset frees the kernel's buffers too, and tells the peer that bytes are missing.
		linger := unix.Linger{Onoff: 1}
		_ = unix.SetsockoptLinger(int(c.fd), unix.SOL_SOCKET, unix.SO_LINGER, &linger)
		c.fail(err)
	}
}

// fail closes a connection that is broken.
func (c *Conn) fail(err error) {
	if c.state == open || c.state == draining || c.state == closing {
		c.state = aborting
		c.enlist(err)
	}
}

// enlist puts c on the list of connections to close, with the reason for it.
func (c *Conn) enlist(err error) {
	if c.err == nil || c.state == aborting {
		c.err = err
	}
	if c.err == nil {
		c.err = net.ErrClosed
	}
	if !c.listed {
		c.listed = true
		c.loop.closing = append(c.loop.closing, c)
	}
}

// closeAsked closes the connections on the list, except those that still wait for their last Flush.
func (l *Loop) closeAsked() {
	if len(l.closing) == 0 {
		return
	}
	kept := l.closing[:0]
	// The list may grow meanwhile: a Closed callback may close other connections.
	for i := 0; i < len(l.closing); i++ {
		c := l.closing[i]
		switch {
		case c.moving:
			c.listed = false // closed where it arrives
		case c.state == closing && c.scheduled:
			kept = append(kept, c)
		case c.state == closing && c.ended && c.blocked:
			c.listed = false
			l.drain(c)
		default:
			c.listed = false
			l.finish(c)
		}
	}
	clear(l.closing[len(kept):])
	l.closing = kept
}

// finish makes the last callback and closes the socket.
func (l *Loop) finish(c *Conn) {
	polite := c.state == closing && !c.ended && !c.farewell
	c.state = aborting // no more of anything
	// A write may have found the end, in a turn that began before it.
	l.now = l.reactor.clock()
	l.callClosed(c, c.err)
	c.Context, c.listener = nil, nil
	if polite && l.startLingering(c) {
		return
	}
	l.discardConn(c)
}

// discardConn closes the socket, which takes it out of epoll, and frees c.
func (l *Loop) discardConn(c *Conn) {
	if err := unix.Close(int(c.fd)); err != nil {
		l.reactor.log.Error("closing a connection", "loop", l.index, "error", err)
	}
	l.deregister(c)
	l.recycle(c)
}

// recycle frees c, or has flush do it when the dirty list still names it.
func (l *Loop) recycle(c *Conn) {
	c.state = free
	if !c.scheduled {
		l.freeConn(c)
	}
}

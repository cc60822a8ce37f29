// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package reactor

import (
	"io"
	"os"
	"syscall"

	"golang.org/x/sys/unix"

	"github.com/flashmq/flashmq/pkg/buffer"
)

// ready serves a connection epoll has reported.
func (l *Loop) ready(c *Conn, events uint32, held bool) {
	if c.moving {
		return // reported again on the loop it moves to
	}
	switch c.state {
	case open:
		if events&unix.EPOLLOUT != 0 {
			c.writable()
		}
		if events&(unix.EPOLLIN|unix.EPOLLHUP|unix.EPOLLERR) != 0 && !held {
			l.receive(c, events)
		}
	case draining:
		if events&unix.EPOLLOUT != 0 {
			c.writable()
		}
		if events&(unix.EPOLLHUP|unix.EPOLLERR) != 0 {
			c.fail(c.broken())
		}
	case lingering:
		l.discard(c)
	}
}

// receive does the one read of a turn. Whether it filled the buffer or not, there is no second
// one: epoll reports again what is left, and other connections want their turn.
func (l *Loop) receive(c *Conn, events uint32) {
	if c.paused {
		if events&(unix.EPOLLHUP|unix.EPOLLERR) != 0 {
			c.fail(c.broken())
		}
		return
	}
	n, errno := read(c.fd, l.input)
	// Not that of the turn: what begins to count with these bytes, such as a Will Delay Interval,
	// must not begin before they were sent, however long the turn has taken already.
	l.now = l.reactor.clock()
	switch {
	case n > 0:
		l.callReadable(c, l.input[:n])
		buffer.Scribble(l.input[:n])
	case errno == unix.EAGAIN:
	case errno != 0:
		c.fail(os.NewSyscallError("read", errno))
	default:
		c.endOfInput()
	}
}

// endOfInput closes a connection whose peer has sent its last byte. It may still be reading.
func (c *Conn) endOfInput() {
	c.ended = true
	c.Close(io.EOF)
}

// broken asks the kernel why a connection hung up.
func (c *Conn) broken() error {
	errno, err := unix.GetsockoptInt(int(c.fd), unix.SOL_SOCKET, unix.SO_ERROR)
	if err != nil || errno == 0 {
		return io.EOF
	}
	return os.NewSyscallError("read", syscall.Errno(errno))
}

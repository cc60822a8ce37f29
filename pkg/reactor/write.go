// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package reactor

import (
	"net"
	"os"
	"syscall"

	"golang.org/x/sys/unix"

	"github.com/flashmq/flashmq/pkg/buffer"
)

// Ours.
const (
	// maxVectors is how many slices one writev takes; more than these fill any socket's buffer.
	maxVectors = 64
)

// vector is what a loop needs for one writev.
type vector struct {
	chunks [][]byte
	iovecs [maxVectors]unix.Iovec
}

// Flush makes the Flush calls that are due at the end of the turn now, because the Handler has much
// to write. From a callback of this loop other than Flush.
func (l *Loop) Flush() { l.flush() }

// flush calls Flush for every connection scheduled in this turn, each once. What is scheduled
// meanwhile has its Flush in the next turn, which follows at once.
func (l *Loop) flush() {
	if len(l.dirty) == 0 {
		return
	}
	l.dirty, l.flushed = l.flushed[:0], l.dirty
	for i, c := range l.flushed {
		l.flushed[i] = nil
		c.scheduled = false
		switch {
		case c.state == free:
			l.freeConn(c) // it was closed after it had been scheduled
		case c.moving: // scheduled again where it arrives
		case c.takesOutput():
			l.callFlush(c)
			c.written()
		}
	}
}

func (c *Conn) takesOutput() bool {
	return c.state == open || c.state == draining || c.state == closing
}

// writable: the socket takes output again.
func (c *Conn) writable() {
	c.blocked = false
	c.progress = true
	c.Schedule()
}

// written drops the interest in writing once a Flush has left nothing waiting.
func (c *Conn) written() {
	if c.blocked || !c.takesOutput() {
		return
	}
	if c.state == draining {
		c.finishDraining()
	}
	if c.interest&unix.EPOLLOUT != 0 {
		c.watch()
	}
}

// Send writes as much of o as the socket takes and consumes it. When it returns nil and something
// is left, Flush comes as soon as the socket takes more. An error also closes the connection.
func (c *Conn) Send(o *buffer.Out) error {
	if !c.takesOutput() {
		return net.ErrClosed
	}
	for o.Len() > 0 && !c.blocked {
		n, asked, errno := c.loop.writeOnce(c.fd, o)
		if errno != 0 && errno != unix.EAGAIN {
			c.fail(os.NewSyscallError("write", errno))
			return c.err
		}
		o.Consume(c.loop.Buffers, n)
		if n < asked {
			c.blocked = true
			c.watch()
		}
	}
	return nil
}

// writeOnce makes one system call for what is pending, by one slice if it can. n < asked means
// that the socket takes no more.
func (l *Loop) writeOnce(fd int32, o *buffer.Out) (n, asked int, errno syscall.Errno) {
	if b, ok := o.Single(); ok {
		n, errno = write(fd, b)
		return n, len(b), errno
	}
	w := &l.write
	w.chunks = o.Chunks(w.chunks[:0], maxVectors)
	for i, b := range w.chunks {
		w.iovecs[i].Base = &b[0]
		w.iovecs[i].SetLen(len(b))
		asked += len(b)
	}
	n, errno = writev(fd, w.iovecs[:len(w.chunks)])
	clear(w.iovecs[:len(w.chunks)]) // keep nothing alive
	clear(w.chunks)
	return n, asked, errno
}

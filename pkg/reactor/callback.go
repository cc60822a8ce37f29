// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package reactor

import (
	"fmt"
	"runtime/debug"
)

// Every call of the Handler goes through here, so that a panic costs one connection and not all.

func (l *Loop) callOpened(c *Conn) {
	defer l.guard(c)
	l.handler.Opened(c)
}

// callReadable lends in, which is the loop's input buffer or what came along with a move.
func (l *Loop) callReadable(c *Conn, in []byte) {
	defer l.guard(c)
	l.handler.Readable(c, in)
}

func (l *Loop) callMoved(c *Conn) {
	defer l.guard(c)
	l.handler.Moved(c)
}

func (l *Loop) callFlush(c *Conn) {
	defer l.guard(c)
	l.handler.Flush(c)
}

func (l *Loop) callClosed(c *Conn, err error) {
	defer l.guard(nil)
	l.handler.Closed(c, err)
}

func (l *Loop) callMail(batch any) {
	defer l.guard(nil)
	l.handler.Mail(l, batch)
}

func (l *Loop) callTimers() {
	defer l.guard(nil)
	l.Timers.Advance(l.now, timersPerTurn)
}

func (l *Loop) callTick() {
	defer l.guard(nil)
	l.handler.Tick(l, l.now)
}

// guard recovers a panic of the Handler and aborts the connection it was about, if any.
func (l *Loop) guard(c *Conn) {
	if invariants {
		return
	}
	p := recover()
	if p == nil {
		return
	}
	l.reactor.panics.Add(1)
	l.reactor.log.Error("panic in a callback",
		"loop", l.index, "panic", p, "stack", string(debug.Stack()))
	if c != nil {
		c.Abort(fmt.Errorf("reactor: panic in a callback: %v", p))
	}
}

// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

//go:build !invariants

// With the invariants tag a panic is meant to end the process.

package reactor

import (
	"log/slog"
	"net"
	"testing"
	"time"

	"github.com/flashmq/flashmq/pkg/servertest/printed"
)

func TestPanicCostsOneConnection(t *testing.T) {
	t.Parallel()
	boom := func() { panic("boom") }
	tests := []struct {
		name   string
		spoil  func(h *funcs)
		closes bool
	}{
		{"opened", func(h *funcs) { h.opened = func(*Conn) { boom() } }, true},
		{"readable", func(h *funcs) { h.readable = func(*Conn, []byte) { boom() } }, true},
		{"moved", func(h *funcs) {
			h.readable = func(c *Conn, in []byte) { c.Move(c.loop, in) }
			h.moved = func(*Conn) { boom() }
		}, true},
		{"flush", func(h *funcs) {
			h.readable = func(c *Conn, _ []byte) { c.Schedule() }
			h.flush = func(*Conn) { boom() }
		}, true},
		{"closed", func(h *funcs) {
			h.readable = func(c *Conn, _ []byte) { c.Abort(nil) }
			h.closed = func(*Conn, error) { boom() }
		}, true},
		{"mail", func(h *funcs) {
			h.readable = func(c *Conn, in []byte) { c.loop.Post("x", 1) }
			h.mail = func(*Loop, any) { boom() }
		}, false},
		{"timer", func(h *funcs) {
			h.readable = func(c *Conn, in []byte) {
				k := &ticker{line: boom}
				k.timer.Bind(k)
				c.loop.Timers.Set(&k.timer, 0)
			}
		}, false},
		{"tick", func(h *funcs) {
			armed := false
			h.readable = func(*Conn, []byte) { armed = true }
			h.tick = func(*Loop, int64) {
				if armed {
					armed = false
					boom()
				}
			}
		}, false},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			log := &printed.Text{}
			bad, good := &funcs{}, echoer()
			test.spoil(bad)
			// The first connection is the bad one; the loop is shared with a good one.
			h := &funcs{mail: bad.mail, tick: bad.tick}
			pick := func(c *Conn) *funcs {
				if c.Listener().Context == "bad" {
					return bad
				}
				return good
			}
			h.opened = func(c *Conn) { pick(c).Opened(c) }
			h.readable = func(c *Conn, in []byte) { pick(c).Readable(c, in) }
			h.moved = func(c *Conn) { pick(c).Moved(c) }
			h.flush = func(c *Conn) { pick(c).Flush(c) }
			h.closed = func(c *Conn, err error) { pick(c).Closed(c, err) }
			r, ln := start(t, Options{Loops: 1, Logger: slog.New(slog.NewTextHandler(log, nil))}, h)
			badListener, err := r.Listen("tcp4", "127.0.0.1:0", ListenOptions{Context: "bad"})
			if err != nil {
				t.Fatal(err)
			}
			nc := dial(t, ln)
			roundTrip(t, nc, "hello")
			victim, err := net.Dial("tcp4", badListener.Addr().String())
			if err == nil { // else it was aborted before we knew of it
				defer victim.Close()
				_, _ = victim.Write([]byte("x"))
				_ = victim.SetDeadline(time.Now().Add(patience))
			}
			if err == nil && test.closes {
				if _, err := victim.Read(make([]byte, 1)); err == nil {
					t.Error("the connection was not closed")
				}
			}
			eventually(t, "the panic", func() bool { return r.Panics() == 1 })
			roundTrip(t, nc, "still there")
			if !log.Has("boom") || !log.Has("panic_test.go") {
				t.Error("no stack in the log")
			}
		})
	}
}

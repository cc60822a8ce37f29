// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package reactor

import (
	"io"
	"testing"

	"github.com/flashmq/flashmq/pkg/buffer"
)

// TestEchoAllocatesNothing covers the turn, read, Schedule, Flush and Send.
func TestEchoAllocatesNothing(t *testing.T) {
	_, ln := start(t, Options{Loops: 1}, echoer())
	nc := dial(t, ln)
	b := make([]byte, 100)
	echo := func() {
		if _, err := nc.Write(b); err != nil {
			t.Fatal(err)
		}
		if _, err := io.ReadFull(nc, b); err != nil {
			t.Fatal(err)
		}
	}
	for range 100 {
		echo()
	}
	if n := testing.AllocsPerRun(2000, echo); n != 0 {
		t.Errorf("%v allocations per round trip", n)
	}
}

// TestMailAllocatesNothing covers Post and the wake-up of another loop, there and back.
func TestMailAllocatesNothing(t *testing.T) {
	type order struct {
		c    *Conn
		back chan struct{}
	}
	conns := make(chan *Conn, 1)
	payload := make([]byte, 10)
	h := echoer()
	opened := h.opened
	h.opened = func(c *Conn) { opened(c); conns <- c }
	h.mail = func(l *Loop, batch any) {
		o := batch.(*order)
		if o.c.loop != l { // a stop on the way
			o.c.loop.Post(o, 10)
			return
		}
		out := o.c.Context.(*buffer.Out)
		out.Append(l.Buffers, payload)
		o.c.Schedule()
		o.back <- struct{}{}
	}
	r, ln := start(t, Options{Loops: 2}, h)
	nc := dial(t, ln)
	o := &order{c: wait(t, conns, "the connection"), back: make(chan struct{}, 1)}
	other := r.loops[1-o.c.loop.index]
	got := make([]byte, 10)
	round := func() {
		other.Post(o, 10)
		<-o.back
		if _, err := io.ReadFull(nc, got); err != nil {
			t.Fatal(err)
		}
	}
	for range 100 {
		round()
	}
	if n := testing.AllocsPerRun(2000, round); n != 0 {
		t.Errorf("%v allocations per letter", n)
	}
}

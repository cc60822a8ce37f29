// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package scenario

import (
	"bytes"
	"io"
	"net/netip"

	"github.com/flashmq/flashmq/pkg/buffer"
	"github.com/flashmq/flashmq/pkg/client"
	"github.com/flashmq/flashmq/pkg/mqtt"
)

// Conn is one Network Connection: the fake socket on the broker's side, and the script's Client
// on the other.
type Conn struct {
	Name string
	// Version is how packets to and from the Client look; the script's CONNECT sets it.
	Version mqtt.Version
	// Auto acknowledges what comes in by itself.
	Auto bool
	// Stalled: the socket takes no output.
	Stalled bool
	// Discard throws output away instead of decoding it.
	Discard bool
	// Certified is the name in the Client's certificate, unless NotCertified says why there is
	// none.
	Certified    string
	NotCertified error

	world   *World
	loop    *loop
	client  client.Client
	unread  []byte // sent by the script, not read by the broker yet, from taken on
	taken   int
	scratch []byte // what the broker gets to see, scribbled over afterwards
	chunks  [][]byte
	wire    output
	lines   []string // what the Client got, since Take

	target   int   // loop to move to
	reason   error // of the close that was asked for
	reading  bool  // in loop.input
	dirty    bool  // in loop.dirty
	paused   bool
	moving   bool
	closing  bool
	closed   bool
	received int64 // bytes the Client got
}

// Dial opens a connection, accepted by a loop that is not the home of its Session if there is one.
func (w *World) Dial(name string) *Conn {
	c := &Conn{Name: name, Version: mqtt.V50, world: w}
	c.loop = w.loops[(w.Broker.Home([]byte(name))+1)%len(w.loops)]
	c.loop.shard.Turn(w.now)
	c.client.Start(c.loop.clients, c, &w.Options.Client, w.now)
	w.conns = append(w.conns, c)
	return c
}

// Send lets the Client send bytes.
func (c *Conn) Send(b []byte) {
	if c.closed {
		return
	}
	c.unread = append(c.unread, b...)
	c.wantRead()
}

// Cut loses the connection.
func (c *Conn) Cut() {
	if !c.closed {
		c.loop.shard.Turn(c.world.now)
		c.finish(io.EOF)
	}
}

// Closed reports whether the connection is over.
func (c *Conn) Closed() bool { return c.closed }

// Paused reports whether the broker has stopped reading.
func (c *Conn) Paused() bool { return c.paused }

// Received is how many bytes the Client got.
func (c *Conn) Received() int64 { return c.received }

// Take returns what the Client got since the last Take, a line for each packet.
func (c *Conn) Take() []string {
	lines := c.lines
	c.lines = nil
	return lines
}

// Resume lets the socket take output again.
func (c *Conn) Resume() {
	c.Stalled = false
	c.Schedule()
}

func (c *Conn) wantRead() {
	c.moving = false
	if len(c.unread) > c.taken && !c.reading && !c.paused && !c.closing && !c.closed {
		c.reading = true
		c.loop.input = append(c.loop.input, c)
	}
}

// read hands unread bytes to the Client, all of them or the first.
func (c *Conn) read() {
	if c.paused || c.closing || c.closed || c.moving {
		return
	}
	in := c.unread[c.taken:]
	if c.world.Bytewise {
		in = in[:1]
	}
	c.scratch = append(c.scratch[:0], in...)
	if c.taken += len(in); c.taken == len(c.unread) {
		c.unread, c.taken = c.unread[:0], 0
	}
	c.client.Receive(c.scratch)
	for i := range c.scratch {
		c.scratch[i] = 0xDB // whoever kept a slice of it is found out
	}
	if !c.moving {
		c.wantRead()
	}
}

// flush writes the outbox, if the socket takes it.
func (c *Conn) flush() {
	if c.closed {
		return
	}
	n := 0
	if !c.Stalled {
		n = c.write(c.client.Outbox())
	}
	c.client.Drained(n)
}

func (c *Conn) write(out *buffer.Out) int {
	n := out.Len()
	c.received += int64(n)
	if c.Discard {
		out.Reset(c.loop.pool)
		return n
	}
	c.chunks = out.Chunks(c.chunks[:0], 1<<20)
	for _, b := range c.chunks {
		c.wire.pending = append(c.wire.pending, b...)
	}
	out.Consume(c.loop.pool, n)
	c.wire.take(c)
	return n
}

// finish is the last of the connection.
func (c *Conn) finish(reason error) {
	if c.closed {
		return
	}
	if c.closing && !c.Stalled {
		c.write(c.client.Outbox())
	}
	c.closed = true
	c.client.Closed(reason)
	if c.closing {
		c.lines = append(c.lines, "closed")
	}
}

// Schedule implements client.Socket.
func (c *Conn) Schedule() {
	if !c.dirty && !c.closed {
		c.dirty = true
		c.loop.dirty = append(c.loop.dirty, c)
	}
}

// Close implements client.Socket.
func (c *Conn) Close(err error) {
	if !c.closing {
		c.closing, c.reason = true, err
		c.loop.closing = append(c.loop.closing, c)
	}
}

// Move implements client.Socket.
func (c *Conn) Move(target int, unread []byte) {
	c.moving, c.target = true, target
	c.unread, c.taken = append(bytes.Clone(unread), c.unread[c.taken:]...), 0
	c.loop.leaving = append(c.loop.leaving, c)
}

// PauseRead implements client.Socket.
func (c *Conn) PauseRead() { c.paused = true }

// ResumeRead implements client.Socket.
func (c *Conn) ResumeRead() {
	c.paused = false
	c.wantRead()
}

// CertifiedName implements client.Socket.
func (c *Conn) CertifiedName() (string, error) { return c.Certified, c.NotCertified }

// RemoteAddr implements client.Socket.
func (c *Conn) RemoteAddr() netip.AddrPort { return netip.MustParseAddrPort("192.0.2.1:1883") }

// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package server

import (
	"github.com/flashmq/flashmq/pkg/broker"
	"github.com/flashmq/flashmq/pkg/config"
	"github.com/flashmq/flashmq/pkg/metrics"
	"github.com/flashmq/flashmq/pkg/reactor"
)

// The reactor's callbacks, each on the loop of its connection: the glue between sockets, Clients
// and Shards, and nothing else.

// Opened implements reactor.Handler.
func (s *Server) Opened(c *reactor.Conn) {
	l := of(c.Loop())
	l.shard.Turn(c.Loop().Now())
	d := c.Listener().Context.(*door)
	r := d.rules.Load()
	l.shard.Count.Add(metrics.SocketsAccepted, 1)
	if l.stopping {
		c.Abort(nil)
		return
	}
	if no := s.unwelcome(r, c.RemoteAddr().Addr()); no != nil {
		s.refuse(c.Loop(), c.Listener().Addr(), c.RemoteAddr(), no)
		c.Abort(nil)
		return
	}
	if r.block.HAProxy == config.HAProxyOff {
		d.headers.absent.Add(1)
	}
	if r.layers != nil {
		s.openLayered(c, r)
		return
	}
	x := &connection{Conn: c}
	c.Context = x
	l.add(x)
	x.client.Start(l.clients, x, r.options, c.Loop().Now())
}

// Readable implements reactor.Handler. in is borrowed until the return.
func (s *Server) Readable(c *reactor.Conn, in []byte) {
	of(c.Loop()).shard.Turn(c.Loop().Now())
	switch x := c.Context.(type) {
	case *connection:
		x.client.Receive(in)
	case *layered:
		x.receive(in)
	}
}

// Moved implements reactor.Handler: the home of the Client's Session is here.
func (s *Server) Moved(c *reactor.Conn) {
	l := of(c.Loop())
	l.shard.Turn(c.Loop().Now())
	x := own(c)
	l.add(x)
	x.client.Arrive(l.clients)
	if l.stopping {
		x.client.Shutdown("") // it has not logged in, so it is told nothing
	}
	if x, ok := c.Context.(*layered); ok {
		x.resume()
	}
}

// Flush implements reactor.Handler: one write for all that the turn brought.
func (s *Server) Flush(c *reactor.Conn) {
	x, ok := c.Context.(*connection)
	if !ok {
		if x, ok := c.Context.(*layered); ok {
			x.flush()
		}
		return
	}
	out := x.client.Outbox()
	before := out.Len()
	if c.Send(out) == nil {
		x.client.Drained(before - out.Len())
		if of(c.Loop()).shard.Busy() {
			c.Loop().Again() // room for a replay that waited for it
		}
	}
}

// Closed implements reactor.Handler.
func (s *Server) Closed(c *reactor.Conn, err error) {
	x := own(c)
	if x == nil {
		return
	}
	l := of(c.Loop())
	l.shard.Turn(c.Loop().Now())
	x.client.Closed(err)
	if x, ok := c.Context.(*layered); ok {
		x.closed()
	}
	l.remove(x)
	s.connections.Add(-1)
	if l.shard.Mailing() {
		c.Loop().Again() // this turn's mail has left already
	}
}

// Mail implements reactor.Handler.
func (s *Server) Mail(l *reactor.Loop, batch any) {
	of(l).shard.Turn(l.Now())
	switch b := batch.(type) {
	case *broker.Mail:
		of(l).shard.Receive(b)
	case *entry:
		b.settle()
	case errand:
		defer func() { b.done <- struct{}{} }() // also when it panics, which the loop survives
		b.do(l)
	}
}

// Tick implements reactor.Handler.
func (s *Server) Tick(l *reactor.Loop, now int64) {
	if of(l).shard.Tick(now) {
		l.Again()
	}
}

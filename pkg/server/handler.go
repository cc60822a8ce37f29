// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package server

import (
	"github.com/flashmq/flashmq/pkg/broker"
	"github.com/flashmq/flashmq/pkg/metrics"
	"github.com/flashmq/flashmq/pkg/reactor"
)

// The reactor's callbacks, each on the loop of its connection: the glue between sockets, Clients
// and Shards, and nothing else.

// Opened implements reactor.Handler.
func (s *Server) Opened(c *reactor.Conn) {
	l := of(c.Loop())
	l.shard.Turn(c.Loop().Now())
	r := c.Listener().Context.(*door).rules.Load()
	l.shard.Count.Add(metrics.SocketsAccepted, 1)
	if l.stopping || !r.block.Admits(c.RemoteAddr().Addr()) || !s.takeRoom() {
		l.shard.Count.Add(metrics.SocketsRefused, 1)
		c.Abort(nil)
		return
	}
	x := &connection{Conn: c}
	c.Context = x
	l.add(x)
	x.client.Start(l.clients, x, r.options, c.Loop().Now())
}

// takeRoom counts one connection more if there may be one. Counting comes first: loops that look
// first and count then would all see the last free place.
func (s *Server) takeRoom() bool {
	if s.connections.Add(1) <= s.limit.Load() {
		return true
	}
	s.connections.Add(-1)
	return false
}

// Readable implements reactor.Handler. in is borrowed until the return.
func (s *Server) Readable(c *reactor.Conn, in []byte) {
	x := c.Context.(*connection)
	of(c.Loop()).shard.Turn(c.Loop().Now())
	x.client.Receive(in)
}

// Moved implements reactor.Handler: the home of the Client's Session is here.
func (s *Server) Moved(c *reactor.Conn) {
	l := of(c.Loop())
	l.shard.Turn(c.Loop().Now())
	x := c.Context.(*connection)
	l.add(x)
	x.client.Arrive(l.clients)
	if l.stopping {
		x.client.Shutdown()
	}
}

// Flush implements reactor.Handler: one write for all that the turn brought.
func (s *Server) Flush(c *reactor.Conn) {
	x, ok := c.Context.(*connection)
	if !ok {
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
	x, ok := c.Context.(*connection)
	if !ok {
		return
	}
	l := of(c.Loop())
	l.shard.Turn(c.Loop().Now())
	x.client.Closed(err)
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

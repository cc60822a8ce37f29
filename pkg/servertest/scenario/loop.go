// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package scenario

import (
	"log/slog"

	"github.com/flashmq/flashmq/pkg/broker"
	"github.com/flashmq/flashmq/pkg/buffer"
	"github.com/flashmq/flashmq/pkg/client"
	"github.com/flashmq/flashmq/pkg/timer"
)

// loop stands for one loop of the reactor. A turn goes through the same steps in the same order:
// input, mail, timers, Tick, flush, closes, departures.
type loop struct {
	world   *World
	index   int
	wheel   *timer.Wheel
	pool    *buffer.Pool
	shard   *broker.Shard
	clients *client.Loop
	mail    []*broker.Mail
	input   []*Conn // have something to read
	dirty   []*Conn // have something to write
	served  []*Conn // those of input of the turn before, kept for its capacity
	flushed []*Conn // the same of dirty
	closing []*Conn
	leaving []*Conn
}

func newLoop(w *World, index int) *loop {
	l := &loop{world: w, index: index, wheel: timer.New(w.now), pool: buffer.NewPool(bufferLimit)}
	handedOut := w.Options.Broker // immutable from here on
	l.shard = w.Broker.NewShard(index, &handedOut, l.wheel, l.pool,
		func(target int, m *broker.Mail, _ int64) {
			w.loops[target].mail = append(w.loops[target].mail, m)
		})
	l.clients = client.NewLoop(l.shard, slog.New(slog.DiscardHandler))
	l.shard.Start(w.now)
	return l
}

// turn reports whether it left work behind for another at the same instant.
func (l *loop) turn() (busy bool) {
	l.world.Turns++
	l.read()
	l.readMail()
	l.wheel.Advance(l.world.now, 1<<30)
	busy = l.shard.Tick(l.world.now)
	l.flush()
	l.closeAll()
	l.depart()
	return busy || l.shard.Busy()
}

func (l *loop) waiting() bool {
	n := l.wheel.Next()
	return len(l.input)+len(l.mail)+len(l.dirty) > 0 || n >= 0 && n <= l.world.now
}

func (l *loop) read() {
	l.input, l.served = l.served[:0], l.input
	for _, c := range l.served {
		c.reading = false
		l.shard.Turn(l.world.now)
		c.read()
	}
}

func (l *loop) readMail() {
	for i := 0; i < len(l.mail); i++ {
		l.shard.Turn(l.world.now)
		l.shard.Receive(l.mail[i])
	}
	l.mail = l.mail[:0]
}

func (l *loop) flush() {
	l.dirty, l.flushed = l.flushed[:0], l.dirty
	for _, c := range l.flushed {
		c.dirty = false
		c.flush()
	}
}

func (l *loop) closeAll() {
	for i := 0; i < len(l.closing); i++ {
		l.shard.Turn(l.world.now)
		l.closing[i].finish(l.closing[i].reason)
	}
	l.closing = l.closing[:0]
}

func (l *loop) depart() {
	for _, c := range l.leaving {
		c.loop = l.world.loops[c.target]
		c.loop.shard.Turn(l.world.now)
		c.client.Arrive(c.loop.clients)
		c.wantRead()
	}
	l.leaving = l.leaving[:0]
}

// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package scenario

import (
	"fmt"
	"log/slog"
	"math"
	"slices"
	"time"

	"github.com/flashmq/flashmq/pkg/broker"
	"github.com/flashmq/flashmq/pkg/mqtt"
	"github.com/flashmq/flashmq/pkg/retained"
)

// Ours.
const (
	// beginning is the instant a World starts at; 0 has a meaning of its own in places.
	beginning = int64(time.Second)
	// maxTurns is how many turns without time passing are taken for a loop that never rests.
	maxTurns = 1_000_000
	// bufferLimit is what each loop's pool keeps.
	bufferLimit = 1 << 20
)

// World is a broker of several loops in virtual time, run by the goroutine that calls it.
type World struct {
	Options Options
	Broker  *broker.Broker
	// Bytewise feeds every byte in a turn of its own.
	Bytewise bool
	// Turns counts turns of all loops.
	Turns int

	loops []*loop
	conns []*Conn // in the order in which they were dialed
	now   int64
}

// New returns a World with no connections yet.
func New(o Options) *World {
	w := &World{Options: o, now: beginning}
	w.Broker = broker.New(o.Loops, retained.New(o.Retained), slog.New(slog.DiscardHandler))
	w.Broker.Index.SetTargeting(o.Targeting)
	for i := range o.Loops {
		w.loops = append(w.loops, newLoop(w, i))
	}
	w.Settle()
	return w
}

// Reload makes the broker obey other options. Connections keep those they were accepted with.
func (w *World) Reload(o Options) {
	o.Loops = w.Options.Loops
	w.Options = o
	w.Broker.Retained.SetOptions(o.Retained)
	w.Broker.Index.SetTargeting(o.Targeting)
	handedOut := o.Broker // immutable from here on
	for _, l := range w.loops {
		l.shard.Turn(w.now)
		l.shard.SetOptions(&handedOut)
	}
}

// Now is the present instant.
func (w *World) Now() int64 { return w.now }

// Shard returns the shard of a loop.
func (w *World) Shard(loop int) *broker.Shard { return w.loops[loop].shard }

// Home is the shard where the Session of id lives.
func (w *World) Home(id mqtt.ClientID) *broker.Shard {
	return w.loops[w.Broker.Home([]byte(id))].shard
}

// Settle runs turns until nothing is left to do at this instant.
func (w *World) Settle() {
	for n := 0; ; n++ {
		busy := false
		for _, l := range w.loops {
			busy = l.turn() || busy
		}
		if !busy && !w.waiting() {
			return
		}
		if n == maxTurns {
			panic(fmt.Sprintf("scenario: the loops never rest at %v", time.Duration(w.now)))
		}
	}
}

// waiting reports whether a loop has got something to do from one that had its turn later.
func (w *World) waiting() bool {
	for _, l := range w.loops {
		if l.waiting() {
			return true
		}
	}
	return false
}

// Advance lets time pass, stopping at each instant at which a loop would wake up.
func (w *World) Advance(d time.Duration) {
	target := w.now + int64(d)
	w.Settle()
	for idle := 0; w.now < target; idle++ {
		next := int64(math.MaxInt64)
		for _, l := range w.loops {
			if n := l.wheel.Next(); n >= 0 {
				next = min(next, n)
			}
		}
		if next > w.now {
			idle = 0
		}
		w.now = min(target, max(w.now, next))
		w.Settle()
		if idle == maxTurns {
			panic(fmt.Sprintf("scenario: a timer is due for ever at %v", time.Duration(w.now)))
		}
	}
}

// Shutdown ends the service as the server does: wills, then DISCONNECT to everybody.
func (w *World) Shutdown() {
	for _, l := range w.loops {
		l.shard.Turn(w.now)
		l.shard.PublishWills()
	}
	w.Settle()
	for _, c := range w.conns {
		if !c.closed {
			c.client.Shutdown("")
		}
	}
	w.Settle()
}

// Close cuts every connection that is left.
func (w *World) Close() {
	for _, c := range w.conns {
		c.Cut()
	}
	w.Settle()
}

// Forget drops a closed connection from the World's list.
func (w *World) Forget(c *Conn) {
	if !c.closed {
		panic("scenario: " + c.Name + " is still connected")
	}
	w.conns = slices.DeleteFunc(w.conns, func(x *Conn) bool { return x == c })
}

// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package reactor

import (
	"sync/atomic"
	"time"
)

// counters of one loop. Written by its goroutine only.
type counters struct {
	turns, sleeps, accepted, acceptRests atomic.Int64
	connections, busy                    atomic.Int64
}

// Counters tell what loops have been doing. Rates of Turns and Sleeps show whether a loop spins.
type Counters struct {
	// Turns of the loop, and how many of them slept first.
	Turns, Sleeps int64
	// Busy is for how long the loop had something to do, in turns that are over.
	Busy time.Duration
	// Accepted connections.
	Accepted int64
	// AcceptRests counts how often a listener rested because the system was short of descriptors
	// or memory.
	AcceptRests int64
	// Connections is how many there are now, those included that linger after Closed.
	Connections int64
}

// Counters may be called from any goroutine.
func (l *Loop) Counters() Counters {
	c := &l.counters
	return Counters{
		Turns: c.turns.Load(), Sleeps: c.sleeps.Load(), Busy: time.Duration(c.busy.Load()),
		Accepted: c.accepted.Load(), AcceptRests: c.acceptRests.Load(),
		Connections: c.connections.Load(),
	}
}

// Counters is the sum over all loops. It may be called from any goroutine.
func (r *Reactor) Counters() Counters {
	var sum Counters
	for _, l := range r.loops {
		c := l.Counters()
		sum.Turns += c.Turns
		sum.Sleeps += c.Sleeps
		sum.Busy += c.Busy
		sum.Accepted += c.Accepted
		sum.AcceptRests += c.AcceptRests
		sum.Connections += c.Connections
	}
	return sum
}

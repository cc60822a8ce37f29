// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package server

import (
	"math/rand/v2"
	"time"

	"github.com/flashmq/flashmq/pkg/timer"
)

// pace spreads events over time: one in each interval, on average, never regularly.
type pace struct {
	interval int64 // nanoseconds
	next     int64 // instant of the next one
}

// Ours: what was due longer ago, because the loop was late, is not made up for.
const longestMakeUp = int64(100 * time.Millisecond)

// intervalOf is the time between two events of one loop that has some of all the events, so that
// all loops together make so many a second, and end together.
func intervalOf(rate, some, all int) int64 {
	if some == 0 {
		return int64(time.Second)
	}
	return max(1, int64(time.Second)*int64(all)/(int64(rate)*int64(some)))
}

// due is how many events are due at now.
func (p *pace) due(now int64) (n int) {
	p.next = max(p.next, now-longestMakeUp)
	for p.next <= now {
		n++
		p.next += p.interval/2 + rand.Int64N(p.interval+1)
	}
	return n
}

// drainer lets the Clients of one loop go one by one.
type drainer struct {
	loop      *loop
	timer     timer.Timer
	pace      pace
	reference string
	none      chan<- struct{}
}

// start begins at the instant now. none is told, once, when no Client is left.
func (d *drainer) start(
	l *loop, now, interval int64, reference string, none chan<- struct{},
) {
	d.loop, d.reference, d.none = l, reference, none
	d.pace = pace{interval: interval, next: now}
	d.timer.Bind(d)
	l.shard.Timers.Set(&d.timer, now)
}

// Expire implements timer.Expirer.
func (d *drainer) Expire(_ *timer.Timer, now int64) {
	d.loop.shard.Turn(now)
	left := d.pace.due(now)
	for x := d.loop.open; x != nil; x = x.next {
		if !x.client.Connected() {
			continue
		}
		if left == 0 {
			d.loop.shard.Timers.Set(&d.timer, d.pace.next)
			return
		}
		left--
		x.client.Dismiss(d.reference)
	}
	d.none <- struct{}{}
}

// connected counts the loop's Clients.
func (l *loop) connected() (n int) {
	for x := l.open; x != nil; x = x.next {
		if x.client.Connected() {
			n++
		}
	}
	return n
}

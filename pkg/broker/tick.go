// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package broker

import (
	"time"

	"github.com/flashmq/flashmq/pkg/metrics"
	"github.com/flashmq/flashmq/pkg/timer"
)

// Ours.
const (
	// shareEvery is how fresh the counters are for other goroutines.
	shareEvery = int64(time.Second)
	// expireEvery is the pause between two searches for expired retained messages, expirePause
	// that between two slices of one search, of expireVisits nodes each.
	expireEvery  = int64(time.Minute)
	expirePause  = int64(10 * time.Millisecond)
	expireVisits = 1024
)

// chores are what a shard does from time to time even when nothing happens.
type chores struct {
	shard    *Shard
	due      timer.Timer
	expected int64 // instant at which due should expire
	sharedAt int64
	expireAt int64 // instant of the next slice of the search for expired retained messages
}

// Start makes the shard begin what it does by itself.
func (s *Shard) Start(now int64) {
	s.now = now
	s.chores.shard = s
	s.chores.due.Bind(&s.chores)
	s.Lags[s.Number].measure(now, now) // so that it shows when the loop is stuck from now on
	s.chores.next(now + shareEvery)
	s.startSys()
}

// Tick ends a turn: unhurried work, then this turn's mail. It reports whether there is more work
// to do right away, without waiting for anything.
func (s *Shard) Tick(now int64) (more bool) {
	s.now = now
	more = s.Work()
	s.Dispatch()
	s.relieved = s.written() // the outboxes are written right after this
	return more
}

// Expire implements timer.Expirer.
func (c *chores) Expire(_ *timer.Timer, now int64) {
	s := c.shard
	s.now = now
	next := now + shareEvery
	if now-c.sharedAt >= shareEvery {
		c.sharedAt = now
		s.shareCounters()
		s.Lags[s.Number].measure(c.expected, now)
		s.compareLags(now)
	}
	if s.Number == 0 && now >= c.expireAt {
		// One shard looks for all, since the store is one.
		c.expireAt = now + expireEvery
		if s.Retained.Expire(now, expireVisits, nil) {
			c.expireAt = now + expirePause
		}
	}
	if s.Number == 0 {
		next = min(next, c.expireAt)
	}
	c.next(next)
}

func (c *chores) next(at int64) {
	c.expected = at
	c.shard.Timers.Set(&c.due, at)
}

// shareCounters makes the present figures visible to everybody.
func (s *Shard) shareCounters() {
	s.Count.Set(metrics.DroppedQueueFull, int64(s.counters.Dropped))
	s.Count.Set(metrics.DroppedExpired, int64(s.counters.Expired))
	s.Count.Set(metrics.Queued, s.counters.Queued)
	s.Count.Set(metrics.Inflight, s.counters.Inflight)
	s.Count.Share()
}

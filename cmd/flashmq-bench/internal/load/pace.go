// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package load

import "time"

// pace says when messages of a loop are due at a fixed rate.
type pace struct {
	from  int64   // when the first message is due
	step  float64 // nanoseconds between two; 0: closed loop
	taken int64   // messages sent so far
	turn  int     // which publisher is next
}

// Ours: a loop that is behind looks for answers at least after so many writes.
const mostAtOnce = 256

// longestWait is for how long a loop may sleep before it looks around.
const longestWait = 20 * time.Millisecond

// due is how many messages should have been sent at an instant.
func (p *pace) due(now int64) int64 { return int64(float64(now-p.from)/p.step) + 1 }

// keepPace publishes what is due and returns how long nothing else will be.
func (l *loop) keepPace() time.Duration {
	p := &l.pace
	if p.step == 0 {
		return longestWait
	}
	batch := int64(l.options.Batch)
	for range mostAtOnce {
		if p.due(l.run.clock())-p.taken < batch {
			break
		}
		who, n := l.someone()
		if who == nil {
			return time.Millisecond // all are waiting for the broker
		}
		// The instant at which the first of them was due, not this one: a broker that makes
		// everybody wait has all the waiting counted.
		l.publish(who, n, p.from+int64(float64(p.taken)*p.step))
		p.taken += int64(n)
	}
	next := p.from + int64(float64(p.taken+batch-1)*p.step)
	return min(max(time.Duration(next-l.run.clock()), 0), longestWait)
}

// someone is the next publisher that may send, and how many; nil when there is none.
func (l *loop) someone() (*publisher, int) {
	for range l.publishers {
		who := l.publishers[l.pace.turn]
		if l.pace.turn++; l.pace.turn == len(l.publishers) {
			l.pace.turn = 0
		}
		if n := l.room(who.conn); n > 0 {
			return who, n
		}
	}
	return nil, 0
}

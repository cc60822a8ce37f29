// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package broker

import (
	"slices"

	"github.com/flashmq/flashmq/pkg/auth"
	"github.com/flashmq/flashmq/pkg/mqtt"
	"github.com/flashmq/flashmq/pkg/packet"
	"github.com/flashmq/flashmq/pkg/retained"
	"github.com/flashmq/flashmq/pkg/session"
)

// Ours.
const (
	// turnVisits is how many nodes of the retained store one turn of a loop looks at, for all
	// subscribers together: about a millisecond of work, so that a million retained messages
	// delay nobody.
	turnVisits = 1024
	// sliceVisits is how many of them are for one subscriber before the next has its turn.
	sliceVisits = 256
)

// replay is one subscription's retained messages on their way. There is at most one per
// subscription: another SUBSCRIBE starts it anew.
type replay struct {
	handle    *session.Handle
	search    *retained.Search
	found     *mqtt.Message // found, but the receiver had no room yet
	cancelled bool          // its subscription is gone
}

// line is the replays of one Session, in the order of its subscriptions. Only the first one is at
// work, so that waking and blocking a Session costs the same however many it has. The others wait
// for it, also those that would have room: order comes first.
type line struct {
	to        *session.Session
	queue     []*replay
	cancelled int  // replays of queue that are
	parked    bool // until the receiver has room; otherwise in replays.running
	dropped   bool // the Session has ended
}

// replays are the retained messages on their way in one shard.
type replays struct {
	running []*line // in the order of their turns
	lines   map[*session.Session]*line
	current map[*session.Handle]*replay
}

// startReplay begins to send what search finds to the owner of h.
func (s *Shard) startReplay(to *session.Session, h *session.Handle, search *retained.Search) {
	q := &s.replays
	defer s.wake(to) // what it waited for may not be what comes first now
	if r := q.current[h]; r != nil {
		r.search, r.found = search, nil
		return
	}
	if q.current == nil {
		q.current = make(map[*session.Handle]*replay)
		q.lines = make(map[*session.Session]*line)
	}
	l := q.lines[to]
	if l == nil {
		l = &line{to: to}
		q.lines[to] = l
		q.running = append(q.running, l)
	}
	r := &replay{handle: h, search: search}
	q.current[h] = r
	l.queue = append(l.queue, r)
}

// cancelReplay stops the replay of a subscription that ended, if there is one. The line forgets
// such replays when most of it are.
func (s *Shard) cancelReplay(to *session.Session, h *session.Handle) {
	r := s.replays.current[h]
	if r == nil {
		return
	}
	delete(s.replays.current, h)
	r.cancelled = true
	l := s.replays.lines[to]
	l.cancelled++
	if l.cancelled > len(l.queue)/2 {
		l.queue = slices.DeleteFunc(l.queue, func(r *replay) bool { return r.cancelled })
		l.cancelled = 0
	}
}

// forget drops the replays of a Session that ended.
func (s *Shard) forget(who *session.Session) {
	l := s.replays.lines[who]
	if l == nil {
		return
	}
	for _, r := range l.queue {
		delete(s.replays.current, r.handle)
	}
	l.queue, l.dropped = nil, true
	delete(s.replays.lines, who)
}

// wake lets the replays of who go on: there may be room.
func (s *Shard) wake(who *session.Session) {
	if len(s.replays.lines) == 0 {
		return
	}
	if l := s.replays.lines[who]; l != nil && l.parked {
		l.parked = false
		s.replays.running = append(s.replays.running, l)
	}
}

// Busy reports whether Work has something to do right away.
func (s *Shard) Busy() bool { return len(s.replays.running) > 0 || len(s.ending) > 0 }

// Work does a slice of what is never urgent: retained messages for new subscribers, subscriptions
// of Sessions that are over. It reports whether there is more that could be done right away.
func (s *Shard) Work() (more bool) {
	s.workOffEndings()
	q := &s.replays
	done := 0
	for visits := turnVisits; done < len(q.running) && visits > 0; done++ {
		l := q.running[done]
		visits -= max(1, s.slice(l, min(visits, sliceVisits)))
		switch {
		case l.dropped || l.parked:
		case len(l.queue) > 0:
			q.running = append(q.running, l)
		default:
			delete(q.lines, l.to)
		}
	}
	q.running = slices.Delete(q.running, 0, done)
	return s.Busy()
}

// slice works on one line until the budget of visits is used up, the receiver has no room or
// nothing is left. It returns the number of nodes visited.
func (s *Shard) slice(l *line, budget int) (used int) {
	for used < budget && len(l.queue) > 0 && !l.parked {
		r := l.queue[0]
		if r.cancelled {
			l.cancelled--
			l.queue = l.queue[1:]
			used++
			continue
		}
		visited, finished := s.advance(l, r, budget-used)
		used += visited
		if finished && r.search.Limited() {
			s.Log.Info("not all retained messages were looked at (retained_messages_node_limit)",
				"client", string(l.to.ID), "filter", r.handle.Filter)
		}
		if finished {
			delete(s.replays.current, r.handle)
			l.queue[0] = nil
			l.queue = l.queue[1:]
		}
	}
	return used
}

// advance sends what one replay finds. It parks the line when the receiver has no room.
func (s *Shard) advance(l *line, r *replay, budget int) (used int, finished bool) {
	if r.found != nil {
		// It had to wait; what is stored now is what the receiver must hear last.
		r.found = s.Retained.Get(r.found.Topic, s.now)
	}
	for used < budget {
		if r.found == nil {
			var done bool
			r.found, done = r.search.Next(s.now, 1)
			used++
			if r.found == nil {
				if done {
					return used, true
				}
				continue
			}
		}
		if !s.give(l.to, r) {
			l.parked = true
			return used, false
		}
		r.found = nil
	}
	return used, false
}

// give sends the found message, unless it is none of the receiver's business. It reports false
// when there is no room now.
func (s *Shard) give(to *session.Session, r *replay) bool {
	m := r.found
	if to.Connection == nil {
		return false
	}
	qos := min(m.QoS, r.handle.Options.QoS())
	if qos == mqtt.AtMostOnce && !to.Connection.Room() || qos > mqtt.AtMostOnce && !to.Ready() {
		return false
	}
	if (r.handle.Options.NoLocal() || to.Bridge) && to.ID == m.Publisher || !s.mayReplay(to, m) {
		return true
	}
	s.pumping.Reset(m, true, s.now)
	to.Deliver(&s.pumping, packet.Delivery{
		SubscriptionIdentifier: r.handle.Identifier,
		Flags:                  packet.Level(qos) | packet.FlagRetain, // [MQTT-3.3.1-8]
	}, nil)
	return true
}

// mayReplay checks that the publisher may still publish what is stored in its name, and that the
// receiver may read it.
func (s *Shard) mayReplay(to *session.Session, m *mqtt.Message) bool {
	a := s.Options.Auth
	if !a.Restricts() {
		return true
	}
	write := auth.Access{
		ClientID: m.Publisher, Username: m.Username, Action: auth.Write,
		Topic: m.Topic, QoS: m.QoS, Retain: true,
	}
	return a.Authorize(write) && s.mayRead(to, m)
}

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
	to     *session.Session
	handle *session.Handle
	search *retained.Search
	found  *mqtt.Message // found, but the receiver had no room yet
}

// replays are the searches of one shard.
type replays struct {
	running []*replay                      // in the order of their turns
	parked  map[*session.Session][]*replay // until the receiver has room
	current map[*session.Handle]*replay
}

// outcome of a slice.
type outcome uint8

const (
	unfinished outcome = iota
	blocked            // the receiver has no room
	finished
)

// startReplay begins to send the retained messages that match filter to the owner of h.
func (s *Shard) startReplay(to *session.Session, h *session.Handle, search *retained.Search) {
	if s.replays.current == nil {
		s.replays.current = make(map[*session.Handle]*replay)
		s.replays.parked = make(map[*session.Session][]*replay)
	}
	r := &replay{to: to, handle: h, search: search}
	s.unpark(s.replays.current[h])
	s.replays.current[h] = r
	s.replays.running = append(s.replays.running, r)
}

// unpark drops a replay that is taken up anew, if it is one that waits.
func (s *Shard) unpark(r *replay) {
	if r == nil {
		return
	}
	parked := slices.DeleteFunc(s.replays.parked[r.to], func(x *replay) bool { return x == r })
	if len(parked) > 0 {
		s.replays.parked[r.to] = parked
	} else {
		delete(s.replays.parked, r.to)
	}
}

// Busy reports whether Work has something to do right away.
func (s *Shard) Busy() bool { return len(s.replays.running) > 0 }

// wake lets the replays of who go on: there may be room.
func (s *Shard) wake(who *session.Session) {
	if len(s.replays.parked) == 0 {
		return
	}
	if parked, ok := s.replays.parked[who]; ok {
		delete(s.replays.parked, who)
		s.replays.running = append(s.replays.running, parked...)
	}
}

// Work does a slice of what is never urgent: retained messages for new subscribers. It reports
// whether there is more that could be done right away.
func (s *Shard) Work() (more bool) {
	q := &s.replays
	done := 0
	for visits := turnVisits; done < len(q.running) && visits > 0; done++ {
		r := q.running[done]
		used, how := s.slice(r, min(visits, sliceVisits))
		visits -= max(used, 1)
		switch how {
		case unfinished:
			q.running = append(q.running, r)
		case blocked:
			q.parked[r.to] = append(q.parked[r.to], r)
		case finished:
			if q.current[r.handle] == r {
				delete(q.current, r.handle)
			}
		}
	}
	q.running = slices.Delete(q.running, 0, done)
	return len(q.running) > 0
}

// slice sends retained messages until the budget is used up or the receiver has no room.
func (s *Shard) slice(r *replay, budget int) (used int, how outcome) {
	if r.to.Ended() || s.replays.current[r.handle] != r ||
		r.to.Subscriptions.Get(r.handle.Filter) != r.handle {
		return 0, finished
	}
	if r.found != nil {
		// It had to wait; what is stored now is what the receiver must hear last.
		r.found = s.Retained.Get(r.found.Topic, s.now)
	}
	for used < budget {
		if r.found == nil {
			var done bool
			r.found, done = r.search.Next(s.now, 1)
			used++
			if done && r.found == nil {
				return used, finished
			}
			if r.found == nil {
				continue
			}
		}
		if !s.give(r) {
			return used, blocked
		}
		r.found = nil
	}
	return used, unfinished
}

// forget drops the replays of a Session that ended.
func (s *Shard) forget(who *session.Session) {
	for _, r := range s.replays.parked[who] {
		delete(s.replays.current, r.handle)
	}
	delete(s.replays.parked, who)
}

// give sends the found message, unless it is none of the receiver's business. It reports false
// when there is no room now.
func (s *Shard) give(r *replay) bool {
	m, to := r.found, r.to
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
		SubscriptionIdentifier: r.handle.Identifier, QoS: qos, Retain: true, // [MQTT-3.3.1-8]
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

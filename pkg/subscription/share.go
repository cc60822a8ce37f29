// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package subscription

import (
	"strings"
	"sync"

	"github.com/flashmq/flashmq/pkg/topic"
)

// Group returns the group of a filter of the form "$share/name/filter", nil when it has no members.
func (x *Index[S]) Group(filter string) *Group[S] {
	return x.shared.find(filter)
}

// shares finds groups by their filters, "$share/name/" included: there may be many share names
// for one filter.
type shares[S any] struct {
	mu     sync.RWMutex
	groups map[string]*Group[S] // guarded by mu
}

func (x *shares[S]) find(filter string) *Group[S] {
	x.mu.RLock()
	defer x.mu.RUnlock()
	return x.groups[filter]
}

func (x *shares[S]) add(g *Group[S]) {
	x.mu.Lock()
	defer x.mu.Unlock()
	if x.groups == nil {
		x.groups = make(map[string]*Group[S])
	}
	x.groups[g.filter] = g
}

func (x *shares[S]) remove(g *Group[S]) {
	x.mu.Lock()
	defer x.mu.Unlock()
	delete(x.groups, g.filter)
}

// linkGroup puts a new group in front. Under the mutex of its place.
func (e *ends[S]) linkGroup(g *Group[S]) {
	first := e.groups.Load()
	if first != nil {
		first.previous = g
	}
	g.next.Store(first)
	e.groups.Store(g)
}

// unlinkGroup takes a group out. Under the mutex of its place.
func (e *ends[S]) unlinkGroup(g *Group[S]) {
	next := g.next.Load()
	if next != nil {
		next.previous = g.previous
	}
	if g.previous != nil {
		g.previous.next.Store(next)
	} else {
		e.groups.Store(next)
	}
}

// join makes h a member of its group. A shard's first member comes in under the mutex, so that
// the group is not taken away at the same time; while it has one, the group stays.
func (x *Index[S]) join(shard int, s S, h *Handle[S], filter string) {
	g := x.shared.find(h.Filter)
	if g != nil && g.tallies[shard].total.Load() > 0 {
		g.enter(shard, s, h)
		return
	}
	x.change(filter, func(e *ends[S], _ string, _ *Members[S]) {
		g := x.shared.find(h.Filter)
		if g == nil {
			g = &Group[S]{
				index: x, number: x.groups.Add(1), filter: strings.Clone(h.Filter),
				tallies: make([]tally[S], x.shards),
			}
			e.linkGroup(g)
			x.shared.add(g)
		}
		g.enter(shard, s, h)
	})
}

// leave is the opposite of join.
func (x *Index[S]) leave(h *Handle[S]) {
	g, shard := h.seat.group, int(h.members.Shard)
	t := g.tallies[shard].team
	t.exit(h)
	if t.count > 0 {
		g.publish(shard)
		return
	}
	_, filter, _ := topic.ParseFilter(g.filter)
	x.change(filter, func(e *ends[S], _ string, _ *Members[S]) {
		g.publish(shard)
		if _, total := g.sum(); total > 0 {
			return
		}
		e.unlinkGroup(g)
		x.shared.remove(g)
	})
}

// SetOnline says that the subscriber of h has a Network Connection, or has it no more. It does
// nothing for subscriptions that are not shared.
func (x *Index[S]) SetOnline(h *Handle[S], online bool) {
	if h.seat == nil || h.members == nil {
		return
	}
	g, shard := h.seat.group, int(h.members.Shard)
	t := g.tallies[shard].team
	switch {
	case online == t.isOnline(h):
		return
	case online:
		t.turnOnline(h)
	default:
		t.turnOffline(h)
	}
	g.publish(shard)
}

func (g *Group[S]) enter(shard int, s S, h *Handle[S]) {
	t := g.tallies[shard].team
	if t == nil {
		t = &team[S]{Members: Members[S]{Shard: int32(shard)}}
		g.tallies[shard].team = t
	}
	h.Filter = g.filter
	h.seat = &seat[S]{handle: h, group: g}
	t.enter(h, s)
	g.publish(shard)
}

// publish tells publishers what has become of the team of a shard.
func (g *Group[S]) publish(shard int) {
	tally := &g.tallies[shard]
	t := tally.team
	if t.count > 0 {
		tally.oldest.Store(t.first().seat.sequence)
	}
	tally.online.Store(int32(t.online))
	tally.total.Store(int32(t.count))
}

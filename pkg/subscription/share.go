// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package subscription

import (
	"strings"

	"github.com/flashmq/flashmq/pkg/topic"
)

// Group returns the group of a filter of the form "$share/name/filter", nil when it has no members.
func (x *Index[S]) Group(filter string) *Group[S] {
	share, rest, err := topic.ParseFilter(filter)
	if err != nil || share == "" {
		return nil
	}
	return x.group(share, rest)
}

func (x *Index[S]) group(share, filter string) *Group[S] {
	if e, _ := x.find(filter); e != nil {
		return e.group(share)
	}
	return nil
}

func (e *ends[S]) group(share string) *Group[S] {
	g := e.groups.Load()
	for g != nil && g.share != share {
		g = g.next.Load()
	}
	return g
}

// join makes h a member of its group. A shard's first member comes in under the mutex, so that
// the group is not taken away at the same time; while it has one, the group stays.
func (x *Index[S]) join(shard int, s S, h *Handle[S], share, filter string) {
	g := x.group(share, filter)
	if g != nil && g.tallies[shard].total.Load() > 0 {
		g.enter(shard, s, h)
		return
	}
	x.change(filter, func(e *ends[S], _ string, _ *Members[S]) {
		g := e.group(share)
		if g == nil {
			g = &Group[S]{
				index: x, filter: strings.Clone(h.Filter), tallies: make([]tally[S], x.shards),
			}
			g.share, _, _ = topic.ParseFilter(g.filter)
			g.next.Store(e.groups.Load())
			e.groups.Store(g)
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
		at := &e.groups
		for at.Load() != g {
			at = &at.Load().next
		}
		at.Store(g.next.Load())
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

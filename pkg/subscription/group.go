// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package subscription

import (
	"hash/maphash"
	"math"
	"sync/atomic"

	"github.com/flashmq/flashmq/pkg/mqtt"
)

// Targeting says which member of a shared group gets the next message.
type Targeting uint8

// FlashMQ: the values of shared_subscription_targeting.
const (
	// RoundRobin: one after the other.
	RoundRobin Targeting = iota
	// SenderHash: the same for all messages of one publisher, as long as nobody comes or goes.
	SenderHash
	// First: all to the one that has been online longest, the others stand by.
	First
)

// SetTargeting changes how all groups choose, from the next message on.
func (x *Index[S]) SetTargeting(t Targeting) { x.targeting.Store(uint32(t)) }

// Group is one Shared Subscription: a share name with a filter. Its members live in any shard.
type Group[S any] struct {
	index *Index[S]
	// filter is as subscribed, "$share/name/" included.
	filter string
	next   atomic.Pointer[Group[S]]
	// previous leads back; for whoever holds the mutex of the group's place.
	previous *Group[S]
	// number is the group's among all there have been, from 1.
	number uint64
	// sequence numbers members in the order in which they came or came back.
	sequence atomic.Uint64
	tallies  []tally[S]
}

// tally is what publishers on any loop know about a group's members in one shard.
type tally[S any] struct {
	online, total atomic.Int32
	// oldest is the sequence of the team's first member, valid while it has any.
	oldest atomic.Uint64
	// team is for the shard's loop only.
	team *team[S]
}

// count is the number of members, or of those online.
func (t *tally[S]) count(online bool) int32 {
	if online {
		return t.online.Load()
	}
	return t.total.Load()
}

// seed keeps publishers from choosing identifiers that all fall to one member.
var seed = maphash.MakeSeed()

// Filter is the filter as subscribed, "$share/name/" included.
func (g *Group[S]) Filter() string { return g.filter }

// Online is the number of online members in all shards.
func (g *Group[S]) Online() int {
	online, _ := g.sum()
	return online
}

func (g *Group[S]) sum() (online, total int) {
	for i := range g.tallies {
		online += int(g.tallies[i].online.Load())
		total += int(g.tallies[i].total.Load())
	}
	return online, total
}

// Pick chooses the shard whose member gets a message of sender; Local on that shard's loop
// chooses the member. It takes offline members only when none is online. ok is false when the
// group has no members any more. From any loop, each with its own turns.
func (g *Group[S]) Pick(turns *Turns, sender mqtt.ClientID) (shard int, ok bool) {
	if len(g.tallies) == 1 {
		return 0, g.tallies[0].total.Load() > 0
	}
	online, total := g.sum()
	if online > 0 {
		if shard, ok = g.choose(turns, sender, online, true); ok {
			return shard, true
		}
		_, total = g.sum() // all went offline while we looked
	}
	if total == 0 {
		return 0, false
	}
	return g.choose(turns, sender, total, false)
}

// choose is Pick among the eligible members, as many as were counted before: those online, or all.
func (g *Group[S]) choose(
	turns *Turns, sender mqtt.ClientID, eligible int, online bool,
) (shard int, ok bool) {
	switch Targeting(g.index.targeting.Load()) {
	case SenderHash:
		return g.nth(uint64(uint32(senderSum(sender))), eligible, online)
	case First:
		return g.first(online)
	}
	return g.nth(turns.next(g.number), eligible, online)
}

// senderSum: the shard is chosen by the lower half, the member in it by the upper one.
func senderSum(sender mqtt.ClientID) uint64 { return maphash.String(seed, string(sender)) }

// nth returns the shard of the turn-th member, members counted shard by shard over and over.
func (g *Group[S]) nth(turn uint64, eligible int, online bool) (shard int, ok bool) {
	at := int(turn % uint64(eligible))
	for i := range g.tallies {
		n := int(g.tallies[i].count(online))
		if n > 0 {
			shard, ok = i, true
		}
		if at -= n; at < 0 {
			break
		}
	}
	return shard, ok // members that left since the sum was taken: the last shard that has some
}

// first returns the shard of the member with the lowest sequence.
func (g *Group[S]) first(online bool) (shard int, ok bool) {
	lowest := uint64(math.MaxUint64)
	for i := range g.tallies {
		t := &g.tallies[i]
		if t.count(online) == 0 {
			continue
		}
		if oldest := t.oldest.Load(); !ok || oldest < lowest {
			shard, lowest, ok = i, oldest, true
		}
	}
	return shard, ok
}

// Local chooses the member in a shard that gets a message of sender: an online one if there is
// any. ok is false when the shard's members have left since Pick. On the shard's loop only.
func (g *Group[S]) Local(shard int, sender mqtt.ClientID) (m Member[S], ok bool) {
	t := g.tallies[shard].team
	if t == nil || t.count == 0 {
		return m, false
	}
	eligible := t.online
	if eligible == 0 {
		eligible = t.count
	}
	var at uint32
	switch Targeting(g.index.targeting.Load()) {
	case SenderHash:
		at = uint32(senderSum(sender)>>32) % eligible
	case First:
		at = t.first().position
	default:
		if t.turn >= eligible {
			t.turn = 0
		}
		at = t.turn
		t.turn++
	}
	return *t.At(int(at)), true
}

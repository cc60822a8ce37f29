// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package subscription

import (
	"strings"
	"sync/atomic"

	"github.com/flashmq/flashmq/pkg/mqtt"
	"github.com/flashmq/flashmq/pkg/topic"
)

// ends is what ends at one Topic Filter: its members, shard by shard, and its shared groups.
// Both are lists that any loop walks; they change under the mutex of the filter's place.
type ends[S any] struct {
	members atomic.Pointer[Members[S]]
	groups  atomic.Pointer[Group[S]]
}

func (e *ends[S]) empty() bool { return e.members.Load() == nil && e.groups.Load() == nil }

// in returns the members in one shard, or nil.
func (e *ends[S]) in(shard int) *Members[S] {
	m := e.members.Load()
	for m != nil && m.Shard != int32(shard) {
		m = m.next.Load()
	}
	return m
}

// link and unlink change the list of members. A removed one keeps its way on for whoever stands
// on it.
func (e *ends[S]) link(m *Members[S]) {
	m.next.Store(e.members.Load())
	e.members.Store(m)
}

func (e *ends[S]) unlink(m *Members[S]) {
	at := &e.members
	for at.Load() != m {
		at = &at.Load().next
	}
	at.Store(m.next.Load())
}

// cacheLine is the size of a line, and more than one where processors fetch pairs.
const cacheLine = 128

// Index holds the subscriptions of all shards to subscribers of type S, which should be a pointer.
// Subscribe, Replace, Unsubscribe and SetOnline are called on the loop of the shard concerned,
// everything else from any goroutine.
type Index[S any] struct {
	shards int
	count  atomic.Int64
	groups atomic.Uint64 // how many there have been
	// The above is written when Clients come and go, what follows is read for every message.
	_         [cacheLine]byte
	targeting atomic.Uint32
	// exact has the filters without a wildcard, wild the others.
	exact exact[S]
	wild  wild[S]
	// shared has the groups of Shared Subscriptions by their filters.
	shared shares[S]
}

// New returns an empty index for shards 0 to shards-1.
func New[S any](shards int) *Index[S] { return &Index[S]{shards: shards} }

// Count is the number of subscriptions, shared ones included.
func (x *Index[S]) Count() int64 { return x.count.Load() }

// Size is the number of filters that have a place in the index, inner nodes of the tree of wildcard
// filters included, and of shared groups. It walks over all of them, under their mutexes: not for
// every second.
func (x *Index[S]) Size() (places, groups int) {
	x.wild.mutex.Lock()
	places = x.wild.tree.Below(x.wild.tree.Root())
	x.wild.mutex.Unlock()
	for i := range x.exact.stripes {
		s := &x.exact.stripes[i]
		s.mutex.Lock()
		for e := s.set.First(); e != nil; e = e.Next() {
			places++
		}
		s.mutex.Unlock()
	}
	x.shared.mu.RLock()
	defer x.shared.mu.RUnlock()
	return places, len(x.shared.groups)
}

// Subscribe files a subscription for s, which has none with this filter yet. The filter must be
// a valid one; it is copied where it is kept. A member of a shared group counts as online.
func (x *Index[S]) Subscribe(shard int, s S, sub mqtt.Subscription) *Handle[S] {
	x.count.Add(1)
	h := &Handle[S]{Subscription: sub}
	share, filter, err := topic.ParseFilter(sub.Filter)
	if err == nil && share != "" {
		x.join(shard, s, h, filter)
		return h
	}
	e, key := x.find(sub.Filter)
	if e != nil {
		if m := e.in(shard); m != nil { // nobody but this shard takes it out
			if h.Filter = key; key == "" {
				h.Filter = m.At(0).handle.Filter
			}
			m.add(h.member(s))
			return h
		}
	}
	x.change(sub.Filter, func(e *ends[S], key string, spare *Members[S]) {
		if h.Filter = key; key == "" {
			h.Filter = strings.Clone(sub.Filter)
		}
		m := spare
		if m == nil {
			m = new(Members[S])
		}
		m.Shard = int32(shard)
		m.add(h.member(s))
		e.link(m)
	})
	return h
}

// Replace gives a subscription new options and a new Subscription Identifier [MQTT-3.8.4-3].
func (x *Index[S]) Replace(h *Handle[S], o mqtt.SubscriptionOptions, identifier uint32) {
	h.Options, h.Identifier = o, identifier
	member := h.members.At(int(h.position))
	member.Options, member.Identifier = o, identifier
}

// Unsubscribe takes a subscription out; the second time it does nothing.
func (x *Index[S]) Unsubscribe(h *Handle[S]) {
	m := h.members
	if m == nil {
		return
	}
	x.count.Add(-1)
	if h.seat != nil {
		x.leave(h)
		return
	}
	m.remove(h.position)
	if m.count == 0 {
		x.change(h.Filter, func(e *ends[S], _ string, _ *Members[S]) { e.unlink(m) })
	}
}

// find returns what ends at a filter, nil when nothing does. key is the index's own copy of the
// filter, empty where it keeps none.
func (x *Index[S]) find(filter string) (e *ends[S], key string) {
	if topic.HasWildcard(filter) {
		return x.wild.find(filter), ""
	}
	return x.exact.find(filter)
}

// change lets f change what ends at a filter, under the mutex of its place. The place is made
// before when missing, and taken away after when empty.
func (x *Index[S]) change(filter string, f change[S]) {
	if topic.HasWildcard(filter) {
		x.wild.change(filter, f)
	} else {
		x.exact.change(filter, f)
	}
}

// change is a change of what ends at a filter. key is as from find; spare, where it is not nil,
// are Members for free, which nobody has seen before.
type change[S any] func(e *ends[S], key string, spare *Members[S])

// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package subscription

import (
	"strings"
	"sync"

	"github.com/flashmq/flashmq/pkg/mqtt"
	"github.com/flashmq/flashmq/pkg/topic"
)

// Ours.
const (
	// stripes is the number of mutexes of the exact filters: with so many, loops that subscribe
	// at the same time seldom meet.
	stripes = 64
	// shortFilter is the longest filter that lies in its entry; it fills up two cache lines.
	shortFilter = 32
)

// exact is the table of the filters without a wildcard, by whole filter: one look for one name.
type exact[S any] struct {
	stripes [stripes]stripe[S]
}

type stripe[S any] struct {
	set   topic.Set[spot[S]]
	mutex sync.Mutex
	// Each stripe has a cache line of its own.
	_ [5]uint64
}

// spot is the place of one exact filter. What matching needs lies in it: in a large table every
// look elsewhere is a wait for memory. With the entry around it, it is two cache lines: one has
// what finding the filter takes, the other what is found.
type spot[S any] struct {
	bytes [shortFilter]byte
	ends[S]
	// first is for the shard that subscribes first. It is used once: when it has become empty
	// and left the list, somebody may still stand on it.
	first Members[S]
}

func (x *exact[S]) find(filter string) (e *ends[S], key string) {
	sum := topic.Sum(filter)
	if entry := x.stripe(sum).set.Find(filter, sum); entry != nil {
		return &entry.Item.ends, entry.Key()
	}
	return nil, ""
}

// stripe uses other bits of the sum than the set does.
func (x *exact[S]) stripe(sum uint64) *stripe[S] { return &x.stripes[sum>>32%stripes] }

func (x *exact[S]) change(filter string, f change[S]) {
	sum := topic.Sum(filter)
	s := x.stripe(sum)
	s.mutex.Lock()
	defer s.mutex.Unlock()
	if entry := s.set.Find(filter, sum); entry != nil {
		f(&entry.Item.ends, entry.Key(), nil)
		if entry.Item.empty() {
			s.set.Remove(entry)
		}
		return
	}
	entry := new(topic.Entry[spot[S]])
	entry.Name(entry.Item.keep(filter), sum)
	f(&entry.Item.ends, entry.Key(), &entry.Item.first)
	s.set.Insert(entry)
}

// keep copies a filter, to the spot itself when it is short.
func (s *spot[S]) keep(filter string) string {
	if len(filter) > len(s.bytes) {
		return strings.Clone(filter)
	}
	return mqtt.Borrow(s.bytes[:copy(s.bytes[:], filter)])
}

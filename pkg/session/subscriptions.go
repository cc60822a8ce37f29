// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package session

import (
	"hash/maphash"
	"math/bits"
)

// Subscriptions are the handles of one Session's subscriptions, by Topic Filter. Most Sessions
// have one or none.
type Subscriptions struct {
	one  *Handle  // the only one, while many is nil
	many *handles // once there was a second one
}

// firstSubscriptions is the size of the first table. Ours.
const firstSubscriptions = 4

// Len is the number of subscriptions.
func (s *Subscriptions) Len() int {
	switch {
	case s.many != nil:
		return s.many.n
	case s.one != nil:
		return 1
	}
	return 0
}

// Get returns the handle of filter ("$share/name/" included), or nil.
func (s *Subscriptions) Get(filter string) *Handle {
	if s.many != nil {
		return s.many.entries[s.many.find(filter, handleSum(filter))]
	}
	if s.one != nil && s.one.Filter == filter {
		return s.one
	}
	return nil
}

// Add notes h; its filter must not be there yet.
func (s *Subscriptions) Add(h *Handle) {
	if s.many == nil {
		if s.one == nil {
			s.one = h
			return
		}
		s.many = newHandles(firstSubscriptions)
		s.many.add(s.one, handleSum(s.one.Filter))
		s.one = nil
	}
	if 4*(s.many.n+1) > 3*len(s.many.entries) {
		s.many = s.many.resized(2 * len(s.many.entries))
	}
	s.many.add(h, handleSum(h.Filter))
}

// Remove forgets the handle of filter.
func (s *Subscriptions) Remove(filter string) {
	m := s.many
	if m == nil {
		if s.one != nil && s.one.Filter == filter {
			s.one = nil
		}
		return
	}
	m.remove(filter)
	if size := len(m.entries); size > firstSubscriptions && 8*m.n < size {
		s.many = m.resized(size / 2)
	}
}

// Clear forgets all handles.
func (s *Subscriptions) Clear() { *s = Subscriptions{} }

// All calls yield for each handle, in no particular order. None may be added or removed meanwhile.
func (s *Subscriptions) All(yield func(*Handle) bool) {
	if s.many == nil {
		if s.one != nil {
			yield(s.one)
		}
		return
	}
	for _, h := range s.many.entries {
		if h != nil && !yield(h) {
			return
		}
	}
}

// handles is an open hash table of subscriptions: half of what a map takes, which shows when
// one Client has thousands. The hashes stand beside the entries, so that growing looks at no
// filter.
//
// Invariant: it is at most three quarters full; the entries from where a handle belongs to where
// it is are all taken.
type handles struct {
	entries []*Handle // length is a power of two; nil is an empty entry
	sums    []uint32
	n       int
}

var handleSeed = maphash.MakeSeed()

func handleSum(filter string) uint32 { return uint32(maphash.String(handleSeed, filter)) }

func newHandles(size int) *handles {
	return &handles{entries: make([]*Handle, size), sums: make([]uint32, size)}
}

func (t *handles) resized(size int) *handles {
	grown := newHandles(size)
	for i, h := range t.entries {
		if h != nil {
			grown.add(h, t.sums[i])
		}
	}
	return grown
}

// at is the entry in which the search for a hash begins.
func (t *handles) at(sum uint32) int { return int(sum >> (33 - bits.Len(uint(len(t.entries))))) }

// find returns the entry of filter, or the empty one where the search ended.
func (t *handles) find(filter string, sum uint32) int {
	i := t.at(sum)
	for h := t.entries[i]; h != nil; h = t.entries[i] {
		if t.sums[i] == sum && h.Filter == filter {
			return i
		}
		i = (i + 1) & (len(t.entries) - 1)
	}
	return i
}

func (t *handles) add(h *Handle, sum uint32) {
	i := t.at(sum)
	for t.entries[i] != nil {
		i = (i + 1) & (len(t.entries) - 1)
	}
	t.entries[i], t.sums[i] = h, sum
	t.n++
}

// remove empties the entry of filter, if there is one, and moves up those that a search would no
// longer reach.
func (t *handles) remove(filter string) {
	hole := t.find(filter, handleSum(filter))
	if t.entries[hole] == nil {
		return
	}
	mask := len(t.entries) - 1
	for i := (hole + 1) & mask; t.entries[i] != nil; i = (i + 1) & mask {
		// What belongs behind the hole, up to where it is, is reached without it.
		if (i-t.at(t.sums[i]))&mask >= (i-hole)&mask {
			t.entries[hole], t.sums[hole] = t.entries[i], t.sums[i]
			hole = i
		}
	}
	t.entries[hole] = nil
	t.n--
}

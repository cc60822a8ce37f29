// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package topic

import (
	"hash/maphash"
	"sync/atomic"
)

// seed differs from process to process, so nobody outside can choose topics that collide.
var seed = maphash.MakeSeed()

// Ours: the two levels that are wildcards have the two smallest sums, so that they stand first in
// every Set and are found without hashing.
const (
	singleLevelSum = 0
	multiLevelSum  = 1
)

// Sum is the hash of a key. A Set orders its entries by the lower 32 bits; the upper 32 are free
// for whoever spreads keys over several Sets.
func Sum(key string) uint64 {
	if len(key) == 1 {
		switch key[0] {
		case '+':
			return singleLevelSum
		case '#':
			return multiLevelSum
		}
	}
	sum := maphash.String(seed, key)
	if uint32(sum) <= multiLevelSum {
		sum |= multiLevelSum + 1
	}
	return sum
}

// Entry is one element of a Set: a key and what is filed under it. An Entry belongs to one Set
// for life: after Remove it is garbage, but whoever still stands on it finds the way on.
type Entry[T any] struct {
	key   string
	next  atomic.Pointer[Entry[T]]
	order uint32
	// below is Tree's: the number of nodes under this one. It lies here because alignment would
	// waste the bytes otherwise.
	below uint32
	// Item is the owner's. What readers may see change in it must be atomic.
	Item T
}

// NewEntry returns an entry for Insert. key is kept; sum is Sum(key).
func NewEntry[T any](key string, sum uint64) *Entry[T] {
	e := new(Entry[T])
	e.Name(key, sum)
	return e
}

// Name gives a new entry its key, which is kept, before Insert: for keys whose bytes lie in Item.
func (e *Entry[T]) Name(key string, sum uint64) { e.key, e.order = key, uint32(sum) }

// Key is what the entry was made with.
func (e *Entry[T]) Key() string { return e.key }

// Next is the entry after e, nil at the end. Whoever walks a Set by First and Next while it
// changes meets every entry that was there all the time exactly once, also after a pause on an
// entry that has been removed since; of entries that came or went meanwhile it meets some.
func (e *Entry[T]) Next() *Entry[T] { return e.next.Load() }

// Set is a hash set of entries by key. The zero value is empty and ready; it costs two words.
//
// It is one linked list of all entries in the order of their hashes, and a directory of pointers
// into it. Growing moves no entry, and the directory grows by the page, so no Insert ever pays for
// the size of the set. Find, First and Next are for any goroutine at any time; Insert and Remove
// exclude one another by a mutex of the owner's.
//
// Invariant: the list is sorted by order. A removed entry keeps its next pointer, which leads to
// where it stood; live entries never point to removed ones.
type Set[T any] struct {
	first     atomic.Pointer[Entry[T]]
	directory atomic.Pointer[directory[T]]
}

// First is the entry to begin a walk with, nil when the set is empty.
func (s *Set[T]) First() *Entry[T] { return s.first.Load() }

// Find returns the entry of key, or nil. sum is Sum(key).
func (s *Set[T]) Find(key string, sum uint64) *Entry[T] { return s.Head(sum).Seek(key, sum) }

// Head is the first half of Find: the entry at which to Seek a key with that sum, nil when there
// is none. It does not touch the entry, so that of several Heads in a row none waits for another.
func (s *Set[T]) Head(sum uint64) *Entry[T] {
	if d := s.directory.Load(); d != nil {
		return d.first(uint32(sum))
	}
	return s.first.Load()
}

// Seek is the second half of Find, to be called on what Head returned.
func (e *Entry[T]) Seek(key string, sum uint64) *Entry[T] {
	order := uint32(sum)
	for e != nil && e.order < order {
		e = e.next.Load()
	}
	for e != nil && e.order == order {
		if e.key == key {
			return e
		}
		e = e.next.Load()
	}
	return nil
}

// Insert adds an entry whose key the set does not hold.
func (s *Set[T]) Insert(e *Entry[T]) {
	before := s.before(e.order)
	link := s.after(before)
	e.next.Store(link.Load())
	link.Store(e)
	if d := s.directory.Load(); d != nil {
		d.inserted(e, before)
		s.replace(d, d.proceed())
	} else if s.crowded() {
		s.index()
	}
}

// Remove takes out an entry that is in the set.
func (s *Set[T]) Remove(e *Entry[T]) {
	before := s.before(e.order)
	for next := s.after(before).Load(); next != e; next = next.next.Load() {
		before = next // same hash as e
	}
	next := e.next.Load()
	s.after(before).Store(next)
	if d := s.directory.Load(); d != nil {
		d.removed(e, before, next)
		s.replace(d, d.proceed())
	}
}

func (s *Set[T]) replace(d, by *directory[T]) {
	if d != by {
		s.directory.Store(by)
	}
}

// before returns the last entry whose order is smaller, nil when there is none. For the writer.
func (s *Set[T]) before(order uint32) *Entry[T] {
	var e *Entry[T]
	if d := s.directory.Load(); d != nil {
		e = d.before(order)
	} else if e = s.first.Load(); e != nil && e.order >= order {
		e = nil
	}
	if e == nil {
		return nil
	}
	for {
		next := e.next.Load()
		if next == nil || next.order >= order {
			return e
		}
		e = next
	}
}

// after is the link that follows an entry, or the head of the list for nil.
func (s *Set[T]) after(e *Entry[T]) *atomic.Pointer[Entry[T]] {
	if e == nil {
		return &s.first
	}
	return &e.next
}

// crowded reports whether a set without a directory holds more entries than a walk should take.
func (s *Set[T]) crowded() bool {
	n := 0
	for e := s.first.Load(); e != nil && n <= smallSet; e = e.next.Load() {
		n++
	}
	return n > smallSet
}

// index gives the set its first directory.
func (s *Set[T]) index() {
	d := newDirectory[T](2*smallSet, nil)
	var before *Entry[T]
	for e := s.first.Load(); e != nil; e = e.next.Load() {
		d.inserted(e, before)
		before = e
	}
	s.directory.Store(d)
}

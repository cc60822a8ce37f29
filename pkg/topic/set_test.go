// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package topic

import (
	"fmt"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"testing"
)

// verify fails the test unless the set holds exactly these keys and its directory is in order.
func verify[T any](t *testing.T, s *Set[T], keys map[string]*Entry[T]) {
	t.Helper()
	n, last := 0, uint32(0)
	for e := s.First(); e != nil; e = e.Next() {
		if n++; keys[e.key] != e {
			t.Fatalf("%q should not be there", e.key)
		}
		if e.order < last {
			t.Fatalf("%q is out of order", e.key)
		}
		last = e.order
	}
	if n != len(keys) {
		t.Fatalf("%d entries, want %d", n, len(keys))
	}
	for key, e := range keys {
		if s.Find(key, Sum(key)) != e {
			t.Fatalf("%q is not found", key)
		}
	}
	if d := s.directory.Load(); d != nil {
		verifyDirectory(t, s, d, n)
	}
}

func verifyDirectory[T any](t *testing.T, s *Set[T], d *directory[T], count int) {
	t.Helper()
	if d.count != count || count > d.size() || count < d.size()/8 && d.size() > 2*smallSet {
		t.Fatalf("%d entries, counted %d, size %d", count, d.count, d.size())
	}
	e := s.First()
	for i := range d.size() {
		want := e
		parts := map[int]bool{}
		for e != nil && int(e.order>>d.shift) == i {
			parts[int(e.order>>(d.shift-partBits))] = true
			e = e.Next()
		}
		if want == e {
			want = nil // nothing in this stretch
		}
		if d.low == nil && d.pages[i/pageSize].Load() == nil {
			continue // the previous directory's is used, whose stretches are others
		}
		slot, marks := d.slot(i)
		if slot.Load() != want {
			t.Fatalf("slot %d of %d does not point to its first entry", i, d.size())
		}
		for part := i << partBits; part < (i+1)<<partBits; part++ {
			if (*marks>>(part%32)&1 != 0) != parts[part] {
				t.Fatalf("part %d of %d: the mark says %v", part, d.size()<<partBits, parts[part])
			}
		}
	}
}

func TestSetGrowsAndShrinks(t *testing.T) {
	t.Parallel()
	for _, most := range []int{3, 20, 300, 3000} {
		t.Run(fmt.Sprint(most), func(t *testing.T) {
			t.Parallel()
			var s Set[int]
			keys := map[string]*Entry[int]{}
			for round := range 8 {
				aim := most * (1 - round%2) // up, down to nothing, up again
				for step := 0; len(keys) != aim; step++ {
					key := fmt.Sprint(rand.IntN(2 * most))
					against := rand.IntN(8) == 0 && len(keys) > most/2
					switch e := keys[key]; {
					case e == nil && against != (aim > 0):
						e = NewEntry[int](key, Sum(key))
						s.Insert(e)
						keys[key] = e
					case e != nil && against == (aim > 0):
						s.Remove(e)
						delete(keys, key)
					}
					if step%most == 0 {
						verify(t, &s, keys)
					}
				}
				verify(t, &s, keys)
			}
		})
	}
}

// TestSetSameOrder has all entries in a few places of the list, where only the key tells.
func TestSetSameOrder(t *testing.T) {
	t.Parallel()
	var s Set[int]
	keys := map[string]*Entry[int]{}
	sum := func(key string) uint64 { return uint64(len(key)%3) << 31 }
	for range 4000 {
		key := fmt.Sprint(rand.IntN(200))
		if e := keys[key]; e == nil {
			e = NewEntry[int](key, sum(key))
			keys[key] = e
			s.Insert(e)
		} else {
			delete(keys, key)
			s.Remove(e)
		}
		for range 3 {
			key := fmt.Sprint(rand.IntN(200))
			if s.Find(key, sum(key)) != keys[key] {
				t.Fatalf("%q: not what is there", key)
			}
		}
	}
}

func TestSetManyPages(t *testing.T) {
	t.Parallel()
	const most = 60_000
	var s Set[int]
	keys := map[string]*Entry[int]{}
	for i := range most {
		e := NewEntry[int](fmt.Sprint(i), Sum(fmt.Sprint(i)))
		keys[e.key] = e
		s.Insert(e)
	}
	verify(t, &s, keys)
	d := s.directory.Load()
	if d.previous.Load() != nil {
		t.Error("the directory is still not complete")
	}
	if len(d.pages) != 1<<17/pageSize {
		t.Errorf("%d pages", len(d.pages))
	}
	for key, e := range keys {
		if len(keys) == most/1000 {
			break
		}
		s.Remove(e)
		delete(keys, key)
	}
	verify(t, &s, keys)
}

// TestSetReadersAndWriter: while one goroutine adds and removes, others must find all keys that
// stay, one by one and by walking, each once and in order.
func TestSetReadersAndWriter(t *testing.T) {
	t.Parallel()
	const stay, come, rounds = 300, 3000, 4
	var s Set[int]
	for i := range stay {
		key := fmt.Sprint("stay", i)
		e := NewEntry[int](key, Sum(key))
		e.Item = 1
		s.Insert(e)
	}
	var done atomic.Bool
	var readers sync.WaitGroup
	for range 3 {
		readers.Go(func() {
			for last := false; !last; {
				last = done.Load()
				met, order := 0, uint32(0)
				for e := s.First(); e != nil; e = e.Next() {
					met += e.Item
					if e.order < order {
						t.Error("out of order")
					}
					order = e.order
				}
				if met != stay {
					t.Errorf("a walk met %d of %d", met, stay)
				}
				for i := range stay {
					key := fmt.Sprint("stay", i)
					if s.Find(key, Sum(key)) == nil {
						t.Errorf("%q was not found", key)
					}
				}
			}
		})
	}
	for range rounds {
		var entries []*Entry[int]
		for i := range come {
			key := fmt.Sprint("come", i)
			e := NewEntry[int](key, Sum(key))
			s.Insert(e)
			entries = append(entries, e)
		}
		rand.Shuffle(len(entries), func(i, j int) {
			entries[i], entries[j] = entries[j], entries[i]
		})
		for _, e := range entries {
			s.Remove(e)
		}
	}
	done.Store(true)
	readers.Wait()
}

// TestWalkPausedOnRemoved: a walk that pauses on an entry goes on from there after it and its
// neighbours have gone.
func TestWalkPausedOnRemoved(t *testing.T) {
	t.Parallel()
	const n = 1000
	var s Set[int]
	var entries []*Entry[int]
	for i := range n {
		s.Insert(NewEntry[int](fmt.Sprint(i), Sum(fmt.Sprint(i))))
	}
	for e := s.First(); e != nil; e = e.Next() {
		entries = append(entries, e)
	}
	pause := entries[n/2]
	for _, i := range rand.Perm(n - 1) {
		s.Remove(entries[i])
	}
	if next := pause.Next(); next == nil {
		t.Fatal("the walk ended")
	}
	e := pause
	for e.Next() != nil {
		e = e.Next()
	}
	if e != entries[n-1] {
		t.Error("the walk missed the entry that stayed")
	}
}

func BenchmarkSum(b *testing.B) {
	key := "bench/00001/t/0001"
	for b.Loop() {
		Sum(key)
	}
}

func BenchmarkSetInsert(b *testing.B) {
	keys := make([]string, 1_000_000)
	for i := range keys {
		keys[i] = fmt.Sprint(i)
	}
	b.ResetTimer()
	for i := 0; i < b.N; {
		var s Set[int]
		for j := 0; j < len(keys) && i < b.N; i, j = i+1, j+1 {
			s.Insert(NewEntry[int](keys[j], Sum(keys[j])))
		}
	}
}

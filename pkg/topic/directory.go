// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package topic

import (
	"math/bits"
	"sync/atomic"
)

// Ours.
const (
	// smallSet is the number of entries up to which a Set has no directory: a walk over so few
	// is as fast as a look into one.
	smallSet = 8
	// pageSize is the number of slots, 8 bytes each, that one Insert fills at most when the
	// directory grows.
	pageSize = 512
	// partBits makes eight parts of a stretch, one byte of marks.
	partBits = 3
)

// directory is the fast way into the list of a Set. Its slots cut the list into as many stretches
// as there are slots, by the upper bits of the order. Marks tell which eighths of the stretches
// have an entry at all: they are so dense that they stay in the processor's caches, and most
// searches for what is not there touch no slot and no entry.
//
// A directory that has become too small or too large is replaced by one of double or half the
// size, with empty pages; each change of the set makes one of them, from the slots of its
// predecessor. A page is made at the latest when a slot in it is to change, so the predecessor's
// slots are right as long as the page that takes their place is missing.
//
// Invariant: a slot points to the first entry of its stretch, and is nil without one. A mark is set
// when there is an entry in its part, and only then.
type directory[T any] struct {
	// shift makes an order the number of its slot.
	shift uint8
	// low are the slots of a directory of at most pageSize, with their marks; it has no pages.
	low   []slot[T]
	marks []uint32
	pages []atomic.Pointer[page[T]]
	// previous has the slots for missing pages; nil when none is missing.
	previous atomic.Pointer[directory[T]]
	// Readers of the above on other cores shall not wait for what only the writer uses.
	_     [5]uint64
	count int
	// made is the number of the first page that may be missing.
	made int
}

type (
	slot[T any] struct{ atomic.Pointer[Entry[T]] }
	page[T any] struct {
		slots [pageSize]slot[T]
		marks [pageSize / slotsMarked]uint32
	}
)

// slotsMarked is the number of slots whose parts have their marks in one word. The words are no
// atomic.Uint32: methods are not inlined into instances of generic code in other packages.
const slotsMarked = 32 >> partBits

// newDirectory returns a directory of so many slots, a power of two, to take the place of
// previous, or the first one of a set for nil.
func newDirectory[T any](size int, previous *directory[T]) *directory[T] {
	d := &directory[T]{shift: uint8(32 - bits.TrailingZeros(uint(size)))}
	if size > pageSize {
		d.pages = make([]atomic.Pointer[page[T]], size/pageSize)
	} else {
		d.low = make([]slot[T], size)
		d.marks = make([]uint32, size/slotsMarked)
	}
	if previous == nil {
		return d
	}
	d.count = previous.count
	if d.low != nil {
		previous.copy(d.low, d.marks, 0, d.shift)
	} else {
		d.previous.Store(previous)
	}
	return d
}

// size is the number of slots.
func (d *directory[T]) size() int { return 1 << (32 - d.shift) }

// first returns the entry at which a search for order starts, nil when there is none of that
// order. For readers.
func (d *directory[T]) first(order uint32) *Entry[T] {
	i, part := int(order>>d.shift), order>>(d.shift-partBits)
	if i < len(d.low) {
		if atomic.LoadUint32(&d.marks[i/slotsMarked])>>(part%32)&1 == 0 {
			return nil
		}
		return d.low[i].Load()
	}
	p := d.pages[i/pageSize].Load()
	if p == nil {
		if previous := d.previous.Load(); previous != nil {
			return previous.first(order)
		}
		p = d.pages[i/pageSize].Load() // all pages have been made since
	}
	if atomic.LoadUint32(&p.marks[i%pageSize/slotsMarked])>>(part%32)&1 == 0 {
		return nil
	}
	return p.slots[i%pageSize].Load()
}

// slot returns a slot and its marks, and makes their page when that is missing. For the writer.
func (d *directory[T]) slot(i int) (*slot[T], *uint32) {
	if d.low != nil {
		return &d.low[i], &d.marks[i/slotsMarked]
	}
	p := d.pages[i/pageSize].Load()
	if p == nil {
		p = new(page[T])
		d.previous.Load().copy(p.slots[:], p.marks[:], i/pageSize*pageSize, d.shift)
		d.pages[i/pageSize].Store(p)
	}
	return &p.slots[i%pageSize], &p.marks[i%pageSize/slotsMarked]
}

// copy fills the slots, from number first on, of a directory with another shift from those of d.
func (d *directory[T]) copy(to []slot[T], marks []uint32, first int, shift uint8) {
	for i := first << shift >> d.shift; i<<d.shift < (first+len(to))<<shift; i++ {
		s, _ := d.slot(i)
		for e := s.Load(); e != nil && int(e.order>>d.shift) == i; e = e.next.Load() {
			at := int(e.order>>shift) - first
			if to[at].Load() == nil {
				to[at].Store(e)
			}
			marks[at/slotsMarked] |= 1 << (e.order >> (shift - partBits) % 32)
		}
	}
}

// before returns an entry in front of every entry of that order, nil when there is none.
func (d *directory[T]) before(order uint32) *Entry[T] {
	i := int(order >> d.shift)
	s, _ := d.slot(i)
	if e := s.Load(); e != nil && e.order < order {
		return e
	}
	for i--; i >= 0; i-- {
		s, _ = d.slot(i)
		if e := s.Load(); e != nil {
			return e
		}
	}
	return nil
}

// inserted is told of an entry that is new in the list behind before.
func (d *directory[T]) inserted(e, before *Entry[T]) {
	i := e.order >> d.shift
	s, marks := d.slot(int(i))
	if before == nil || before.order>>d.shift != i {
		s.Store(e)
	}
	atomic.StoreUint32(marks, *marks|1<<(e.order>>(d.shift-partBits)%32))
	d.count++
}

// removed is told of an entry that has left the list, where it stood between before and next.
func (d *directory[T]) removed(e, before, next *Entry[T]) {
	i := e.order >> d.shift
	s, marks := d.slot(int(i))
	if s.Load() == e {
		first := next
		if next != nil && next.order>>d.shift != i {
			first = nil
		}
		s.Store(first)
	}
	part := e.order >> (d.shift - partBits)
	in := func(e *Entry[T]) bool { return e != nil && e.order>>(d.shift-partBits) == part }
	if !in(before) && !in(next) {
		atomic.StoreUint32(marks, *marks&^(1<<(part%32)))
	}
	d.count--
}

// proceed makes one missing page, and returns the directory that fits the number of entries: d,
// or a new one, or nil when so few need none.
func (d *directory[T]) proceed() *directory[T] {
	size := d.size()
	switch {
	case d.count > size*3/4:
		size *= 2
	case d.count < smallSet/2:
		return nil
	case d.count < size/8:
		size /= 2
	default:
		d.makePage()
		return d
	}
	for d.previous.Load() != nil {
		d.makePage() // has long been done, unless the set shrinks as soon as it has grown
	}
	return newDirectory(size, d)
}

func (d *directory[T]) makePage() {
	if d.previous.Load() == nil {
		return
	}
	if d.made < len(d.pages) {
		d.slot(d.made * pageSize)
		d.made++
		return
	}
	d.previous.Store(nil)
}

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
)

// directory is the fast way into the list of a Set. Its slots cut the list into as many stretches
// as there are slots, by the upper bits of the order.
//
// A directory that has become too small or too large is replaced by one of double or half the
// size, with empty pages; each change of the set makes one of them, from the slots of its
// predecessor. A page is made at the latest when a slot in it is to change, so the predecessor's
// slots are right as long as the page that takes their place is missing.
//
// Invariant: a slot points to the first entry of its stretch, and is nil without one.
type directory[T any] struct {
	// shift makes an order the number of its slot.
	shift uint8
	// low are the slots of a directory of at most pageSize; it has no pages.
	low   []slot[T]
	pages []atomic.Pointer[page[T]]
	// previous has the slots for missing pages; nil when none is missing.
	previous atomic.Pointer[directory[T]]
	// Readers of the above on other cores shall not wait for what only the writer uses.
	_     [8]uint64
	count int
	// made is the number of the first page that may be missing.
	made int
}

type (
	slot[T any] struct{ atomic.Pointer[Entry[T]] }
	page[T any] [pageSize]slot[T]
)

// newDirectory returns a directory of so many slots, a power of two, to take the place of
// previous, or the first one of a set for nil.
func newDirectory[T any](size int, previous *directory[T]) *directory[T] {
	d := &directory[T]{shift: uint8(32 - bits.TrailingZeros(uint(size)))}
	if size > pageSize {
		d.pages = make([]atomic.Pointer[page[T]], size/pageSize)
	} else {
		d.low = make([]slot[T], size)
	}
	if previous == nil {
		return d
	}
	d.count = previous.count
	if d.low != nil {
		previous.copy(d.low, 0, size, d.shift)
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
	i := int(order >> d.shift)
	if i < len(d.low) {
		return d.low[i].Load()
	}
	p := &d.pages[i/pageSize]
	if page := p.Load(); page != nil {
		return page[i%pageSize].Load()
	}
	if previous := d.previous.Load(); previous != nil {
		return previous.first(order)
	}
	return p.Load()[i%pageSize].Load() // all pages have been made since
}

// slot returns a slot and makes its page when that is missing. For the writer.
func (d *directory[T]) slot(i int) *slot[T] {
	if d.low != nil {
		return &d.low[i]
	}
	p := d.pages[i/pageSize].Load()
	if p == nil {
		p = new(page[T])
		d.previous.Load().copy(p[:], i/pageSize*pageSize, pageSize, d.shift)
		d.pages[i/pageSize].Store(p)
	}
	return &p[i%pageSize]
}

// copy fills slots first to first+n-1 of a directory with another shift from those of d.
func (d *directory[T]) copy(to []slot[T], first, n int, shift uint8) {
	from := first << shift >> d.shift
	for i := from; i<<d.shift < (first+n)<<shift; i++ {
		for e := d.slot(i).Load(); e != nil && int(e.order>>d.shift) == i; e = e.next.Load() {
			if s := &to[int(e.order>>shift)-first]; s.Load() == nil {
				s.Store(e)
			}
			if shift >= d.shift {
				break // of a smaller stretch only the first entry can be first of a larger one
			}
		}
	}
}

// before returns an entry in front of every entry of that order, nil when there is none.
func (d *directory[T]) before(order uint32) *Entry[T] {
	i := int(order >> d.shift)
	if e := d.slot(i).Load(); e != nil && e.order < order {
		return e
	}
	for i--; i >= 0; i-- {
		if e := d.slot(i).Load(); e != nil {
			return e
		}
	}
	return nil
}

// inserted is told of an entry that is new in the list behind before.
func (d *directory[T]) inserted(e, before *Entry[T]) {
	if i := e.order >> d.shift; before == nil || before.order>>d.shift != i {
		d.slot(int(i)).Store(e)
	}
	d.count++
}

// removed is told of an entry that is to leave the list, where next follows it.
func (d *directory[T]) removed(e, next *Entry[T]) {
	i := e.order >> d.shift
	if s := d.slot(int(i)); s.Load() == e {
		if next != nil && next.order>>d.shift != i {
			next = nil
		}
		s.Store(next)
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

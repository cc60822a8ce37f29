// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package timer

import (
	"math"
	"math/bits"
)

// Advance moves the wheel to now and fires timers that are due, at most budget of them, in the
// order of their ticks; what is left is fired by the next call. It returns how many it fired.
func (w *Wheel) Advance(now int64, budget int) int {
	w.adopt(&w.lists[late])
	w.reach(uint64(max(now, 0)) >> tickBits)
	fired := 0
	for fired < budget {
		t := w.lists[due].head
		if t == nil {
			break
		}
		w.Stop(t)
		fired++
		t.owner.Expire(t, now)
	}
	return fired
}

// Next is the instant at which Advance has to be called again at the latest, -1 when no timer is
// armed. For a timer far ahead it is the instant at which its slot has to be sorted.
func (w *Wheel) Next() int64 {
	switch {
	case w.armed == 0:
		return -1
	case w.lists[due].head != nil || w.lists[late].head != nil:
		return instant(w.tick)
	}
	_, _, start := w.first()
	return instant(start)
}

// reach empties every slot up to the tick target, in order, into the due list.
func (w *Wheel) reach(target uint64) {
	if target <= w.tick {
		return
	}
	for w.inUse != 0 {
		level, slot, start := w.first()
		if start > target {
			break
		}
		w.tick = start
		w.clear(level, slot)
		w.adopt(&w.lists[level<<slotBits+slot+1])
	}
	w.tick = target
}

// adopt puts the timers of a list where they belong now.
func (w *Wheel) adopt(from *list) {
	t := from.head
	*from = list{}
	for t != nil {
		next := t.next
		w.put(t, due)
		t = next
	}
}

// first is the first slot in use and the tick at which it begins. Some slot must be in use.
func (w *Wheel) first() (level, slot int, start uint64) {
	level = bits.TrailingZeros8(w.inUse)
	slot = bits.TrailingZeros64(w.used[level])
	shift := level * slotBits
	above := w.tick >> (shift + slotBits) << (shift + slotBits)
	return level, slot, above | uint64(slot)<<shift
}

// instant is the first instant of a tick.
func instant(tick uint64) int64 {
	if tick > math.MaxInt64>>tickBits {
		return math.MaxInt64
	}
	return int64(tick << tickBits)
}

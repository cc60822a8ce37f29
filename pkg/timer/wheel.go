// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package timer

import "math/bits"

// Ours.
const (
	// tickBits makes a tick 2^20 ns, a little more than the millisecond epoll can wait for.
	tickBits = 20
	// slotBits makes 64 slots a level, so that one word says which of them are in use.
	slotBits = 6
	// slots is the number of slots in one level.
	slots = 1 << slotBits
	// levels covers every instant an int64 can name: 20 + 8 * 6 bits.
	levels = 8
	// slotCount is the number of slots in all levels.
	slotCount = levels * slots
)

// Wheel keeps the timers of one loop. It is not safe for concurrent use.
//
// A timer waits in the level of the highest group of six bits in which its tick differs from the
// wheel's, in the slot that group names. So every timer of a level comes before every timer of the
// level above, slots of a level come in order, and a slot reached by the wheel's own tick is
// either due (level 0) or has to be sorted into the levels below.
type Wheel struct {
	// tick is the last tick Advance has seen.
	tick uint64
	// Invariant: bit s of used[v] is set exactly when slot s of level v holds a timer.
	used [levels]uint64
	// Invariant: bit v is set exactly when used[v] is not zero.
	inUse uint8
	// lists holds the slots, then the timers that have come due, then those that were set to an
	// instant already past; index = place. The first one is not used.
	lists [slotCount + 3]list
	armed int
}

// New makes a wheel that begins at now.
func New(now int64) *Wheel { return &Wheel{tick: uint64(max(now, 0)) >> tickBits} }

// Len is the number of timers armed.
func (w *Wheel) Len() int { return w.armed }

// Set arms t for the instant when, wherever it was before. An instant already past expires with
// the next call of Advance; never within the one that may be running.
func (w *Wheel) Set(t *Timer, when int64) {
	if t.owner == nil {
		panic("timer: set before it was bound")
	}
	w.Stop(t)
	t.when = when
	w.armed++
	w.put(t, late)
}

// Stop disarms t. It may be called for a timer that is not armed.
func (w *Wheel) Stop(t *Timer) {
	if t.home == nowhere {
		return
	}
	home := t.home
	w.lists[home].remove(t)
	t.home = nowhere
	w.armed--
	if home <= slotCount && w.lists[home].head == nil {
		w.clear(int(home-1)>>slotBits, int(home-1)&(slots-1))
	}
}

// put links t into its slot, or into the list past when its tick has been reached.
func (w *Wheel) put(t *Timer, past place) {
	tick := tickOf(t.when)
	if tick <= w.tick {
		t.home = past
		w.lists[past].push(t)
		return
	}
	level := (bits.Len64(tick^w.tick) - 1) / slotBits
	slot := int(tick>>(level*slotBits)) & (slots - 1)
	w.used[level] |= 1 << slot
	w.inUse |= 1 << level
	t.home = place(level<<slotBits+slot) + 1
	w.lists[t.home].push(t)
}

// clear notes that a slot is empty.
func (w *Wheel) clear(level, slot int) {
	w.used[level] &^= 1 << slot
	if w.used[level] == 0 {
		w.inUse &^= 1 << level
	}
}

// tickOf is the first tick at which an instant has been reached: rounded up, so never early.
func tickOf(when int64) uint64 {
	return (uint64(max(when, 0)) + 1<<tickBits - 1) >> tickBits
}

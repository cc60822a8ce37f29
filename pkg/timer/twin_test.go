// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package timer

import (
	"cmp"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"
)

// twin is the naive timer store a Wheel is compared with: a list searched from end to end.
type twin struct {
	tick  uint64
	armed map[int]int64
}

func (w *twin) set(id int, when int64) { w.armed[id] = when }
func (w *twin) stop(id int)            { delete(w.armed, id) }

// advance returns who is due, sorted.
func (w *twin) advance(now int64) []int {
	w.tick = max(w.tick, uint64(now)>>tickBits)
	var fired []int
	for id, when := range w.armed {
		if tickOf(when) <= w.tick {
			fired = append(fired, id)
			delete(w.armed, id)
		}
	}
	slices.Sort(fired)
	return fired
}

// next is the earliest instant armed, -1 if there is none.
func (w *twin) next() int64 {
	next := int64(-1)
	for _, when := range w.armed {
		if next < 0 || when < next {
			next = when
		}
	}
	return next
}

// entry is a timer that notes its number.
type entry struct {
	Timer
	id    int
	fired *[]int
}

func (e *entry) Expire(_ *Timer, now int64) {
	if now < e.When() {
		panic(fmt.Sprintf("timer for %d fired at %d", e.When(), now))
	}
	*e.fired = append(*e.fired, e.id)
}

// distances are the magnitudes of instants tried, one for every level and beyond.
var distances = []int64{
	1, 1 << 18, 1 << 20, 1 << 24, 1 << 26, 1 << 30, 1 << 32, 1 << 38, 1 << 44, 1 << 50, 1 << 56,
	1 << 60,
}

// compare runs a script of operations against both; each operation is three bytes.
func compare(t *testing.T, script []byte, seed uint64) {
	random := rand.New(rand.NewPCG(seed, 1))
	now := int64(seed % (1 << 40))
	w, naive := New(now), &twin{tick: uint64(now) >> tickBits, armed: map[int]int64{}}
	var fired []int
	entries := make([]entry, 64)
	for i := range entries {
		entries[i] = entry{id: i, fired: &fired}
		entries[i].Bind(&entries[i])
	}
	for len(script) >= 3 {
		op, id, distance := script[0], int(script[1])%64, distances[int(script[2])%len(distances)]
		script = script[3:]
		switch op % 4 {
		case 0, 1:
			when := add(now, random.Int64N(distance+1)-min(now, 1<<21))
			w.Set(&entries[id].Timer, when)
			naive.set(id, when)
		case 2:
			w.Stop(&entries[id].Timer)
			naive.stop(id)
		case 3:
			now = add(now, random.Int64N(distance+1))
			fired = fired[:0]
			for w.Advance(now, 1+id) == 1+id {
			}
			checkFired(t, naive.advance(now), fired)
		}
		checkState(t, w, naive, entries)
	}
}

func add(a, b int64) int64 {
	if b > 0 && a > math.MaxInt64-b {
		return math.MaxInt64
	}
	return a + b
}

func checkFired(t *testing.T, want, got []int) {
	t.Helper()
	got = slices.SortedFunc(slices.Values(got), cmp.Compare)
	if !slices.Equal(want, got) {
		t.Fatalf("fired %v, want %v", got, want)
	}
}

func checkState(t *testing.T, w *Wheel, naive *twin, entries []entry) {
	t.Helper()
	if w.Len() != len(naive.armed) {
		t.Fatalf("%d timers armed, want %d", w.Len(), len(naive.armed))
	}
	for i := range entries {
		when, armed := naive.armed[i]
		if entries[i].Armed() != armed || armed && entries[i].When() != when {
			t.Fatalf("timer %d: armed %v for %d, want %v for %d", i, entries[i].Armed(),
				entries[i].When(), armed, when)
		}
	}
	next, earliest := w.Next(), naive.next()
	switch {
	case (next < 0) != (earliest < 0):
		t.Fatalf("next is %d, the earliest timer %d", next, earliest)
	case next > max(add(earliest, 1<<tickBits), instant(naive.tick)):
		t.Fatalf("next is %d, more than a tick after the earliest timer %d", next, earliest)
	}
}

func TestWheelAgainstTwin(t *testing.T) {
	t.Parallel()
	for seed := range uint64(300) {
		random := rand.New(rand.NewPCG(seed, 2))
		script := make([]byte, 3*400)
		for i := range script {
			script[i] = byte(random.Uint32())
		}
		compare(t, script, seed*7919*7919)
	}
}

func FuzzWheelAgainstTwin(f *testing.F) {
	f.Add([]byte{0, 1, 2, 3, 0, 3, 2, 1, 0, 3, 5, 9}, uint64(5))
	f.Add([]byte{0, 1, 11, 0, 2, 11, 3, 0, 11, 3, 1, 11, 3, 1, 11}, uint64(1<<39))
	f.Fuzz(compare)
}

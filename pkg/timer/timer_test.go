// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package timer

import (
	"math"
	"math/rand/v2"
	"testing"
	"unsafe"
)

// call is a timer that calls a function.
type call struct {
	Timer
	f func(now int64)
}

func (c *call) Expire(_ *Timer, now int64) { c.f(now) }

func newCall(f func(now int64)) *call {
	c := &call{f: f}
	c.Bind(c)
	return c
}

func TestTimerIsSmall(t *testing.T) {
	if size := unsafe.Sizeof(Timer{}); size > 48 {
		t.Errorf("a Timer takes %d bytes", size)
	}
}

func TestNeverEarlyAndExactFarOut(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name string
		when int64
	}{
		{"a millisecond", 1e6},
		{"just after a tick", 1<<tickBits + 1},
		{"a second", 1e9},
		{"an hour", 3600e9},
		{"a month", 30 * 86400e9},
		{"a century", 100 * 365 * 86400e9},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			w := New(0)
			firedAt := int64(-1)
			c := newCall(func(now int64) { firedAt = now })
			w.Set(&c.Timer, test.when)
			// Sleeping exactly as long as Next says must be enough, and not be done often.
			wakes := 0
			for firedAt < 0 {
				next := w.Next()
				if next < 0 {
					t.Fatal("the timer got lost")
				}
				w.Advance(next, 1)
				wakes++
			}
			if late := firedAt - test.when; late < 0 || late >= 1<<tickBits {
				t.Errorf("fired %d ns late", late)
			}
			if wakes > levels {
				t.Errorf("woke up %d times", wakes)
			}
			if w.Next() != -1 || w.Len() != 0 {
				t.Error("something is left")
			}
		})
	}
}

func TestTheEndOfTime(t *testing.T) {
	t.Parallel()
	w := New(0)
	fired := 0
	c := newCall(func(int64) { fired++ })
	w.Set(&c.Timer, math.MaxInt64)
	if next := w.Next(); next <= 0 {
		t.Errorf("next is %d", next)
	}
	w.Advance(1e18, 10)
	if fired != 0 || !c.Armed() {
		t.Error("fired before the end of time")
	}
}

func TestInstantsInThePast(t *testing.T) {
	t.Parallel()
	w := New(5e9)
	fired := 0
	c := newCall(func(int64) { fired++ })
	for _, when := range []int64{0, -5, 4e9} {
		w.Set(&c.Timer, when)
		if next := w.Next(); next < 0 || next > 5e9 {
			t.Errorf("next is %d for a timer in the past", next)
		}
		w.Advance(5e9, 10)
	}
	if fired != 3 {
		t.Errorf("fired %d times, want 3", fired)
	}
	w.Advance(1e9, 10) // a clock that goes back does no harm
}

func TestBudgetLeavesTheRestForNextTime(t *testing.T) {
	t.Parallel()
	w := New(0)
	var order []int
	for i := range 10 {
		c := newCall(func(int64) { order = append(order, i) })
		w.Set(&c.Timer, int64(i)*3e6)
	}
	for _, want := range []int{4, 4, 2, 0} {
		if n := w.Advance(1e9, 4); n != want {
			t.Errorf("fired %d, want %d", n, want)
		}
		if left := w.Len() > 0; left != (w.Next() >= 0) || left && w.Next() > 1e9 {
			t.Errorf("next is %d with %d timers due", w.Next(), w.Len())
		}
	}
	for i, got := range order {
		if i != got {
			t.Fatalf("fired in the order %v", order)
		}
	}
	if n := w.Advance(1e9, 0); n != 0 {
		t.Errorf("fired %d without a budget", n)
	}
}

func TestExpireMaySetAndStopAnyTimer(t *testing.T) {
	t.Parallel()
	w := New(0)
	count := map[string]int{}
	var again, victim, later *call
	again = newCall(func(now int64) {
		count["again"]++
		w.Set(&again.Timer, now) // past already: next Advance, or this would never end
		w.Stop(&victim.Timer)    // due in the same slot
		w.Stop(&victim.Timer)
		w.Set(&later.Timer, now+5e6) // due in the same slot, and now it is not
	})
	victim = newCall(func(int64) { count["victim"]++ })
	later = newCall(func(int64) { count["later"]++ })
	for _, c := range []*call{again, victim, later} {
		w.Set(&c.Timer, 1e6)
	}
	w.Advance(3e6, 100)
	if count["again"] != 1 || count["victim"] != 0 || count["later"] != 0 {
		t.Errorf("after the first Advance: %v", count)
	}
	w.Stop(&again.Timer)
	w.Advance(20e6, 100)
	if count["again"] != 1 || count["victim"] != 0 || count["later"] != 1 {
		t.Errorf("after the second Advance: %v", count)
	}
}

func TestSetBeforeBindPanics(t *testing.T) {
	t.Parallel()
	defer func() {
		if recover() == nil {
			t.Error("no panic")
		}
	}()
	New(0).Set(new(Timer), 1)
}

// nothing is an owner that does nothing.
type nothing struct{}

func (nothing) Expire(*Timer, int64) {}

func TestNoAllocations(t *testing.T) {
	w := New(0)
	timers := make([]Timer, 1000)
	for i := range timers {
		timers[i].Bind(nothing{})
	}
	now := int64(0)
	random := rand.New(rand.NewPCG(1, 1))
	allocated := testing.AllocsPerRun(100, func() {
		for i := range timers {
			w.Set(&timers[i], now+random.Int64N(10e9))
			if i%7 == 0 {
				w.Stop(&timers[i/2])
			}
		}
		now += 1e9
		w.Advance(now, 500)
		w.Next()
	})
	if allocated != 0 {
		t.Errorf("%v allocations per round", allocated)
	}
}

// BenchmarkKeepAlive is what every packet of every client does: one of a hundred thousand timers
// is set anew.
func BenchmarkKeepAlive(b *testing.B) {
	w := New(0)
	timers := make([]Timer, 100_000)
	for i := range timers {
		timers[i].Bind(nothing{})
		w.Set(&timers[i], 90e9+int64(i)*1e5)
	}
	now, i := int64(0), 0
	b.ReportAllocs()
	for b.Loop() {
		now += 10_000
		w.Set(&timers[i*7919%len(timers)], now+90e9)
		i++
	}
}

// BenchmarkAdvance is one turn of a loop in which no timer is due.
func BenchmarkAdvance(b *testing.B) {
	w := New(0)
	timers := make([]Timer, 1000)
	for i := range timers {
		timers[i].Bind(nothing{})
		w.Set(&timers[i], 1<<60+int64(i)*1e9)
	}
	now := int64(0)
	b.ReportAllocs()
	for b.Loop() {
		now += 100_000
		w.Advance(now, 100)
		w.Next()
	}
}

// BenchmarkExpire is the whole life of a timer: set, sorted into finer slots, fired.
func BenchmarkExpire(b *testing.B) {
	w := New(0)
	timers := make([]Timer, 10_000)
	for i := range timers {
		timers[i].Bind(nothing{})
	}
	random := rand.New(rand.NewPCG(1, 1))
	now, i := int64(0), 0
	b.ReportAllocs()
	for b.Loop() {
		now += 1_000_000
		w.Set(&timers[i%len(timers)], now+random.Int64N(9e9))
		w.Advance(now, 100)
		i++
	}
}

// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package broker

import (
	"testing"
	"time"
)

const second = int64(time.Second)

func TestLag(t *testing.T) {
	var g Lag
	if g.at(9*second) != 0 || g.Overdue(9*second) != 0 {
		t.Error("late before the first measurement")
	}
	now := second
	for _, late := range []int64{8, 0, 0, 0} {
		now += late * second
		g.measure(now-late*second, now)
	}
	if g.Latest() != 0 || g.Average() != 2*time.Second {
		t.Errorf("latest %v, average %v, want 0 and 2s", g.Latest(), g.Average())
	}
	for n := range lagSamples - 4 {
		g.measure(now, now)
		if n == 3 && g.Average() != time.Second {
			t.Errorf("average %v of eight, want 1s", g.Average())
		}
	}
	if g.Average() != time.Second/2 {
		t.Errorf("average %v of sixteen, want 500ms", g.Average())
	}
	g.measure(now, now)
	if g.Average() != 0 {
		t.Errorf("average %v, want 0: the oldest measurement is forgotten", g.Average())
	}
	for _, overdue := range []time.Duration{0, 5 * time.Second} {
		if got := g.Overdue(now + shareEvery + int64(overdue)); got != overdue {
			t.Errorf("overdue by %v, want %v", got, overdue)
		}
	}
	if g.Overdue(now) != 0 {
		t.Error("overdue although the next measurement is to come")
	}
	g.measure(now+second, now) // a timer may be early
	if g.Latest() != 0 {
		t.Errorf("latest %v", g.Latest())
	}
}

// TestLagOfAStuckLoop: it says nothing, so the others have to notice.
func TestLagOfAStuckLoop(t *testing.T) {
	for _, tt := range []struct {
		name  string
		stuck int
		loops int
		want  time.Duration
	}{
		{"none", 0, 4, 0},
		{"one of four", 1, 4, 0},
		{"half", 2, 4, 9 * time.Second},
		{"one of two", 1, 2, 9 * time.Second},
		{"two of three", 2, 3, 9 * time.Second},
		{"one of three", 1, 3, 0},
		{"the only one", 1, 1, 9 * time.Second},
	} {
		var heard time.Duration
		b := &Broker{Lags: make([]Lag, tt.loops), Watch: func(lag time.Duration) { heard = lag }}
		for i := range b.Lags {
			at := 11 * second
			if i < tt.stuck {
				at = second
			}
			b.Lags[i].measure(at, at)
		}
		b.compareLags(11 * second)
		if heard != tt.want {
			t.Errorf("%s: %v, want %v", tt.name, heard, tt.want)
		}
	}
}

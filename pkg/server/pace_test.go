// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package server

import (
	"testing"
	"time"
)

// Over a virtual minute, whatever the loop's turns are like, as many are due as the rate says, and
// they do not come like clockwork.
func TestPace(t *testing.T) {
	for _, tt := range []struct {
		name       string
		rate       int
		some, all  int
		turn       time.Duration
		want       int // a minute
		mostAtOnce int
	}{
		{"one a second", 1, 10, 10, time.Millisecond, 60, 1},
		{"a hundred", 100, 10, 10, time.Millisecond, 6000, 1},
		{"a thousand in coarse turns", 1000, 10, 10, 10 * time.Millisecond, 60000, 20},
		{"a quarter of all", 100, 25, 100, time.Millisecond, 1500, 1},
		{"more than turns", 50000, 1, 1, time.Millisecond, 3000000, 101},
	} {
		t.Run(tt.name, func(t *testing.T) {
			const begin = int64(12345)
			p := pace{interval: intervalOf(tt.rate, tt.some, tt.all), next: begin}
			sum, gaps := 0, map[int64]bool{}
			last := p.next
			for now := begin; now < begin+int64(time.Minute); now += int64(tt.turn) {
				n := p.due(now)
				if n > tt.mostAtOnce {
					t.Fatalf("%d at once", n)
				}
				if n == 1 {
					gaps[p.next-last] = true
				}
				last = p.next
				sum += n
			}
			if slack := tt.want/10 + 6; sum < tt.want-slack || sum > tt.want+slack {
				t.Errorf("%d in a minute, want about %d", sum, tt.want)
			}
			if tt.mostAtOnce == 1 && len(gaps) < sum/2 {
				t.Errorf("only %d different gaps between %d", len(gaps), sum)
			}
		})
	}
}

// Loops with different shares end together, and keep the rate together.
func TestPaceOfAllLoops(t *testing.T) {
	shares, all := []int{700, 200, 100, 0}, 1000
	var ends []int64
	for _, some := range shares {
		p := pace{interval: intervalOf(100, some, all)}
		for now := int64(0); some > 0; now += int64(time.Millisecond) {
			if some -= p.due(now); some <= 0 {
				ends = append(ends, now)
			}
		}
	}
	for _, end := range ends {
		if d := time.Duration(end); d < 9*time.Second || d > 11*time.Second {
			t.Errorf("loops end after %v, want about ten seconds", ends)
		}
	}
}

// A loop that was late for long does not make up for all of it at once.
func TestPaceAfterAPause(t *testing.T) {
	p := pace{interval: int64(10 * time.Millisecond), next: 1}
	if n := p.due(int64(time.Hour)); n < 5 || n > 21 {
		t.Errorf("%d after an hour, want about 10", n)
	}
}

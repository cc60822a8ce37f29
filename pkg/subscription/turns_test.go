// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package subscription

import "testing"

// One group has its turns one after the other; two that share a place are served evenly all the
// same, also when they are published to in turn.
func TestTurns(t *testing.T) {
	var turns Turns
	first := turns.next(5)
	for i := range uint64(100) {
		if got := turns.next(5); got != first+i+1 {
			t.Fatalf("turn %d after %d", got, first+i)
		}
	}
	const members, rounds = 4, 4000
	var got [members]int
	for range members * rounds {
		got[turns.next(5)%members]++
		turns.next(5 + turnPlaces)
	}
	for i, n := range got {
		if n < rounds*8/10 || n > rounds*12/10 {
			t.Errorf("member %d had %d turns, expected about %d", i, n, rounds)
		}
	}
}

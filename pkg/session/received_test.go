// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package session

import (
	"math/rand/v2"
	"testing"

	"github.com/flashmq/flashmq/pkg/mqtt"
)

// The set of identifiers answers as a map does, however they come and go.
func TestReceivedTwin(t *testing.T) {
	seed := rand.Uint64()
	random := rand.New(rand.NewPCG(seed, 0))
	for _, among := range []int{1, 5, 12, 100, 3000, 65_535} {
		var set receivedIDs
		twin := map[mqtt.PacketID]bool{}
		stride := 1 + 2*random.IntN(1000) // odd: reaches every identifier
		for step := range 60_000 {
			id := mqtt.PacketID(random.IntN(among)*stride + 1)
			if id == 0 {
				continue
			}
			// Now it fills, now it empties.
			if filling := step/8000%2 == 0; random.IntN(4) == 0 == filling {
				if got := set.remove(id); got != twin[id] {
					t.Fatalf("seed %d: remove(%d) of %d: %v", seed, id, len(twin), got)
				}
				delete(twin, id)
			} else {
				if got := set.add(id); got == twin[id] {
					t.Fatalf("seed %d: add(%d) to %d: %v", seed, id, len(twin), got)
				}
				twin[id] = true
			}
			if other := mqtt.PacketID(random.IntN(65_535) + 1); set.has(other) != twin[other] {
				t.Fatalf("seed %d: has(%d) of %d: %v", seed, other, len(twin), set.has(other))
			}
			if set.n != len(twin) {
				t.Fatalf("seed %d: n is %d, want %d", seed, set.n, len(twin))
			}
		}
		for id := range twin {
			if !set.remove(id) {
				t.Fatalf("seed %d: %d is missing", seed, id)
			}
		}
		if set.n != 0 || len(set.table) > keptTable {
			t.Errorf("emptied: %d, table of %d", set.n, len(set.table))
		}
	}
}

// A window of 64 messages of QoS 2 comes and goes without allocating.
func TestReceivedAllocatesNothing(t *testing.T) {
	var set receivedIDs
	next := mqtt.PacketID(1)
	round := func() {
		for i := range mqtt.PacketID(64) {
			set.add(next + i)
		}
		for i := range mqtt.PacketID(64) {
			set.remove(next + i)
		}
		next = next%60_000 + 64
	}
	round()
	if n := testing.AllocsPerRun(100, round); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

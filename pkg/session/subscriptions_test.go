// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package session

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/flashmq/flashmq/pkg/mqtt"
)

// A Session's subscriptions are found by their filters as in a map, however they come and go.
func TestSubscriptionsTwin(t *testing.T) {
	seed := rand.Uint64()
	random := rand.New(rand.NewPCG(seed, 0))
	for _, among := range []int{4, 10, 40, 3000} {
		var set Subscriptions
		twin := map[string]*Handle{}
		for step := range 20 * among {
			filter := fmt.Sprint("filter/", random.IntN(among))
			h := twin[filter]
			if set.Get(filter) != h {
				t.Fatalf("seed %d: Get(%s) of %d is wrong", seed, filter, len(twin))
			}
			// Now it fills, now it empties.
			adds := random.IntN(4) != 0 == (step/(5*among)%2 == 0)
			switch {
			case adds && h == nil:
				h = &Handle{Subscription: mqtt.Subscription{Filter: filter}}
				set.Add(h)
				twin[filter] = h
			case !adds:
				set.Remove(filter)
				delete(twin, filter)
			}
			if set.Len() != len(twin) {
				t.Fatalf("seed %d: %d subscriptions, want %d", seed, set.Len(), len(twin))
			}
		}
		for h := range set.All {
			if twin[h.Filter] != h {
				t.Fatalf("seed %d: %s is there", seed, h.Filter)
			}
			delete(twin, h.Filter)
		}
		if len(twin) != 0 {
			t.Errorf("seed %d: %d are missing", seed, len(twin))
		}
	}
}

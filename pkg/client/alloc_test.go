// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

//go:build !race

package client_test

import (
	"fmt"
	"testing"

	"github.com/flashmq/flashmq/pkg/mqtt"
)

// TestPublishAllocatesNothing: QoS 0 inside one loop costs no allocation, neither for the
// publication nor for any delivery.
func TestPublishAllocatesNothing(t *testing.T) {
	for _, v := range []mqtt.Version{mqtt.V31, mqtt.V311, mqtt.V50} {
		for _, subscribers := range []int{0, 1, 100} {
			t.Run(fmt.Sprintf("%v to %d", v, subscribers), func(t *testing.T) {
				r := newRoute(t, v, subscribers)
				for range 100 {
					r.once()
				}
				before := r.received()
				const runs = 1000
				if n := testing.AllocsPerRun(runs, r.once); n != 0 {
					t.Errorf("%v allocations for one PUBLISH, want 0", n)
				}
				want := int64((runs + 1) * subscribers * len(r.publish))
				if got := r.received() - before; got != want {
					t.Errorf("%d bytes delivered, want %d", got, want)
				}
			})
		}
	}
}

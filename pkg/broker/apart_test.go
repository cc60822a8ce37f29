// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package broker

import (
	"testing"
	"unsafe"
)

// What other loops write has cache lines of its own, away from what a loop reads for every message.
func TestApart(t *testing.T) {
	var b Broker
	apart(t, "residents", unsafe.Offsetof(b.residents), map[string]uintptr{
		"Index": unsafe.Offsetof(b.Index), "Retained": unsafe.Offsetof(b.Retained),
		"Metrics": unsafe.Offsetof(b.Metrics), "seed": unsafe.Offsetof(b.seed),
	})
}

func apart(t *testing.T, name string, at uintptr, others map[string]uintptr) {
	t.Helper()
	for other, place := range others {
		if max(at, place)-min(at, place) < 64 {
			t.Errorf("%s at %d and %s at %d may share a cache line", name, at, other, place)
		}
	}
}

// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package subscription

import (
	"testing"
	"unsafe"
)

// What other loops write has cache lines of its own, away from what a loop reads for every message.
func TestApart(t *testing.T) {
	var x Index[*client]
	read := map[string]uintptr{"targeting": unsafe.Offsetof(x.targeting),
		"exact": unsafe.Offsetof(x.exact), "wild": unsafe.Offsetof(x.wild)}
	apart(t, "count", unsafe.Offsetof(x.count), read)
	apart(t, "groups", unsafe.Offsetof(x.groups), read)
}

func apart(t *testing.T, name string, at uintptr, others map[string]uintptr) {
	t.Helper()
	for other, place := range others {
		if max(at, place)-min(at, place) < 64 {
			t.Errorf("%s at %d and %s at %d may share a cache line", name, at, other, place)
		}
	}
}

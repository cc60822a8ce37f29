// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package retained

import (
	"testing"
	"unsafe"
)

// What other loops write has cache lines of its own, away from what a loop reads for every message.
func TestApart(t *testing.T) {
	var s Store
	read := map[string]uintptr{
		"options": unsafe.Offsetof(s.options), "names": unsafe.Offsetof(s.names)}
	apart(t, "count", unsafe.Offsetof(s.count), read)
	apart(t, "bytes", unsafe.Offsetof(s.bytes), read)
}

func apart(t *testing.T, name string, at uintptr, others map[string]uintptr) {
	t.Helper()
	for other, place := range others {
		if max(at, place)-min(at, place) < 64 {
			t.Errorf("%s at %d and %s at %d may share a cache line", name, at, other, place)
		}
	}
}

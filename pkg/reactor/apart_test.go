// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package reactor

import (
	"testing"
	"unsafe"
)

// What other loops write has cache lines of its own, away from what a loop reads for every message.
func TestApart(t *testing.T) {
	var l Loop
	read := map[string]uintptr{
		"now": unsafe.Offsetof(l.now), "conns": unsafe.Offsetof(l.conns),
		"dirty": unsafe.Offsetof(l.dirty), "counters": unsafe.Offsetof(l.counters),
	}
	apart(t, "the inbox's mutex", unsafe.Offsetof(l.inbox)+unsafe.Offsetof(l.inbox.mu), read)
	apart(t, "the inbox's weight", unsafe.Offsetof(l.inbox)+unsafe.Offsetof(l.inbox.weight), read)
}

func apart(t *testing.T, name string, at uintptr, others map[string]uintptr) {
	t.Helper()
	for other, place := range others {
		if max(at, place)-min(at, place) < 64 {
			t.Errorf("%s at %d and %s at %d may share a cache line", name, at, other, place)
		}
	}
}

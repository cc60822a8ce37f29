// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package subscription

import (
	"math/rand/v2"
	"testing"
)

// collect returns the handles of all members, chunk by chunk as a delivering loop goes.
func collect[S any](t *testing.T, m *Members[S]) []*Handle[S] {
	t.Helper()
	var all []*Handle[S]
	for i := 0; ; i++ {
		chunk := m.Chunk(i)
		if chunk == nil {
			break
		}
		for j := range chunk {
			h := chunk[j].handle
			if h.members != m || int(h.position) != len(all) || m.At(len(all)) != &chunk[j] {
				t.Fatalf("member %d believes to be %d", len(all), h.position)
			}
			all = append(all, h)
		}
	}
	if len(all) != m.Len() {
		t.Fatalf("%d members in chunks, Len is %d", len(all), m.Len())
	}
	return all
}

func TestMembersGrowAndShrink(t *testing.T) {
	t.Parallel()
	for _, most := range []int{1, 2, 3, chunkSize, 3*chunkSize + 7} {
		var m Members[int]
		in := map[*Handle[int]]int{}
		check := func() {
			for _, h := range collect(t, &m) {
				if want, ok := in[h]; !ok || m.At(int(h.position)).Subscriber != want {
					t.Fatalf("position %d has another's member", h.position)
				}
			}
			if len(in) != m.Len() {
				t.Fatalf("%d members, want %d", m.Len(), len(in))
			}
		}
		for round := range 3 {
			for len(in) < most {
				h := &Handle[int]{}
				in[h] = 1000*round + len(in)
				m.add(h.member(in[h]))
			}
			check()
			for len(in) > 0 {
				all := collect(t, &m)
				for range 1 + len(all)/3 {
					h := m.At(rand.IntN(m.Len())).handle
					m.remove(h.position)
					delete(in, h)
					if h.members != nil {
						t.Fatal("a removed handle is still filed")
					}
				}
				check()
			}
		}
		if m.chunks != nil && len(*m.chunks) > 1 {
			t.Errorf("%d chunks are kept for nothing", len(*m.chunks))
		}
	}
}

// TestMembersLetGo: what is removed is not kept from the collector.
func TestMembersLetGo(t *testing.T) {
	t.Parallel()
	var m Members[*client]
	for i := range 600 {
		m.add((&Handle[*client]{}).member(&client{i}))
	}
	for m.Len() > 500 {
		m.remove(0)
	}
	chunk := (*m.chunks)[0]
	for _, member := range chunk[500:cap(chunk)] {
		if member.Subscriber != nil || member.handle != nil {
			t.Fatal("a removed member is still there")
		}
	}
}

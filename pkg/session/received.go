// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package session

import "github.com/flashmq/flashmq/pkg/mqtt"

// receivedIDs is a set of Packet Identifiers: a few in line, a bitmap of 8 KiB when there are more.
type receivedIDs struct {
	n    int
	few  [8]mqtt.PacketID // the first n while many is nil
	many *[1 << 16 / 64]uint64
}

func (r *receivedIDs) has(id mqtt.PacketID) bool {
	if r.many != nil {
		return r.many[id/64]&(1<<(id%64)) != 0
	}
	for _, x := range r.few[:r.n] {
		if x == id {
			return true
		}
	}
	return false
}

// add reports false when id was in the set already.
func (r *receivedIDs) add(id mqtt.PacketID) bool {
	if r.has(id) {
		return false
	}
	if r.many == nil && r.n == len(r.few) {
		r.many = new([1 << 16 / 64]uint64)
		for _, x := range r.few {
			r.many[x/64] |= 1 << (x % 64)
		}
	}
	if r.many != nil {
		r.many[id/64] |= 1 << (id % 64)
	} else {
		r.few[r.n] = id
	}
	r.n++
	return true
}

// remove reports false when id was not in the set. An emptied set gives its bitmap back.
func (r *receivedIDs) remove(id mqtt.PacketID) bool {
	if !r.has(id) {
		return false
	}
	r.n--
	if r.many != nil {
		r.many[id/64] &^= 1 << (id % 64)
		if r.n == 0 {
			r.many = nil
		}
		return true
	}
	for i, x := range r.few[:r.n] {
		if x == id {
			r.few[i] = r.few[r.n]
		}
	}
	return true
}

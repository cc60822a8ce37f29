// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package session

import (
	"math/bits"

	"github.com/flashmq/flashmq/pkg/mqtt"
)

// receivedIDs is a set of Packet Identifiers: an open hash table that doubles as it fills, and a
// bitmap of all identifiers once the table would be as large as that. The zero value is empty.
//
// Invariant: a table is at most three quarters full, so that a search ends at an empty entry; the
// entries from where an identifier belongs to where it is are all taken.
type receivedIDs struct {
	table []mqtt.PacketID // length is a power of two; 0 is an empty entry
	n     int
}

// Ours.
const (
	firstTable = 8
	bitmap     = 1 << 16 / 16 // length of a table that is a bitmap: 8 KiB
	keptTable  = 256          // the longest table that an empty set keeps
)

// at is where the search for id begins.
func (r *receivedIDs) at(id mqtt.PacketID) int {
	// Multiplying by the golden ratio spreads runs and strides alike.
	return int(uint32(id) * 0x9E3779B1 >> (33 - bits.Len(uint(len(r.table)))))
}

// find returns the entry of id, or the empty one where the search ended.
func (r *receivedIDs) find(id mqtt.PacketID) int {
	i := r.at(id)
	for r.table[i] != id && r.table[i] != 0 {
		i = (i + 1) & (len(r.table) - 1)
	}
	return i
}

func (r *receivedIDs) has(id mqtt.PacketID) bool {
	switch len(r.table) {
	case 0:
		return false
	case bitmap:
		return r.table[id/16]>>(id%16)&1 != 0
	}
	return r.table[r.find(id)] == id
}

// add reports false when id was in the set already. id is not 0.
func (r *receivedIDs) add(id mqtt.PacketID) bool {
	if r.has(id) {
		return false
	}
	if len(r.table) != bitmap && 4*(r.n+1) > 3*len(r.table) {
		r.grow()
	}
	r.set(id)
	r.n++
	return true
}

func (r *receivedIDs) set(id mqtt.PacketID) {
	if len(r.table) == bitmap {
		r.table[id/16] |= 1 << (id % 16)
	} else {
		r.table[r.find(id)] = id
	}
}

func (r *receivedIDs) grow() {
	old := r.table
	r.table = make([]mqtt.PacketID, max(firstTable, 2*len(old)))
	for _, id := range old {
		if id != 0 {
			r.set(id)
		}
	}
}

// remove reports false when id was not in the set. An emptied set gives a large table back.
func (r *receivedIDs) remove(id mqtt.PacketID) bool {
	if !r.has(id) {
		return false
	}
	r.n--
	switch {
	case r.n == 0 && len(r.table) > keptTable:
		r.table = nil
	case len(r.table) == bitmap:
		r.table[id/16] &^= 1 << (id % 16)
	default:
		r.vacate(r.find(id))
	}
	return true
}

// vacate empties an entry and moves up those that a search would no longer reach.
func (r *receivedIDs) vacate(hole int) {
	mask := len(r.table) - 1
	for i := (hole + 1) & mask; r.table[i] != 0; i = (i + 1) & mask {
		// What belongs behind the hole, up to where it is, is reached without it.
		if (i-r.at(r.table[i]))&mask >= (i-hole)&mask {
			r.table[hole] = r.table[i]
			hole = i
		}
	}
	r.table[hole] = 0
}

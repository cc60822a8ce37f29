// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package session

import "github.com/flashmq/flashmq/pkg/mqtt"

// phase is how far the exchange of one Packet Identifier has come (4.3).
type phase uint8

const (
	unused          phase = iota
	awaitingPuback        // QoS 1: PUBLISH sent
	awaitingPubrec        // QoS 2: PUBLISH sent
	awaitingPubcomp       // QoS 2: PUBREL sent; the message itself is discarded [MQTT-4.3.3-5]
)

// slot is one Packet Identifier in use. Its index in the table plus one is the identifier.
type slot struct {
	queued
	phase      phase
	counted    bool   // its PUBLISH went out on this connection and took a unit of its quota
	next, prev uint16 // neighbours in the phase's order list; identifiers, 0 ends
}

// window is the table of Packet Identifiers in use and the send quota of the connection (5.0, 4.9).
//
// Identifiers are handed out from a table that grows as needed, oldest freed first, so that looking
// one up is an index and one in use is never given out again [MQTT-2.2.1-4].
//
// Invariant: publishes lists the slots awaiting PUBACK or PUBREC in the order first sent; releases
// those awaiting PUBCOMP in the order their PUBREC arrived [MQTT-4.6.0-2], [MQTT-4.6.0-3],
// [MQTT-4.6.0-4].
type window struct {
	slots     []slot
	free      []mqtt.PacketID // ring of unused identifiers, first in first out
	freeHead  int
	used      int
	publishes order
	releases  order
	resume    uint16 // the next of publishes to be sent again on this connection; 0: none
	quota     int    // PUBLISH packets that may still be sent on this connection
}

// order is a doubly linked list through the slots.
type order struct{ first, last uint16 }

func (w *window) slot(id mqtt.PacketID) *slot {
	if id == 0 || int(id) > len(w.slots) {
		return nil
	}
	s := &w.slots[id-1]
	if s.phase == unused {
		return nil
	}
	return s
}

// take assigns a Packet Identifier to m and puts it at the end of publishes. The caller has checked
// that used is below the limit of 65,535.
func (w *window) take(m queued) mqtt.PacketID {
	if w.used == len(w.slots) {
		w.grow()
	}
	id := w.free[w.freeHead]
	w.freeHead = (w.freeHead + 1) % len(w.free)
	w.used++
	s := &w.slots[id-1]
	s.queued, s.phase, s.counted = m, awaitingPuback, false
	if m.flags.QoS() == mqtt.ExactlyOnce {
		s.phase = awaitingPubrec
	}
	w.link(&w.publishes, uint16(id))
	return id
}

// grow doubles the table. It is called when every identifier of it is in use, so free is empty.
func (w *window) grow() {
	old := len(w.slots)
	size := min(max(8, 2*old), 1<<16-1)
	slots := make([]slot, size)
	copy(slots, w.slots)
	w.slots = slots
	w.free = make([]mqtt.PacketID, size)
	w.freeHead = 0
	for i := range size - old {
		w.free[i] = mqtt.PacketID(old + i + 1)
	}
}

// spend counts the PUBLISH of id against the connection's quota.
func (w *window) spend(id mqtt.PacketID) {
	w.slots[id-1].counted = true
	w.quota--
}

// restart begins a connection with a quota of its own: nothing was sent on it yet (5.0, 4.9).
func (w *window) restart(quota int) {
	w.quota = quota
	for _, o := range []order{w.publishes, w.releases} {
		for id := o.first; id != 0; id = w.slots[id-1].next {
			w.slots[id-1].counted = false
		}
	}
}

// release ends the exchange of id, lets its message go and gives its unit of quota back. The
// identifier may be used again.
func (w *window) release(id mqtt.PacketID) {
	s := &w.slots[id-1]
	if s.phase == awaitingPubcomp {
		w.unlink(&w.releases, uint16(id))
	} else {
		w.unlinkPublish(uint16(id))
	}
	if s.counted {
		w.quota++
	}
	if s.message != nil {
		s.message.Release()
	}
	*s = slot{}
	unusedIDs := len(w.slots) - w.used
	w.free[(w.freeHead+unusedIDs)%len(w.free)] = id
	w.used--
}

// received moves id from awaiting PUBREC to awaiting PUBCOMP and lets the message go.
func (w *window) received(id mqtt.PacketID) {
	s := &w.slots[id-1]
	w.unlinkPublish(uint16(id))
	s.message.Release()
	s.message, s.share = nil, nil
	s.phase = awaitingPubcomp
	w.link(&w.releases, uint16(id))
}

func (w *window) link(o *order, id uint16) {
	s := &w.slots[id-1]
	s.prev, s.next = o.last, 0
	if o.last != 0 {
		w.slots[o.last-1].next = id
	} else {
		o.first = id
	}
	o.last = id
}

// unlinkPublish takes id out of publishes; what is to be sent again then begins behind it.
func (w *window) unlinkPublish(id uint16) {
	if w.resume == id {
		w.resume = w.slots[id-1].next
	}
	w.unlink(&w.publishes, id)
}

func (w *window) unlink(o *order, id uint16) {
	s := &w.slots[id-1]
	if s.prev != 0 {
		w.slots[s.prev-1].next = s.next
	} else {
		o.first = s.next
	}
	if s.next != 0 {
		w.slots[s.next-1].prev = s.prev
	} else {
		o.last = s.prev
	}
}

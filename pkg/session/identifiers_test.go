// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package session_test

import (
	"math/rand/v2"
	"testing"

	"github.com/flashmq/flashmq/pkg/mqtt"
	"github.com/flashmq/flashmq/pkg/packet"
	"github.com/flashmq/flashmq/pkg/session"
)

// everyID is all Packet Identifiers there are.
const everyID = 1<<16 - 1

// TestEveryIdentifierInUse fills the window with all identifiers; the next message waits for one
// to come free [MQTT-2.2.1-4].
func TestEveryIdentifierInUse(t *testing.T) {
	t.Parallel()
	var counters session.Counters
	limits := &session.Limits{Window: everyID, QueuedMessages: 10, QueuedBytes: 1 << 20}
	s := session.New("c", "", limits, &counters)
	c := &fake{room: true, tooLarge: 1 << 20}
	s.Attach(c, everyID)
	var p packet.Publication
	for range everyID + 2 {
		p.Reset(&mqtt.Message{Topic: "t", QoS: mqtt.AtLeastOnce}, true, 1)
		s.Deliver(&p, packet.Delivery{Flags: packet.Level(mqtt.AtLeastOnce)}, nil)
	}
	seen := make(map[mqtt.PacketID]bool, everyID)
	for _, id := range c.ids {
		if id == 0 || seen[id] {
			t.Fatalf("identifier %d given out twice", id)
		}
		seen[id] = true
	}
	if len(seen) != everyID || s.Queued() != 2 {
		t.Fatalf("%d in flight and %d queued, want %d and 2", len(seen), s.Queued(), everyID)
	}
	s.Puback(12345)
	s.Pump(&p, 1)
	if last := c.ids[len(c.ids)-1]; last != 12345 || s.Queued() != 1 {
		t.Errorf("after PUBACK of 12345: sent with %d, %d queued", last, s.Queued())
	}
}

// TestReceivedIdentifiers holds the set of received QoS 2 identifiers against a map.
func TestReceivedIdentifiers(t *testing.T) {
	t.Parallel()
	s := session.New("c", "", &session.Limits{}, &session.Counters{})
	naive := map[mqtt.PacketID]bool{}
	random := rand.New(rand.NewPCG(1, 2))
	for range 50_000 {
		// Few identifiers for a while, then many: both forms of the set, and the way between.
		id := mqtt.PacketID(1 + random.IntN([]int{6, 20, everyID}[random.IntN(3)]))
		switch random.IntN(5) {
		case 0, 1:
			if got := s.Received(id); got == naive[id] {
				t.Fatalf("Received(%d) = %v", id, got)
			}
			naive[id] = true
		case 2, 3:
			for x := range naive {
				id = x
				break
			}
			if got := s.Released(id); got != naive[id] {
				t.Fatalf("Released(%d) = %v", id, got)
			}
			delete(naive, id)
		case 4:
			if got := s.Seen(id); got != naive[id] {
				t.Fatalf("Seen(%d) = %v, want %v", id, got, naive[id])
			}
		}
		if s.AwaitingRelease() != len(naive) {
			t.Fatalf("%d identifiers, want %d", s.AwaitingRelease(), len(naive))
		}
	}
}

// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package conformance

import (
	"github.com/flashmq/flashmq/pkg/mqtt"
	"github.com/flashmq/flashmq/pkg/packet"
	"github.com/flashmq/flashmq/pkg/rawclient"
)

// Checks of checks5Data about Packet Identifiers.

// identifiers5 are Packet Identifiers that differ in both bytes.
var identifiers5 = []mqtt.PacketID{1, 0x1234, 65_535}

func identifierZero5(t *T) {
	zero := number16(0)
	refuseRows5(t, map[string][]byte{
		"PUBLISH QoS 1": frame(0x32, text(t.Topic("x")), zero, block5()),
		"PUBLISH QoS 2": frame(0x34, text(t.Topic("x")), zero, block5()),
		"SUBSCRIBE":     frame(0x82, zero, block5(), text(t.Topic("x")), []byte{0}),
		"UNSUBSCRIBE":   frame(0xA2, zero, block5(), text(t.Topic("x"))),
	}, wrong5...)
}

func unusedIdentifiers5(t *T) {
	needQoS5(t, mqtt.ExactlyOnce)
	topic := t.Topic("x")
	c := subscriber5(t, "a", topic, 2)
	pub := t.Connect("b")
	seen := map[mqtt.PacketID]bool{}
	for i := range 6 {
		pub.Publish(topic, "m", mqtt.QoS(1+i%2))
		p := expect5(t, c, "m") // not acknowledged, so that its identifier stays in use
		if p.ID == 0 || seen[p.ID] {
			t.Fatalf("Packet Identifier %d, while those of %v are in use", p.ID, seen)
		}
		seen[p.ID] = true
	}
}

func ackIdentifiers5(t *T) {
	needQoS5(t, mqtt.ExactlyOnce)
	topic := t.Topic("x")
	c := subscriber5(t, "a", topic, 2)
	pub := t.Connect("b")
	for _, id := range identifiers5 {
		pub.Send(rawclient.Publish(t.version, id, topic, []byte("1"), mqtt.AtLeastOnce))
		same5(t, rawclient.Expect[*rawclient.Puback](pub).Ack, id)
		pub.Send(rawclient.Publish(t.version, id, topic, []byte("2"), mqtt.ExactlyOnce))
		same5(t, rawclient.Expect[*rawclient.Pubrec](pub).Ack, id)
		pub.SendAck(packet.PUBREL, id)
		same5(t, rawclient.Expect[*rawclient.Pubcomp](pub).Ack, id)
		c.Acknowledge(expect5(t, c, "1"))
		c.Acknowledge(expect5(t, c, "2")) // looks at the identifier of PUBREL
	}
}

// same5 expects an acknowledgement that does not refuse, for this Packet Identifier.
func same5(t *T, a packet.Ack, id mqtt.PacketID) {
	if a.ID != id || a.Code.Failed() {
		t.Fatalf("acknowledgement of %d: identifier %d, %v", id, a.ID, a.Code)
	}
}

func subackIdentifiers5(t *T) {
	c := t.Connect("a")
	for _, id := range identifiers5 {
		c.Send(rawclient.Subscribe(t.version, id, t.Topic("x"), 0))
		if a := rawclient.Expect[*packet.Suback](c); a.ID != id {
			t.Fatalf("SUBACK %d, want %d", a.ID, id)
		}
		c.Send(frame(0xA2, number16(uint16(id)), block5(), text(t.Topic("x"))))
		if a := rawclient.Expect[*packet.Unsuback](c); a.ID != id {
			t.Fatalf("UNSUBACK %d, want %d", a.ID, id)
		}
	}
}

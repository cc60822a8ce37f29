// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package conformance

import (
	"github.com/flashmq/flashmq/pkg/mqtt"
	"github.com/flashmq/flashmq/pkg/packet"
	"github.com/flashmq/flashmq/pkg/rawclient"
)

// checks5Ack are about PUBACK, PUBREC, PUBREL and PUBCOMP (3.4 to 3.7). Those about sizes belong to
// SUBACK, UNSUBACK and DISCONNECT as well (3.9, 3.11, 3.14).
var checks5Ack = []Check{
	{Name: "Reason Codes of PUBACK", Clauses: []string{"MQTT-3.4.2-1"},
		Run: reasonCodes5[*rawclient.Puback]("PUBACK")},
	{Name: "PUBACK fits Maximum Packet Size", Clauses: []string{"MQTT-3.4.2-2", "MQTT-3.4.2-3",
		"MQTT-3.1.2-24"}, Run: answerFits5("PUBACK")},
	{Name: "Reason Codes of PUBREC", Clauses: []string{"MQTT-3.5.2-1"},
		Run: reasonCodes5[*rawclient.Pubrec]("PUBREC")},
	{Name: "PUBREC fits Maximum Packet Size", Clauses: []string{"MQTT-3.5.2-2", "MQTT-3.5.2-3",
		"MQTT-3.1.2-24"}, Run: answerFits5("PUBREC")},
	{Name: "flags of PUBREL", Clauses: []string{"MQTT-3.6.1-1"}, Run: flags5(0x60, 2)},
	{Name: "Reason Codes of PUBREL", Clauses: []string{"MQTT-3.6.2-1"},
		Run: reasonCodes5[*rawclient.Pubrel]("PUBREL")},
	{Name: "PUBREL fits Maximum Packet Size", Clauses: []string{"MQTT-3.6.2-2", "MQTT-3.6.2-3",
		"MQTT-3.1.2-24"}, Run: answerFits5("PUBREL")},
	{Name: "Reason Codes of PUBCOMP", Clauses: []string{"MQTT-3.7.2-1"},
		Run: reasonCodes5[*rawclient.Pubcomp]("PUBCOMP")},
	{Name: "PUBCOMP fits Maximum Packet Size", Clauses: []string{"MQTT-3.7.2-2",
		"MQTT-3.7.2-3", "MQTT-3.1.2-24"}, Run: answerFits5("PUBCOMP")},
}

// reasonCodes5 is a Check of the Reason Code of one kind of answer, when all is well and when
// something may be wrong. That it is one of those listed is what the decoder looks at.
func reasonCodes5[P any](answer string) func(*T) {
	return func(t *T) {
		needQoS5(t, mqtt.ExactlyOnce)
		c := t.Connect("a")
		t.Subscribe(c, t.Topic("s"), 2)
		c.Publish(t.Topic("s"), "m", mqtt.ExactlyOnce)
		c.ExpectMessage(t.Topic("s"), "m")
		c.Publish(t.Topic("y"), "m", mqtt.AtLeastOnce)
		c.Send(problems5(t)[answer])
		switch p := c.Next().(type) {
		case P, *packet.Disconnect:
		default:
			t.Fatalf("got %s instead of %s", rawclient.Describe(p), answer)
		}
	}
}

// answerFits5 is a Check of the size of one kind of answer, for a Client that takes no packet
// larger than CONNACK.
func answerFits5(answer string) func(*T) {
	return func(t *T) {
		size := tight5(t)
		c := t.Connect("a", within5(size))
		c.Send(problems5(t)[answer])
		raw, err := c.NextRaw() // or the Server closes the connection
		switch {
		case err != nil && !rawclient.Ended(err):
			t.Fatalf("waiting for %s: %v", answer, err)
		case len(raw) > int(size):
			t.Fatalf("%d bytes for a Maximum Packet Size of %d", len(raw), size)
		}
	}
}

// flags5 is a Check of the flags of a packet type: any but these close the connection.
func flags5(packetType, right byte) func(*T) {
	return func(t *T) {
		for flags := range byte(16) {
			if flags == right {
				continue
			}
			body := [][]byte{number16(1)}
			switch packetType {
			case 0x80:
				body = append(body, block5(), text(t.Topic("x")), []byte{0})
			case 0xA0:
				body = append(body, block5(), text(t.Topic("x")))
			case 0xE0, 0xF0:
				body = nil
			}
			refuse5(t, frame(packetType|flags, body...), wrong5...)
		}
	}
}

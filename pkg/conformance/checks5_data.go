// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package conformance

import (
	"bytes"
	"strings"

	"github.com/flashmq/flashmq/pkg/mqtt"
	"github.com/flashmq/flashmq/pkg/packet"
	"github.com/flashmq/flashmq/pkg/rawclient"
)

// checks5Data are about 1.5 and 2.
var checks5Data = []Check{
	{Name: "well-formed strings", Clauses: []string{"MQTT-1.5.4-1"}, Run: illFormedTopics5},
	{Name: "no null character", Clauses: []string{"MQTT-1.5.4-2"}, Run: nullCharacter5},
	{Name: "zero width no-break space", Clauses: []string{"MQTT-1.5.4-3"}, Run: byteOrderMark5},
	{Name: "shortest Variable Byte Integer", Clauses: []string{"MQTT-1.5.5-1"}, Run: shortest5},
	{Name: "well-formed string pairs", Clauses: []string{"MQTT-1.5.7-1"}, Run: illFormedPairs5},
	{Name: "reserved flags", Clauses: []string{"MQTT-2.1.3-1"}, Run: reservedFlags5},
	{Name: "flags the Server sends", Clauses: []string{"MQTT-2.1.3-1"}, Run: sentFlags5},
	{Name: "QoS 0 on the wire", Clauses: []string{"MQTT-2.2.1-2", "MQTT-2.2.2-1",
		"MQTT-4.3.1-1"}, Run: wireQoS05},
	{Name: "Packet Identifier 0", Clauses: []string{"MQTT-2.2.1-3"}, Run: identifierZero5},
	{Name: "unused Packet Identifiers", Clauses: []string{"MQTT-2.2.1-4", "MQTT-4.3.2-1",
		"MQTT-4.3.3-1"}, Run: unusedIdentifiers5},
	{Name: "identifiers of acknowledgements", Clauses: []string{"MQTT-2.2.1-5"},
		Run: ackIdentifiers5},
	{Name: "identifiers of SUBACK and UNSUBACK", Clauses: []string{"MQTT-2.2.1-6",
		"MQTT-3.8.4-2", "MQTT-3.10.4-5"}, Run: subackIdentifiers5},
}

func illFormedTopics5(t *T) {
	rows := map[string][]byte{}
	for name, s := range illFormed {
		rows[name] = publish5(0x30, t.Topic(s), nil, "")
	}
	refuseRows5(t, rows, wrong5...)
}

func nullCharacter5(t *T) {
	refuseRows5(t, map[string][]byte{
		"Content Type":  publish5(0x30, t.Topic("x"), text5(packet.ContentType, "a\x00"), ""),
		"User Property": publish5(0x30, t.Topic("x"), user5("\x00", ""), ""),
	}, wrong5...)
	t.Case("Client Identifier", func() {
		refuseFirst5(t, connect5(0x02, nil, text("a\x00b")),
			mqtt.MalformedPacket, mqtt.ProtocolError, mqtt.ClientIdentifierNotValid)
	})
}

func byteOrderMark5(t *T) {
	const mark = "\uFEFF"
	c := subscriber5(t, "a", t.Topic(mark+"x"), 0)
	c.Publish(t.Topic("x"), "no mark", 0)
	c.Publish(t.Topic(mark+"x"), "mark", 0)
	c.ExpectMessage(t.Topic(mark+"x"), "mark")
}

func shortest5(t *T) {
	topic := t.Topic("x")
	c := subscriber5(t, "a", topic, 0)
	// Where the Remaining Length gets its second and its third byte.
	for _, length := range []int{127, 128, 16_383, 16_384} {
		payload := strings.Repeat("p", length-2-len(topic)-1)
		c.Publish(topic, payload, 0)
		if want := publish5(0x30, topic, nil, payload); !bytes.Equal(raw5(t, c), want) {
			t.Fatalf("a PUBLISH with a Remaining Length of %d differs from its shortest form",
				length)
		}
	}
}

func illFormedPairs5(t *T) {
	rows := map[string][]byte{}
	for name, s := range illFormed {
		rows["name: "+name] = publish5(0x30, t.Topic("x"), user5(s, "value"), "")
		rows["value: "+name] = publish5(0x30, t.Topic("x"), user5("name", s), "")
	}
	refuseRows5(t, rows, wrong5...)
}

func reservedFlags5(t *T) {
	filter := append(text(t.Topic("x")), 0)
	refuseRows5(t, map[string][]byte{
		"PUBACK":      frame(0x41, number16(1)),
		"PUBREC":      frame(0x51, number16(1)),
		"PUBREL":      frame(0x60, number16(1)),
		"PUBCOMP":     frame(0x71, number16(1)),
		"SUBSCRIBE":   frame(0x80, number16(1), block5(), filter),
		"UNSUBSCRIBE": frame(0xA0, number16(1), block5(), text(t.Topic("x"))),
		"PINGREQ":     frame(0xC1),
		"DISCONNECT":  frame(0xE1),
	}, wrong5...)
	t.Case("CONNECT", func() {
		sent := connect5(0x02, nil, text(t.ID("a")))
		sent[0] |= 0x01
		refuseFirst5(t, sent, wrong5...)
	})
}

func sentFlags5(t *T) {
	needQoS5(t, mqtt.ExactlyOnce)
	topic := t.Topic("x")
	c := t.Dial()
	for _, x := range []struct {
		sent []byte
		want byte
	}{
		{rawclient.Connect(t.version, t.ID("a"), t.Login), 0x20},
		{subscribe5(nil, text(topic), []byte{2}), 0x90},
		{frame(0xC0), 0xD0},
		{publish5(0x32, t.Topic("y"), nil, ""), 0x40},
		{publish5(0x34, t.Topic("y"), nil, ""), 0x50},
		{frame(0x62, number16(1)), 0x70},
		{publish5(0x30, topic, nil, ""), 0x30},
		{frame(0xA2, number16(1), block5(), text(topic)), 0xB0},
	} {
		c.Send(x.sent)
		if got := raw5(t, c)[0]; got != x.want {
			t.Fatalf("the packet begins with 0x%02X, not 0x%02X", got, x.want)
		}
	}
}

func wireQoS05(t *T) {
	topic := t.Topic("x")
	c := subscriber5(t, "a", topic, 0)
	t.Connect("b").Publish(topic, "payload", 0)
	if want, got := publish5(0x30, topic, nil, "payload"), raw5(t, c); !bytes.Equal(got, want) {
		t.Fatalf("got % X, want % X", got, want)
	}
}

// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package conformance

import (
	"bytes"

	"github.com/flashmq/flashmq/pkg/mqtt"
	"github.com/flashmq/flashmq/pkg/packet"
	"github.com/flashmq/flashmq/pkg/rawclient"
)

// checks311 are the Checks of MQTT 3.1.1, section by section.
var checks311 = [][]Check{
	formatChecks3, connectChecks3, willChecks3, loginChecks3, identifierChecks3, connackChecks3,
	publishChecks3, retainChecks3, subscribeChecks3, unsubscribeChecks3, sessionChecks3,
	deliveryChecks3, topicChecks3, webSocketChecks,
}

// formatChecks3 are those of sections 1.5.3 and 2.
var formatChecks3 = []Check{
	{"ill-formed UTF-8", []string{"MQTT-1.5.3-1"}, checkIllFormed3},
	{"null character", []string{"MQTT-1.5.3-2", "MQTT-4.7.3-2"}, checkNull3},
	{"zero width no-break space", []string{"MQTT-1.5.3-3"}, checkNoBreak3},
	{"flags the Server sends", []string{"MQTT-2.2.2-1"}, checkFlagsSent3},
	{"invalid flags", []string{"MQTT-2.2.2-2"}, checkFlagsReceived3},
	{"Packet Identifier zero", []string{"MQTT-2.3.1-1"}, checkZeroID3},
	{"Packet Identifiers of the Server", []string{"MQTT-2.3.1-4"}, checkServerIDs3},
	{"no Packet Identifier at QoS 0", []string{"MQTT-2.3.1-5"}, checkNoID3},
	{"Packet Identifier of acknowledgements", []string{"MQTT-2.3.1-6"}, checkAckIDs3},
	{"Packet Identifier of SUBACK and UNSUBACK",
		[]string{"MQTT-2.3.1-7", "MQTT-3.8.4-2", "MQTT-3.10.4-4"}, checkSubackIDs3},
}

func checkIllFormed3(t *T) {
	list := map[string][]byte{}
	for what, s := range illFormed {
		name := text(t.Topic(s))
		list["PUBLISH with a "+what] = frame(0x30, name, []byte("payload"))
		list["SUBSCRIBE with a "+what] = frame(0x82, number16(1), name, []byte{0})
	}
	t.closesOn(list)
}

func checkNull3(t *T) {
	name := text(t.Topic("nu\x00ll"))
	t.closesOn(map[string][]byte{
		"PUBLISH":     frame(0x30, name, []byte("payload")),
		"SUBSCRIBE":   frame(0x82, number16(1), name, []byte{0}),
		"UNSUBSCRIBE": frame(0xA2, number16(1), name),
	})
}

func checkNoBreak3(t *T) {
	const mark = "\xEF\xBB\xBF"
	c := t.Connect("c")
	t.Subscribe(c, t.Topic(mark+"a"), 0)
	t.Subscribe(c, t.Topic("end"), 0)
	c.Publish(t.Topic("a"), "without", 0)
	c.Publish(t.Topic(mark+"a"), "with", 0)
	c.Publish(t.Topic("end"), "end", 0)
	all := t.Until(c, "end")
	if len(all) != 2 || string(all[0].Topic) != t.Topic(mark+"a") {
		t.Errorf("to a Topic Filter with U+FEFF the server sends %q", payloads(all))
	}
}

// first expects a packet that begins with this byte, and returns the packet.
func (t *T) first(c *rawclient.Client, want byte) []byte {
	raw, err := c.NextRaw()
	if err != nil {
		t.Fatalf("waiting for a packet that begins with 0x%02X: %v", want, err)
	}
	if raw[0] != want {
		t.Fatalf("got % x, want a packet that begins with 0x%02X", raw, want)
	}
	return raw
}

func checkFlagsSent3(t *T) {
	c, p, topic := t.Dial(), t.Connect("p"), t.Topic("a")
	c.Send(rawclient.Connect(t.version, t.ID("c"), t.Login))
	t.first(c, 0x20)
	c.Send(rawclient.Subscribe(t.version, 1, topic, 2))
	if granted := t.first(c, 0x90); granted[len(granted)-1] != 2 {
		t.Unsupported("the server does not grant QoS 2")
	}
	c.Send(rawclient.Publish(t.version, 2, t.Topic("other"), nil, 1))
	t.first(c, 0x40)
	c.Send(rawclient.Publish(t.version, 3, t.Topic("other"), nil, 2))
	t.first(c, 0x50)
	c.SendAck(packet.PUBREL, 3)
	t.first(c, 0x70)
	p.Publish(topic, "", mqtt.ExactlyOnce)
	message := t.first(c, 0x34)
	id := message[len(message)-2:]
	c.Send(frame(0x50, id))
	t.first(c, 0x62)
	c.Send(frame(0x70, id))
	c.Send(frame(0xA2, number16(4), text(topic)))
	t.first(c, 0xB0)
	c.Send(frame(0xC0))
	t.first(c, 0xD0)
}

func checkFlagsReceived3(t *T) {
	t.closesOn(map[string][]byte{
		"PUBACK 0001":  frame(0x41, number16(1)),
		"PUBREC 0010":  frame(0x52, number16(1)),
		"PUBCOMP 0100": frame(0x74, number16(1)),
		"PINGREQ 1000": frame(0xC8),
	})
	t.Case("CONNECT 0001", func() {
		b := rawclient.Connect(t.version, t.ID("c"), t.Login)
		b[0] |= 1
		t.closesFirst(map[string][]byte{"first packet": b})
	})
}

func checkZeroID3(t *T) {
	name := text(t.Topic("a"))
	t.closesOn(map[string][]byte{
		"SUBSCRIBE":        frame(0x82, number16(0), name, []byte{0}),
		"UNSUBSCRIBE":      frame(0xA2, number16(0), name),
		"PUBLISH at QoS 1": frame(0x32, name, number16(0)),
		"PUBLISH at QoS 2": frame(0x34, name, number16(0)),
	})
}

func checkServerIDs3(t *T) {
	c, p, topic := t.Connect("c"), t.Connect("p"), t.Topic("a")
	t.Subscribe(c, topic, 2)
	var waiting []*packet.Publish
	seen := map[mqtt.PacketID]bool{}
	for i := range 8 {
		p.Publish(topic, "", mqtt.QoS(1+i%2))
		got := rawclient.Expect[*packet.Publish](c)
		if got.ID == 0 || seen[got.ID] {
			t.Fatalf("Packet Identifier %d in use or zero: %s", got.ID, rawclient.Describe(got))
		}
		seen[got.ID] = true
		waiting = append(waiting, got)
	}
	for _, got := range waiting {
		c.Acknowledge(got)
	}
	t.alive(c)
}

func checkNoID3(t *T) {
	c, topic := t.Connect("c"), t.Topic("a")
	t.Subscribe(c, topic, 0)
	p := t.Connect("p")
	for q := range mqtt.QoS(3) {
		p.Publish(topic, "payload", q)
		want := frame(0x30, text(topic), []byte("payload"))
		if got := t.first(c, 0x30); !bytes.Equal(got, want) {
			t.Errorf("at QoS 0, published at QoS %d: got % x, want % x", q, got, want)
		}
	}
}

func checkAckIDs3(t *T) {
	c, topic := t.Connect("c"), t.Topic("a")
	for _, id := range []mqtt.PacketID{1, 0x1234, 0xFFFF} {
		c.Send(rawclient.Publish(t.version, id, topic, nil, 1))
		if a := rawclient.Expect[*rawclient.Puback](c); a.ID != id {
			t.Errorf("PUBACK %d for PUBLISH %d", a.ID, id)
		}
		c.Send(rawclient.Publish(t.version, id, topic, nil, 2))
		if a := rawclient.Expect[*rawclient.Pubrec](c); a.ID != id {
			t.Errorf("PUBREC %d for PUBLISH %d", a.ID, id)
		}
		c.SendAck(packet.PUBREL, id)
		if a := rawclient.Expect[*rawclient.Pubcomp](c); a.ID != id {
			t.Errorf("PUBCOMP %d for PUBREL %d", a.ID, id)
		}
	}
	t.Subscribe(c, topic, 2)
	c.Publish(topic, "back", mqtt.ExactlyOnce)
	c.ExpectMessage(topic, "back") // compares the identifier of PUBREL
}

func checkSubackIDs3(t *T) {
	c, topic := t.Connect("c"), t.Topic("a")
	for _, id := range []mqtt.PacketID{1, 0x1234, 0xFFFF} {
		c.Send(rawclient.Subscribe(t.version, id, topic, 0))
		if a := rawclient.Expect[*packet.Suback](c); a.ID != id {
			t.Errorf("SUBACK %d for SUBSCRIBE %d", a.ID, id)
		}
		c.Send(frame(0xA2, number16(uint16(id)), text(topic)))
		if a := rawclient.Expect[*packet.Unsuback](c); a.ID != id {
			t.Errorf("UNSUBACK %d for UNSUBSCRIBE %d", a.ID, id)
		}
	}
}

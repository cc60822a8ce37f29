// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package conformance

import (
	"bytes"
	"fmt"

	"github.com/flashmq/flashmq/pkg/mqtt"
	"github.com/flashmq/flashmq/pkg/packet"
	"github.com/flashmq/flashmq/pkg/rawclient"
)

// subscribeChecks3 are those of sections 3.8 and 3.9.
var subscribeChecks3 = []Check{
	{"flags of SUBSCRIBE", []string{"MQTT-3.8.1-1"}, func(t *T) {
		body := bytes.Join([][]byte{number16(1), text(t.Topic("a")), {0}}, nil)
		t.closesOn(map[string][]byte{
			"0000": frame(0x80, body), "0011": frame(0x83, body), "1010": frame(0x8A, body),
		})
	}},
	{"Topic Filter in SUBSCRIBE not UTF-8", []string{"MQTT-3.8.3-1"}, func(t *T) {
		list := map[string][]byte{}
		for what, s := range illFormed {
			list[what] = frame(0x82, number16(1), text(t.Topic("good")), []byte{0},
				text(t.Topic(s)), []byte{0})
		}
		t.closesOn(list)
	}},
	{"wildcards", []string{"MQTT-3.8.3-2"}, checkWildcards3},
	{"SUBSCRIBE without a Topic Filter", []string{"MQTT-3.8.3-3"}, func(t *T) {
		t.closesOn(map[string][]byte{
			"no payload":          frame(0x82, number16(1)),
			"no QoS":              frame(0x82, number16(1), text(t.Topic("a"))),
			"second cut off":      frame(0x82, number16(1), text(t.Topic("a")), []byte{0, 0}),
			"no identifier":       frame(0x82),
			"length of 4 bytes":   frame(0x82, number16(1), []byte{0, 9, 'a', 0}),
			"QoS of second alone": frame(0x82, number16(1), text(t.Topic("a")), []byte{0, 1}),
		})
	}},
	{"reserved bits beside the QoS", []string{"MQTT-3.8.3-4"}, func(t *T) {
		list := map[string][]byte{}
		for _, b := range []byte{3, 4, 8, 0x10, 0x20, 0x40, 0x80, 0x81} {
			list[fmt.Sprintf("0x%02X", b)] = frame(0x82, number16(1), text(t.Topic("a")), []byte{b})
		}
		t.closesOn(list)
	}},
	{"SUBACK", []string{"MQTT-3.8.4-1"}, func(t *T) {
		c := t.Connect("c")
		c.Send(rawclient.Subscribe(t.version, 1, t.Topic("a"), 0))
		rawclient.Expect[*packet.Suback](c)
		t.alive(c)
	}},
	{"Subscription replaced", []string{"MQTT-3.8.4-3"}, checkReplaced3},
	{"several Topic Filters in SUBSCRIBE", []string{"MQTT-3.8.4-4"}, checkSeveral3},
	{"return codes of SUBACK", []string{"MQTT-3.8.4-5", "MQTT-3.9.3-2"}, checkReturnCodes3},
	{"QoS of messages", []string{"MQTT-3.8.4-6"}, checkLowerQoS3},
	{"order of return codes", []string{"MQTT-3.9.3-1"}, checkCodeOrder3},
}

func checkWildcards3(t *T) {
	for _, filter := range []string{"+", "#"} {
		c := t.Connect("c")
		c.Send(rawclient.Subscribe(t.version, 1, t.Topic(filter), 0))
		if a := rawclient.Expect[*packet.Suback](c); a.Codes[0].Failed() {
			t.Unsupported("the server does not grant the Topic Filter %s", filter)
		}
		c.Publish(t.Topic("a"), "matches", mqtt.AtMostOnce)
		c.ExpectMessage(t.Topic("a"), "matches")
	}
}

func checkReplaced3(t *T) {
	p, topic, c := t.Connect("p"), t.Topic("a"), t.Connect("c")
	t.retain(p, topic, "kept", mqtt.AtLeastOnce)
	for _, q := range []mqtt.QoS{0, 1, 0} {
		t.Case(fmt.Sprintf("at QoS %d", q), func() {
			t.Subscribe(c, topic, mqtt.SubscriptionOptions(q))
			if got := c.ExpectMessage(topic, "kept"); !got.Retain || got.QoS != q {
				t.Errorf("after SUBSCRIBE at QoS %d: %s", q, rawclient.Describe(got))
			}
			p.Publish(topic, "message", mqtt.AtLeastOnce)
			if got := c.ExpectMessage(topic, "message"); got.QoS != q {
				t.Errorf("with a Subscription at QoS %d: %s", q, rawclient.Describe(got))
			}
			t.alive(c) // and the message came once
		})
	}
}

// subscribe sends one SUBSCRIBE for several Topic Filters and returns its SUBACK.
func (t *T) subscribe(c *rawclient.Client, o mqtt.SubscriptionOptions,
	names ...string) *packet.Suback {
	body := number16(1)
	for _, name := range names {
		body = append(append(body, text(t.Topic(name))...), byte(o))
	}
	c.Send(frame(0x82, body))
	return rawclient.Expect[*packet.Suback](c)
}

func checkSeveral3(t *T) {
	c, p := t.Connect("c"), t.Connect("p")
	if a := t.subscribe(c, 1, "a", "b/+", "c/#"); len(a.Codes) != 3 {
		t.Errorf("%d return codes for 3 Topic Filters", len(a.Codes))
	}
	t.alive(c) // no second SUBACK
	for _, name := range []string{"a", "b/b", "c/c/c"} {
		p.Publish(t.Topic(name), name, mqtt.AtLeastOnce)
		c.ExpectMessage(t.Topic(name), name)
	}
	t.subscribe(c, 1, "d", "d", "d")
	p.Publish(t.Topic("d"), "once", mqtt.AtLeastOnce)
	c.ExpectMessage(t.Topic("d"), "once")
	t.Silent(c, Moment)
}

func checkReturnCodes3(t *T) {
	c := t.Connect("c")
	for q := range mqtt.QoS(3) {
		a := t.subscribe(c, mqtt.SubscriptionOptions(q), "a", "b")
		if len(a.Codes) != 2 {
			t.Errorf("%d return codes for 2 Topic Filters", len(a.Codes))
		}
		for _, code := range a.Codes {
			if code > mqtt.ReasonCode(q) && code != 0x80 {
				t.Errorf("return code 0x%02X for QoS %d", uint8(code), q)
			}
		}
	}
}

func checkLowerQoS3(t *T) {
	c, p := t.Connect("c"), t.Connect("p")
	for granted := range mqtt.QoS(3) {
		topic := t.Topic(fmt.Sprint(granted))
		t.Subscribe(c, topic, mqtt.SubscriptionOptions(granted))
		for q := range mqtt.QoS(3) {
			p.Publish(topic, "message", q)
			if got := c.ExpectMessage(topic, "message"); got.QoS != min(q, granted) {
				t.Errorf("published at QoS %d, granted QoS %d, sent at QoS %d",
					q, granted, got.QoS)
			}
		}
	}
}

func checkCodeOrder3(t *T) {
	c := t.Connect("c")
	a, b, d := text(t.Topic("a")), text(t.Topic("b")), text(t.Topic("d"))
	for _, order := range [][3]byte{{2, 0, 1}, {0, 1, 2}, {1, 2, 0}} {
		c.Send(frame(0x82, number16(1), a, order[:1], b, order[1:2], d, order[2:]))
		got := rawclient.Expect[*packet.Suback](c).Codes
		if len(got) != 3 {
			t.Fatalf("%d return codes for 3 Topic Filters", len(got))
		}
		for i, code := range got {
			if code > mqtt.ReasonCode(order[i]) {
				t.Errorf("QoS %v asked for, %v granted", order, got)
			}
		}
	}
}

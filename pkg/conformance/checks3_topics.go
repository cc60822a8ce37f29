// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package conformance

import (
	"fmt"

	"github.com/flashmq/flashmq/pkg/mqtt"
	"github.com/flashmq/flashmq/pkg/packet"
	"github.com/flashmq/flashmq/pkg/rawclient"
)

// topicChecks3 are those of sections 4.7, 4.8 and 7.
var topicChecks3 = []Check{
	{"place of #", []string{"MQTT-4.7.1-2"}, func(t *T) {
		t.refusesFilters("a#", "#/a", "a/#/b", "a/#b", "##", "a/b#", "+#", "#+", "#/")
	}},
	{"place of +", []string{"MQTT-4.7.1-3"}, checkPlus3},
	{"topics that begin with $", []string{"MQTT-4.7.2-1"}, checkDollar3},
	{"empty topics", []string{"MQTT-4.7.3-1"}, func(t *T) {
		t.closesOn(map[string][]byte{
			"Topic Name at QoS 0": frame(0x30, text("")),
			"Topic Name at QoS 1": frame(0x32, text(""), number16(1)),
		})
		t.refusesEmpty()
	}},
	{"no normalization", []string{"MQTT-4.7.3-4"}, checkNormal3},
	{"protocol violations", []string{"MQTT-4.8.0-1"}, func(t *T) {
		t.closesOn(map[string][]byte{
			"type 0":               frame(0x00),
			"type 15":              frame(0xF0),
			"CONNACK":              frame(0x20, []byte{0, 0}),
			"SUBACK":               frame(0x90, number16(1), []byte{0}),
			"UNSUBACK":             frame(0xB0, number16(1)),
			"PINGRESP":             frame(0xD0),
			"long PINGREQ":         frame(0xC0, []byte{0}),
			"short PUBACK":         frame(0x40, []byte{0}),
			"length of five bytes": {0x30, 0x80, 0x80, 0x80, 0x80, 0x01},
		})
	}},
	{"a whole conversation", []string{"MQTT-7.0.0-2", "MQTT-7.1.1-1"}, checkConversation3},
}

// refusesFilters expects that no Subscription to these Topic Filters is granted. The statements
// bind Clients; whether the Server then closes or says failure is left to it.
func (t *T) refusesFilters(filters ...string) {
	for _, filter := range filters {
		t.Case(filter, func() {
			c := t.Connect("c")
			_ = c.TrySend(frame(0x82, number16(1), text(t.Topic(filter)), []byte{0}))
			p, err := c.TryNext()
			a, ok := p.(*packet.Suback)
			if ok && err == nil && a.Codes[0].Failed() {
				t.alive(c)
				return
			}
			t.over(c, p, err)
		})
	}
}

// refusesEmpty is refusesFilters for the one that Topic cannot make.
func (t *T) refusesEmpty() {
	t.eachOf(map[string][]byte{
		"Topic Filter in SUBSCRIBE":   frame(0x82, number16(1), text(""), []byte{0}),
		"Topic Filter in UNSUBSCRIBE": frame(0xA2, number16(1), text("")),
	}, func(b []byte) {
		c := t.Connect("c")
		_ = c.TrySend(b)
		p, err := c.TryNext()
		if a, ok := p.(*packet.Suback); !ok || err != nil || !a.Codes[0].Failed() {
			t.over(c, p, err)
		}
	})
}

func checkPlus3(t *T) {
	t.refusesFilters("a+", "+a", "a/b+/c", "++", "a/+b")
	c := t.Connect("c")
	for _, filter := range []string{"+", "+/a", "a/+", "a/+/b", "+/+/+/+"} {
		t.Subscribe(c, t.Topic(filter), 0)
	}
	names := []string{"x", "x/a", "a/x", "a/x/b", "a/x/c", "x/x/x/x", "x/x/x/x/x", "a/b/c", "/a"}
	t.reaches(c, names, map[string]bool{"x": true, "x/a": true, "a/x": true, "a/x/b": true,
		"x/x/x/x": true, "/a": true})
}

// A Subscription to # gets what others publish, too; only our own message counts.
func checkDollar3(t *T) {
	c, topic := t.Connect("c"), "$"+t.Topic("a")
	for _, filter := range []string{"#", "+/" + t.Topic("a")[len("conformance/"):]} {
		t.Subscribe(c, filter, 0)
	}
	c.Publish(topic, "hidden", mqtt.AtMostOnce)
	c.Publish(t.Topic("end"), "end", mqtt.AtMostOnce)
	for {
		got := rawclient.Expect[*packet.Publish](c)
		if got.Topic[0] == '$' {
			t.Fatalf("a Topic Filter that begins with a wildcard gets %q", got.Topic)
		}
		if string(got.Topic) == t.Topic("end") {
			return
		}
	}
}

func checkNormal3(t *T) {
	names := []string{
		"a/b", "a//b", "/a/b", "a/b/", "A/b", "a/ b", "a/b ", "a/./b", "a/x/../b", "a%2Fb", "a\\b",
		"\xC3\xA9", "e\xCC\x81", // one character and two that look like it
		"\xEF\xBC\xA1", // a wide A
	}
	for _, name := range names {
		t.Case(fmt.Sprintf("%q", name), func() {
			c := t.Connect("c")
			t.Subscribe(c, t.Topic(name), 0)
			t.reaches(c, names, map[string]bool{name: true})
		})
	}
}

func checkConversation3(t *T) {
	c, p, topic := t.Connect("c"), t.Connect("p"), t.Topic("a")
	t.Subscribe(c, topic, 1)
	long := make([]byte, 1<<16)
	for i := range long {
		long[i] = byte(i * 7)
	}
	for _, payload := range []string{"", "short", string(long)} {
		p.Publish(topic, payload, mqtt.AtLeastOnce)
		c.ExpectMessage(topic, payload)
	}
	c.Unsubscribe(topic)
	t.alive(c)
	t.Disconnect(c)
	t.Disconnect(p)
}

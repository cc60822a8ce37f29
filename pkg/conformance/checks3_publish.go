// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package conformance

import (
	"fmt"

	"github.com/flashmq/flashmq/pkg/mqtt"
	"github.com/flashmq/flashmq/pkg/packet"
	"github.com/flashmq/flashmq/pkg/rawclient"
)

// publishChecks3 are those of sections 3.3 to 3.7, retained messages aside.
var publishChecks3 = []Check{
	{"DUP when sent again", []string{"MQTT-3.3.1-1"}, checkDup3},
	{"DUP at QoS 0", []string{"MQTT-3.3.1-2", "MQTT-4.3.1-1"}, checkDupQoS03},
	{"DUP not passed on", []string{"MQTT-3.3.1-3"}, checkDupPassed3},
	{"QoS 3", []string{"MQTT-3.3.1-4"}, func(t *T) {
		t.closesOn(map[string][]byte{
			"QoS 3": frame(0x36, text(t.Topic("a")), number16(1), []byte("payload")),
		})
	}},
	{"Topic Name of PUBLISH", []string{"MQTT-3.3.2-1"}, func(t *T) {
		name := text(t.Topic("a"))
		t.closesOn(map[string][]byte{
			"no Topic Name":      frame(0x30),
			"half a length":      frame(0x30, []byte{0}),
			"cut off":            frame(0x30, name[:len(name)-1]),
			"no identifier":      frame(0x32, name),
			"half an identifier": frame(0x34, name, []byte{0}),
		})
	}},
	{"wildcard in a Topic Name", []string{"MQTT-3.3.2-2", "MQTT-4.7.1-1"}, func(t *T) {
		t.closesOn(map[string][]byte{
			"+ at QoS 0":       frame(0x30, text(t.Topic("+"))),
			"# at QoS 0":       frame(0x30, text(t.Topic("#"))),
			"+ in a level":     frame(0x30, text(t.Topic("a+"))),
			"# at QoS 1":       frame(0x32, text(t.Topic("#")), number16(1)),
			"+ above, at QoS2": frame(0x34, text(t.Topic("+/b")), number16(1)),
		})
	}},
	{"Topic Name towards a subscriber", []string{"MQTT-3.3.2-3"}, checkMatching3},
	{"answer to PUBLISH", []string{"MQTT-3.3.4-1"}, checkAnswers3},
	{"Subscriptions that overlap", []string{"MQTT-3.3.5-1"}, checkOverlap3},
	{"PUBLISH that is not allowed", []string{"MQTT-3.3.5-2"}, checkForbidden3},
	{"flags of PUBREL", []string{"MQTT-3.6.1-1"}, func(t *T) {
		t.eachOf(map[string][]byte{"0000": {0x60}, "0001": {0x61}, "1010": {0x6A}},
			func(first []byte) {
				c := t.Connect("c")
				c.Send(rawclient.Publish(t.version, 1, t.Topic("a"), nil, 2))
				rawclient.Expect[*rawclient.Pubrec](c)
				_ = c.TrySend(frame(first[0], number16(1)))
				t.Closed(c)
			})
	}},
}

func checkDup3(t *T) {
	c, p, topic := t.Connect("c", rawclient.Resume), t.Connect("p"), t.Topic("a")
	t.Subscribe(c, topic, 2)
	for q := mqtt.AtLeastOnce; q <= mqtt.ExactlyOnce; q++ {
		t.Case(fmt.Sprintf("QoS %d", q), func() {
			p.Publish(topic, "again", q)
			if got := rawclient.Expect[*packet.Publish](c); got.Dup {
				t.Errorf("DUP 1 at first")
			}
			c.Cut()
			c = t.Connect("c", rawclient.Resume)
			if got := c.ExpectMessage(topic, "again"); !got.Dup {
				t.Errorf("DUP 0 when sent again")
			}
		})
	}
}

func checkDupQoS03(t *T) {
	c, p, topic := t.Connect("c"), t.Connect("p"), t.Topic("a")
	t.Subscribe(c, topic, 0)
	p.Send(rawclient.Publish(t.version, 1, topic, []byte("payload"), 1, dup))
	if got := c.ExpectMessage(topic, "payload"); got.Dup || got.QoS != 0 {
		t.Errorf("got %s", rawclient.Describe(got))
	}
	t.closesOn(map[string][]byte{"DUP 1 at QoS 0": frame(0x38, text(topic))})
}

// dup sets the DUP flag.
func dup(p *packet.Publish) { p.Dup = true }

func checkDupPassed3(t *T) {
	c, p, topic := t.Connect("c"), t.Connect("p"), t.Topic("a")
	t.Subscribe(c, topic, 2)
	for q := mqtt.AtLeastOnce; q <= mqtt.ExactlyOnce; q++ {
		p.Publish(topic, "payload", q, dup)
		if got := c.ExpectMessage(topic, "payload"); got.Dup {
			t.Errorf("DUP 1 at QoS %d", q)
		}
	}
}

func checkMatching3(t *T) {
	p := t.Connect("p")
	for filter, want := range map[string][]string{
		"a/b": {"a/b"},
		"a/+": {"a/b", "a/c", "a/"},
		"a/#": {"a", "a/b", "a/c", "a/", "a/b/d"},
		"+/b": {"a/b", "b/b"},
	} {
		t.Case(filter, func() {
			c := t.Connect("c")
			t.Subscribe(c, t.Topic(filter), 1)
			t.Subscribe(c, t.Topic("end"), 1)
			for _, name := range []string{"a", "a/b", "a/c", "a/", "a/b/d", "b/b", "b", "A/B"} {
				p.Publish(t.Topic(name), name, mqtt.AtLeastOnce)
			}
			p.Publish(t.Topic("end"), "end", mqtt.AtLeastOnce)
			got := t.Until(c, "end")
			for _, m := range got {
				if string(m.Topic) != t.Topic(string(m.Payload)) {
					t.Errorf("%q arrives with the Topic Name %q", m.Payload, m.Topic)
				}
			}
			if s := fmt.Sprint(payloads(got)); s != fmt.Sprint(append(want, "end")) {
				t.Errorf("got %s, want %s and the end", s, want)
			}
		})
	}
}

func checkAnswers3(t *T) {
	c, topic := t.Connect("c"), t.Topic("a")
	c.Send(rawclient.Publish(t.version, 0, topic, []byte("payload"), 0))
	t.alive(c) // with no answer before the PINGRESP
	c.Send(rawclient.Publish(t.version, 1, topic, []byte("payload"), 1))
	rawclient.Expect[*rawclient.Puback](c)
	c.Send(rawclient.Publish(t.version, 2, topic, []byte("payload"), 2))
	rawclient.Expect[*rawclient.Pubrec](c)
	c.SendAck(packet.PUBREL, 2)
	rawclient.Expect[*rawclient.Pubcomp](c)
	t.alive(c)
}

func checkOverlap3(t *T) {
	for _, filters := range [][]string{{"+", "#", "a"}, {"#", "a", "+"}, {"a", "+", "#"}} {
		t.Case(fmt.Sprint(filters), func() {
			c, p := t.Connect("c"), t.Connect("p")
			for q, filter := range filters {
				t.Subscribe(c, t.Topic(filter), mqtt.SubscriptionOptions(q))
			}
			p.Publish(t.Topic("a"), "message", mqtt.ExactlyOnce)
			p.Publish(t.Topic("a"), "end", mqtt.ExactlyOnce)
			highest := mqtt.AtMostOnce
			for _, m := range t.Until(c, "end") {
				if string(m.Payload) == "message" {
					highest = max(highest, m.QoS)
				}
			}
			if highest != mqtt.ExactlyOnce {
				t.Errorf("delivered at QoS %d", highest)
			}
		})
	}
}

// Which topics are not allowed is the Server's business. Most would not let a Client publish what
// the Server says of itself; one that does passes as well.
func checkForbidden3(t *T) {
	c := t.Connect("c")
	c.Send(rawclient.Publish(t.version, 1, "$SYS/"+t.Topic("a"), []byte("payload"), 1))
	p, err := c.TryNext()
	if _, ok := p.(*rawclient.Puback); !ok || err != nil {
		t.over(c, p, err)
	}
}

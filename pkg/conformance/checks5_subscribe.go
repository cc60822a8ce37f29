// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package conformance

import (
	"slices"
	"strconv"

	"github.com/flashmq/flashmq/pkg/mqtt"
	"github.com/flashmq/flashmq/pkg/packet"
	"github.com/flashmq/flashmq/pkg/rawclient"
)

// checks5Subscribe are about SUBSCRIBE and SUBACK (3.8, 3.9).
var checks5Subscribe = []Check{
	{Name: "flags of SUBSCRIBE", Clauses: []string{"MQTT-3.8.1-1"}, Run: flags5(0x80, 2)},
	{Name: "Topic Filter is a string", Clauses: []string{"MQTT-3.8.3-1"}, Run: illFormedFilter5},
	{Name: "SUBSCRIBE without a Topic Filter", Clauses: []string{"MQTT-3.8.3-2"},
		Run: noFilter5},
	{Name: "No Local", Clauses: []string{"MQTT-3.8.3-3"}, Run: noLocal5},
	{Name: "No Local on a Shared Subscription", Clauses: []string{"MQTT-3.8.3-4"},
		Run: noLocalShare5},
	{Name: "reserved Subscription Options", Clauses: []string{"MQTT-3.8.3-5"},
		Run: reservedOptions5},
	{Name: "SUBACK", Clauses: []string{"MQTT-3.8.4-1", "MQTT-3.8.4-2", "MQTT-3.8.4-6",
		"MQTT-3.8.4-7", "MQTT-3.9.3-1", "MQTT-3.9.3-2"}, Run: suback5},
	{Name: "subscription is replaced", Clauses: []string{"MQTT-3.8.4-3"},
		Run: replacedSubscription5},
	{Name: "no message is lost to a replacement", Clauses: []string{"MQTT-3.8.4-4"},
		Run: nothingLost5},
	{Name: "several Topic Filters", Clauses: []string{"MQTT-3.8.4-5", "MQTT-3.8.4-6"},
		Run: severalFilters5},
	{Name: "lower of two QoS", Clauses: []string{"MQTT-3.8.4-8"}, Run: lowerOfTwo5},
	{Name: "SUBACK fits Maximum Packet Size", Clauses: []string{"MQTT-3.9.2-1", "MQTT-3.9.2-2",
		"MQTT-3.1.2-24"}, Run: answerFits5("SUBACK")},
}

func illFormedFilter5(t *T) {
	rows := map[string][]byte{"U+0000": subscribe5(nil, text(t.Topic("\x00")), []byte{0})}
	for name, s := range illFormed {
		rows[name] = subscribe5(nil, text(t.Topic(s)), []byte{0})
	}
	refuseRows5(t, rows, wrong5...)
}

func noFilter5(t *T) {
	refuseRows5(t, map[string][]byte{
		"no Topic Filter":        subscribe5(nil),
		"no Subscription Option": subscribe5(nil, text(t.Topic("x"))),
		"second without Options": subscribe5(nil, text(t.Topic("x")), []byte{0},
			text(t.Topic("y"))),
		"ends inside the filter": subscribe5(nil, text(t.Topic("x"))[:5]),
		"no Property Length":     frame(0x82, number16(1)),
	}, wrong5...)
}

func noLocal5(t *T) {
	topic := t.Topic("x")
	c := subscriber5(t, "a", topic, 1|mqtt.OptionNoLocal)
	other := subscriber5(t, "b", topic, 1)
	for q := mqtt.AtMostOnce; q <= mqtt.AtLeastOnce; q++ {
		c.Publish(topic, "own", q)
		other.ExpectMessage(topic, "own")
		c.Quiet()
		other.Publish(topic, "other", q)
		c.ExpectMessage(topic, "other")
		other.ExpectMessage(topic, "other")
	}
	t.Silent(c, Moment)
}

func noLocalShare5(t *T) {
	needShares5(t)
	filter := text("$share/g/" + t.Topic("x"))
	refuse5(t, subscribe5(nil, filter, []byte{byte(mqtt.OptionNoLocal)}), wrong5...)
}

func reservedOptions5(t *T) {
	rows := map[string][]byte{}
	for _, options := range []byte{0x40, 0x80, 0xC1} {
		rows[strconv.Itoa(int(options))] = subscribe5(nil, text(t.Topic("x")), []byte{options})
	}
	refuseRows5(t, rows, wrong5...)
}

func suback5(t *T) {
	c := t.Connect("a")
	c.Send(subscribe5(nil, text(t.Topic("x")), []byte{2}, text(t.Topic("y")), []byte{0},
		text(t.Topic("z")), []byte{1}))
	a := rawclient.Expect[*packet.Suback](c) // which knows the Reason Codes
	want := []mqtt.ReasonCode{2, 0, 1}
	if a.ID != 1 || len(a.Codes) != len(want) {
		t.Fatalf("got %s for SUBSCRIBE 1 with %d Topic Filters", rawclient.Describe(a), len(want))
	}
	for i, code := range a.Codes {
		if code.Failed() || code > want[i] {
			t.Errorf("Topic Filter %d of 3: got %v, at most QoS %d was asked for", i+1, code,
				want[i])
		}
	}
}

func replacedSubscription5(t *T) {
	topic := t.Topic("x")
	c := t.Connect("a")
	pub := t.Connect("b")
	for _, q := range []mqtt.SubscriptionOptions{0, 1, 0} {
		t.Subscribe(c, topic, q)
		pub.Publish(topic, "m", mqtt.AtLeastOnce)
		if p := c.ExpectMessage(topic, "m"); p.QoS != mqtt.QoS(q) {
			t.Fatalf("the last SUBSCRIBE had QoS %d, the message comes with %d", q, p.QoS)
		}
	}
	t.Silent(c, Moment) // one subscription, one copy
}

func nothingLost5(t *T) {
	needRetained5(t)
	topic := t.Topic("x")
	t.Retained(topic)
	c := subscriber5(t, "a", topic, 1)
	pub := t.Connect("b")
	pub.Publish(topic, "retained", mqtt.AtLeastOnce, rawclient.Retain)
	c.ExpectMessage(topic, "retained")
	const messages, replacements = 20, 4
	var want []string
	for i := range messages {
		want = append(want, strconv.Itoa(i))
		if i%(messages/replacements) == 2 {
			c.Send(rawclient.Subscribe(t.version, c.ID(), topic, 1))
		}
		pub.Publish(topic, want[i], mqtt.AtLeastOnce)
	}
	for range replacements {
		rawclient.Await[*packet.Suback](c)
	}
	got, again := withRetained5(c, func(got []string, again int) bool {
		return len(got) == messages && again > 0
	})
	// Those that are retained come when they like. A Server may take SUBSCRIBE packets that follow
	// each other closely for one, and send them once after the last.
	t.Sleep(Moment)
	c.Send(packet.AppendPingreq(nil))
	more, late := withRetained5(c, nil)
	got, again = append(got, more...), again+late
	if again > replacements || !slices.Equal(got, want) {
		t.Errorf("the retained message comes %d times for %d SUBSCRIBE, and the others are %q",
			again, replacements, got)
	}
}

// withRetained5 acknowledges what comes, until PINGRESP or until it is enough, and returns the
// payloads, and how many were "retained".
func withRetained5(c *rawclient.Client, enough func([]string, int) bool) (got []string, again int) {
	for enough == nil || !enough(got, again) {
		p, ok := c.Next().(*packet.Publish)
		if !ok {
			return got, again
		}
		c.Acknowledge(p)
		if string(p.Payload) == "retained" {
			again++
		} else {
			got = append(got, string(p.Payload))
		}
	}
	return got, again
}

func severalFilters5(t *T) {
	c := t.Connect("a")
	c.Send(subscribe5(nil, text(t.Topic("x")), []byte{1}, text(t.Topic("y")), []byte{1},
		text(t.Topic("x")), []byte{0})) // the third replaces the first
	if a := rawclient.Expect[*packet.Suback](c); len(a.Codes) != 3 {
		t.Fatalf("got %s for three Topic Filters", rawclient.Describe(a))
	}
	for name, q := range map[string]mqtt.QoS{"x": 0, "y": 1} {
		c.Publish(t.Topic(name), "m", mqtt.AtLeastOnce)
		if p := c.ExpectMessage(t.Topic(name), "m"); p.QoS != q {
			t.Errorf("the message to %s comes with QoS %d, want %d", name, p.QoS, q)
		}
	}
	t.Silent(c, Moment)
}

func lowerOfTwo5(t *T) {
	needQoS5(t, mqtt.ExactlyOnce)
	pub := t.Connect("b")
	for granted := mqtt.AtMostOnce; granted <= mqtt.ExactlyOnce; granted++ {
		c := subscriber5(t, "a", t.Topic("x"), mqtt.SubscriptionOptions(granted))
		for published := mqtt.AtMostOnce; published <= mqtt.ExactlyOnce; published++ {
			pub.Publish(t.Topic("x"), "m", published)
			want := min(granted, published)
			if p := c.ExpectMessage(t.Topic("x"), "m"); p.QoS != want {
				t.Errorf("published with %d, granted %d, but comes with QoS %d", published,
					granted, p.QoS)
			}
		}
	}
}

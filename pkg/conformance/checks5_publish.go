// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package conformance

import (
	"github.com/flashmq/flashmq/pkg/mqtt"
	"github.com/flashmq/flashmq/pkg/packet"
	"github.com/flashmq/flashmq/pkg/rawclient"
)

// checks5Publish are about PUBLISH (3.3), but for retained messages, properties and quota.
var checks5Publish = []Check{
	{Name: "DUP of what is sent again", Clauses: []string{"MQTT-3.3.1-1", "MQTT-4.3.2-2",
		"MQTT-4.3.2-3", "MQTT-4.4.0-1"}, Run: sentAgain5},
	{Name: "DUP of QoS 0", Clauses: []string{"MQTT-3.3.1-2"}, Run: dupQoS05},
	{Name: "DUP of the publisher", Clauses: []string{"MQTT-3.3.1-3"}, Run: dupPublisher5},
	{Name: "QoS 3", Clauses: []string{"MQTT-3.3.1-4"}, Run: qos35},
	{Name: "Topic Name is a string", Clauses: []string{"MQTT-3.3.2-1"}, Run: topicName5},
	{Name: "wildcards in Topic Names", Clauses: []string{"MQTT-3.3.2-2", "MQTT-4.7.0-1"},
		Run: wildcardNames5},
	{Name: "Topic Names match the subscription", Clauses: []string{"MQTT-3.3.2-3"},
		Run: matchingNames5},
	{Name: "answer to PUBLISH", Clauses: []string{"MQTT-3.3.4-1", "MQTT-4.3.2-4", "MQTT-4.3.3-8",
		"MQTT-4.3.3-11"}, Run: answers5},
	{Name: "QoS of overlapping subscriptions", Clauses: []string{"MQTT-3.3.4-2"},
		Run: overlapping5},
	{Name: "Subscription Identifiers", Clauses: []string{"MQTT-3.3.4-3", "MQTT-3.3.4-4",
		"MQTT-3.3.4-5"}, Run: subscriptionIdentifiers5},
	{Name: "Subscription Identifier of the Client", Clauses: []string{"MQTT-3.3.4-6"},
		Run: clientIdentifier5},
}

func sentAgain5(t *T) {
	topic := t.Topic("x")
	c := t.Connect("a", keeps5(60))
	t.Subscribe(c, topic, 1)
	t.Connect("b").Publish(topic, "m", mqtt.AtLeastOnce)
	first := expect5(t, c, "m")
	if first.Dup || first.QoS != mqtt.AtLeastOnce {
		t.Fatalf("got %s for the first time", rawclient.Describe(first))
	}
	c.Cut()
	c = t.Connect("a", keeps5(60))
	again := c.ExpectMessage(topic, "m")
	if !again.Dup || again.QoS != mqtt.AtLeastOnce || again.ID != first.ID {
		t.Fatalf("got %s for the second time", rawclient.Describe(again))
	}
	c.Quiet() // so that PUBACK has arrived
	c.Cut()
	t.Silent(t.Connect("a", keeps5(60)), Moment)
}

func dupQoS05(t *T) {
	sub := subscriber5(t, "a", t.Topic("x"), 0)
	pub := t.Connect("b")
	for q := mqtt.AtMostOnce; q <= mqtt.AtLeastOnce; q++ {
		pub.Publish(t.Topic("x"), "m", q)
		if p := sub.ExpectMessage(t.Topic("x"), "m"); p.Dup {
			t.Fatalf("got %s", rawclient.Describe(p))
		}
	}
}

func dupPublisher5(t *T) {
	needQoS5(t, mqtt.ExactlyOnce)
	sub := subscriber5(t, "a", t.Topic("x"), 2)
	pub := t.Connect("b")
	for q := mqtt.AtLeastOnce; q <= mqtt.ExactlyOnce; q++ {
		pub.Publish(t.Topic("x"), "m", q, func(p *packet.Publish) { p.Dup = true })
		if p := sub.ExpectMessage(t.Topic("x"), "m"); p.Dup || p.QoS != q {
			t.Fatalf("got %s", rawclient.Describe(p))
		}
	}
}

func qos35(t *T) {
	refuse5(t, publish5(0x36, t.Topic("x"), nil, "m"), wrong5...)
}

func topicName5(t *T) {
	topic := t.Topic("x")
	refuseRows5(t, map[string][]byte{
		"no Topic Name":          frame(0x30),
		"ends inside the name":   frame(0x30, text(topic)[:5]),
		"ends inside the length": frame(0x30, []byte{0}),
		"ill-formed UTF-8":       publish5(0x30, topic+"\xC3", nil, "m"),
	}, wrong5...)
}

// nobodyGets5 sends a PUBLISH with QoS 1 that a Server must not pass on. It may close the
// connection or refuse the message by PUBACK.
func nobodyGets5(t *T, sub *rawclient.Client, sent []byte) {
	c := t.Connect("b")
	_ = c.TrySend(sent)
	p, err := c.TryNext()
	switch a := p.(type) {
	case *rawclient.Puback:
		if !a.Code.Failed() {
			t.Errorf("the server accepts the message: %v", a.Code)
		}
	case *packet.Disconnect:
		t.reason("DISCONNECT", a.Code, nil)
	default:
		t.over(c, p, err)
	}
	sub.Quiet()
}

func wildcardNames5(t *T) {
	needWildcards5(t)
	sub := subscriber5(t, "a", t.Topic("#"), 1)
	for _, name := range []string{"#", "+", "x/#", "x/+/y", "x+", "x#y"} {
		t.Case(name, func() { nobodyGets5(t, sub, publish5(0x32, t.Topic(name), nil, "m")) })
	}
	for _, filter := range []string{t.Topic("+"), t.Topic("+/+")} {
		t.Subscribe(sub, filter, 1) // where they are welcome
	}
	t.Silent(sub, Moment)
}

func matchingNames5(t *T) {
	needWildcards5(t)
	pub := t.Connect("b")
	for i, x := range []struct{ filter, matches, not string }{
		{"x", "x", "x/y"}, {"x/y", "x/y", "x"}, {"x/+", "x/y", "x/y/z"}, {"x/#", "x", "y"},
		{"x/#", "x/y/z", "xy/z"}, {"+/y", "x/y", "x/z"}, {"x/+", "x/", "x"},
		{"+/+", "/y", "y"}, {"x/+/z", "x//z", "x/z"}, {"x", "x", "X"},
	} {
		under := func(s string) string { return t.Topic(string(rune('a'+i)) + "/" + s) }
		sub := subscriber5(t, "a", under(x.filter), 0)
		pub.Publish(under(x.not), "m", mqtt.AtMostOnce)
		pub.Publish(under(x.matches), "m", mqtt.AtMostOnce)
		t.Case(x.filter, func() { sub.ExpectMessage(under(x.matches), "m") })
	}
}

func answers5(t *T) {
	needQoS5(t, mqtt.ExactlyOnce)
	c := t.Connect("a")
	c.Publish(t.Topic("x"), "m", mqtt.AtMostOnce)
	c.Quiet()
	c.Publish(t.Topic("x"), "m", mqtt.AtLeastOnce) // waits for PUBACK
	c.Quiet()
	c.Publish(t.Topic("x"), "m", mqtt.ExactlyOnce) // waits for PUBREC and PUBCOMP
	c.Quiet()
}

func overlapping5(t *T) {
	needWildcards5(t)
	needQoS5(t, mqtt.ExactlyOnce)
	sub := t.Connect("a")
	t.Subscribe(sub, t.Topic("+/y"), 2)
	t.Subscribe(sub, t.Topic("x/y"), 0)
	t.Subscribe(sub, t.Topic("x/#"), 1)
	pub := t.Connect("b")
	pub.Publish(t.Topic("x/y"), "m", mqtt.ExactlyOnce)
	pub.Publish(t.Topic("x/y"), "end", mqtt.ExactlyOnce)
	most := mqtt.AtMostOnce
	for _, p := range t.Until(sub, "end") {
		if string(p.Payload) == "m" {
			most = max(most, p.QoS)
		}
	}
	if most != mqtt.ExactlyOnce {
		t.Fatalf("the message comes with QoS %d at most, 2 was granted", most)
	}
}

func clientIdentifier5(t *T) {
	property := []byte{byte(packet.SubscriptionIdentifier), 1}
	refuse5(t, publish5(0x30, t.Topic("x"), property, "m"), wrong5...)
}

// identified5 subscribes with a Subscription Identifier.
func identified5(t *T, c *rawclient.Client, filter string, o byte, identifier ...byte) {
	property := append([]byte{byte(packet.SubscriptionIdentifier)}, identifier...)
	c.Send(subscribe5(property, text(filter), []byte{o}))
	a := rawclient.Await[*packet.Suback](c)
	if len(a.Codes) != 1 || a.Codes[0].Failed() {
		t.Fatalf("the subscription to %q fails: %s", filter, rawclient.Describe(a))
	}
}

func subscriptionIdentifiers5(t *T) {
	needWildcards5(t)
	needIdentifiers5(t)
	sub := t.Connect("a")
	identified5(t, sub, t.Topic("+/y"), 0, 1)
	identified5(t, sub, t.Topic("x/y"), 0, 0xFF, 0xFF, 0xFF, 0x7F) // the largest
	identified5(t, sub, t.Topic("x/#"), 0, 1)                      // again
	t.Subscribe(sub, t.Topic("x/+"), 0)                            // none
	t.Subscribe(sub, t.Topic("end"), 0)
	pub := t.Connect("b")
	pub.Publish(t.Topic("x/y"), "m", mqtt.AtMostOnce)
	pub.Publish(t.Topic("end"), "end", mqtt.AtMostOnce)
	copies, seen := 0, map[uint32]int{}
	for _, p := range t.Until(sub, "end") {
		if string(p.Payload) == "m" {
			copies++
		}
		for id := range p.Properties.SubscriptionIdentifiers {
			seen[id]++
		}
	}
	// One copy, or one for each: the identifiers are the same in all.
	if copies != 1 && copies != 4 || seen[268_435_455] != 1 || seen[1] < 1 || len(seen) != 2 ||
		copies == 4 && seen[1] != 2 {
		t.Fatalf("%d copies with the Subscription Identifiers (and how many) %v", copies, seen)
	}
}

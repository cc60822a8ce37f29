// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package conformance

import (
	"slices"

	"github.com/flashmq/flashmq/pkg/mqtt"
	"github.com/flashmq/flashmq/pkg/packet"
	"github.com/flashmq/flashmq/pkg/rawclient"
)

// checks5Properties are about what goes along with a message (3.3.2.3).
var checks5Properties = []Check{
	{Name: "Payload Format Indicator", Clauses: []string{"MQTT-3.3.2-4"}, Run: payloadFormat5},
	{Name: "Message Expiry Interval passes", Clauses: []string{"MQTT-3.3.2-5"}, Run: expired5},
	{Name: "Message Expiry Interval is lowered", Clauses: []string{"MQTT-3.3.2-6"},
		Run: remaining5},
	{Name: "Response Topic is a string", Clauses: []string{"MQTT-3.3.2-13"},
		Run: illFormedProperty5(packet.ResponseTopic)},
	{Name: "wildcards in Response Topics", Clauses: []string{"MQTT-3.3.2-14"},
		Run: wildcardResponse5},
	{Name: "Response Topic", Clauses: []string{"MQTT-3.3.2-15"}, Run: responseTopic5},
	{Name: "Correlation Data", Clauses: []string{"MQTT-3.3.2-16"}, Run: correlationData5},
	{Name: "User Properties", Clauses: []string{"MQTT-3.3.2-17", "MQTT-3.3.2-18"},
		Run: userProperties5},
	{Name: "Content Type is a string", Clauses: []string{"MQTT-3.3.2-19"},
		Run: illFormedProperty5(packet.ContentType)},
	{Name: "Content Type", Clauses: []string{"MQTT-3.3.2-20"}, Run: contentType5},
}

// users5 are User Properties whose order and repetition count.
var users5 = [][2]string{{"z", "1"}, {"a", "2"}, {"z", "0"}, {"", ""}, {"a", "2"}}

// addUsers5 gives a message users5.
func addUsers5(p *packet.Properties) {
	for _, x := range users5 {
		p.AddUser([]byte(x[0]), []byte(x[1]))
	}
}

// sameUsers5 expects users5.
func sameUsers5(t *T, p *packet.Publish) {
	var got [][2]string
	for key, value := range p.Properties.Users {
		got = append(got, [2]string{string(key), string(value)})
	}
	if !slices.Equal(got, users5) {
		t.Errorf("the User Properties are %q, want %q", got, users5)
	}
}

// arrivals5 publishes a message with properties and returns what arrives: at a subscriber that is
// there, with QoS 0 and with QoS 1, and at one that comes back.
func arrivals5(t *T, change func(*packet.Properties)) []*packet.Publish {
	topic := t.Topic("x")
	away5(t, "c", topic, 1)
	low, high := subscriber5(t, "a", topic, 0), subscriber5(t, "d", topic, 1)
	t.Connect("b").Publish(topic, "m", mqtt.AtLeastOnce,
		func(p *packet.Publish) { change(&p.Properties) })
	back := t.Connect("c", keeps5(60))
	all := []*packet.Publish{low.ExpectMessage(topic, "m"), high.ExpectMessage(topic, "m"),
		back.ExpectMessage(topic, "m")}
	back.Quiet() // its PUBACK has arrived, before another connection takes the Session over
	return all
}

func payloadFormat5(t *T) {
	for v := range byte(2) {
		for _, p := range arrivals5(t, func(p *packet.Properties) { p.SetPayloadFormat(v) }) {
			x := &p.Properties
			if !x.Has(packet.PayloadFormat) || x.PayloadFormat != v {
				t.Errorf("Payload Format Indicator %d comes as %d (%v)", v, x.PayloadFormat,
					x.Has(packet.PayloadFormat))
			}
		}
	}
	for _, p := range arrivals5(t, func(*packet.Properties) {}) {
		if !p.Properties.Empty() {
			t.Errorf("a message without properties comes with some")
		}
	}
}

// lasts5 is a change of PUBLISH: a Message Expiry Interval in seconds.
func lasts5(seconds uint32) func(*packet.Publish) {
	return func(p *packet.Publish) { p.Properties.SetMessageExpiryInterval(seconds) }
}

func expired5(t *T) {
	away5(t, "a", t.Topic("x"), 1)
	pub := t.Connect("b")
	pub.Publish(t.Topic("x"), "short", mqtt.AtLeastOnce, lasts5(1))
	pub.Publish(t.Topic("x"), "long", mqtt.AtLeastOnce, lasts5(300))
	t.Sleep(coarse)
	c := t.Connect("a", keeps5(60))
	c.ExpectMessage(t.Topic("x"), "long")
	c.Quiet()
}

func remaining5(t *T) {
	needRetained5(t)
	topic := t.Topic("x")
	t.Retained(topic)
	away5(t, "a", topic, 1)
	live := subscriber5(t, "d", topic, 1)
	t.Connect("b").Publish(topic, "m", mqtt.AtLeastOnce, rawclient.Retain, lasts5(300))
	left5(t, live.ExpectMessage(topic, "m"), 300)
	t.Sleep(coarse)
	left5(t, t.Connect("a", keeps5(60)).ExpectMessage(topic, "m"), 299)
	left5(t, subscriber5(t, "c", topic, 1).ExpectMessage(topic, "m"), 299)
}

// left5 expects a Message Expiry Interval of most seconds at most, and not much less.
func left5(t *T, p *packet.Publish, most uint32) {
	x := &p.Properties
	left := x.MessageExpiryInterval
	if !x.Has(packet.MessageExpiryInterval) || left > most || left < most-200 {
		t.Errorf("the Message Expiry Interval is %d (%v), at most %d are left", left,
			x.Has(packet.MessageExpiryInterval), most)
	}
}

// illFormedProperty5 is a Check of a property of PUBLISH that is a string.
func illFormedProperty5(id packet.PropertyID) func(*T) {
	return func(t *T) {
		rows := map[string][]byte{}
		for name, s := range illFormed {
			rows[name] = publish5(0x30, t.Topic("x"), text5(id, s), "m")
		}
		refuseRows5(t, rows, wrong5...)
	}
}

func wildcardResponse5(t *T) {
	sub := subscriber5(t, "a", t.Topic("x"), 1)
	for _, name := range []string{"#", "+", "a/#", "a/+/b"} {
		t.Case(name, func() {
			property := text5(packet.ResponseTopic, name)
			nobodyGets5(t, sub, publish5(0x32, t.Topic("x"), property, "m"))
		})
	}
}

func responseTopic5(t *T) {
	const want = "answers/\u00E9\uFEFF/ x"
	for _, p := range arrivals5(t, func(p *packet.Properties) {
		p.SetResponseTopic([]byte(want))
	}) {
		if got := string(p.Properties.ResponseTopic); got != want {
			t.Errorf("the Response Topic is %q, want %q", got, want)
		}
	}
}

func correlationData5(t *T) {
	const want = "\x00\xFF\x80 data"
	for _, p := range arrivals5(t, func(p *packet.Properties) {
		p.SetCorrelationData([]byte(want))
	}) {
		if got := string(p.Properties.CorrelationData); got != want {
			t.Errorf("the Correlation Data is %q, want %q", got, want)
		}
	}
}

func userProperties5(t *T) {
	for _, p := range arrivals5(t, addUsers5) {
		sameUsers5(t, p)
	}
}

func contentType5(t *T) {
	for _, want := range []string{"text/plain; charset=utf-8", ""} {
		for _, p := range arrivals5(t, func(p *packet.Properties) {
			p.SetContentType([]byte(want))
		}) {
			x := &p.Properties
			if got := string(x.ContentType); got != want || !x.Has(packet.ContentType) {
				t.Errorf("the Content Type is %q, want %q", got, want)
			}
		}
	}
}

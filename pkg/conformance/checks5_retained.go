// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package conformance

import (
	"github.com/flashmq/flashmq/pkg/mqtt"
	"github.com/flashmq/flashmq/pkg/packet"
	"github.com/flashmq/flashmq/pkg/rawclient"
)

// checks5Retained are about RETAIN, Retain Handling and Retain As Published (3.3.1.3).
var checks5Retained = []Check{
	{Name: "retained message is replaced", Clauses: []string{"MQTT-3.3.1-5"}, Run: replaced5},
	{Name: "retained message is removed", Clauses: []string{"MQTT-3.3.1-6"}, Run: removed5},
	{Name: "empty message is not retained", Clauses: []string{"MQTT-3.3.1-7"}, Run: empty5},
	{Name: "RETAIN 0 changes nothing", Clauses: []string{"MQTT-3.3.1-8"}, Run: retain05},
	{Name: "Retain Handling 0", Clauses: []string{"MQTT-3.3.1-9"}, Run: retainHandling05},
	{Name: "Retain Handling 1", Clauses: []string{"MQTT-3.3.1-10"}, Run: retainHandling15},
	{Name: "Retain Handling 2", Clauses: []string{"MQTT-3.3.1-11"}, Run: retainHandling25},
	{Name: "Retain As Published 0", Clauses: []string{"MQTT-3.3.1-12"},
		Run: retainAsPublished5(0, false)},
	{Name: "Retain As Published 1", Clauses: []string{"MQTT-3.3.1-13"},
		Run: retainAsPublished5(mqtt.OptionRetainAsPub, true)},
	{Name: "properties of a retained message", Clauses: []string{"MQTT-3.3.2-17",
		"MQTT-3.3.2-18", "MQTT-3.3.2-20"}, Run: retainedProperties5},
}

// Retain Handling in Subscription Options (3.8.3.1).
const (
	ifNew5 = mqtt.SubscriptionOptions(mqtt.SendRetainedIfNew) << 4
	never5 = mqtt.SubscriptionOptions(mqtt.SendNoRetained) << 4
)

// retained5 returns a publisher that has left the retained message "old" in the topic x.
func retained5(t *T) *rawclient.Client {
	needRetained5(t)
	t.Retained(t.Topic("x"))
	pub := t.Connect("b")
	pub.Publish(t.Topic("x"), "old", mqtt.AtLeastOnce, rawclient.Retain)
	return pub
}

// kept5 expects the retained message of the topic x to be this one.
func kept5(t *T, payload string) *packet.Publish {
	c := subscriber5(t, "c", t.Topic("x"), 1)
	p := c.ExpectMessage(t.Topic("x"), payload)
	if !p.Retain {
		t.Fatalf("the retained message has RETAIN 0")
	}
	t.Silent(c, Moment/4)
	t.Disconnect(c)
	return p
}

// unkept5 expects that the topic x has no retained message.
func unkept5(t *T) {
	c := subscriber5(t, "c", t.Topic("x"), 1)
	t.Silent(c, Moment)
	t.Disconnect(c)
}

func replaced5(t *T) {
	pub := retained5(t)
	if p := kept5(t, "old"); p.QoS != mqtt.AtLeastOnce {
		t.Errorf("the message was published with QoS 1, and comes with QoS %d", p.QoS)
	}
	pub.Publish(t.Topic("x"), "new", mqtt.AtMostOnce, rawclient.Retain)
	pub.Quiet()
	if p := kept5(t, "new"); p.QoS != mqtt.AtMostOnce {
		t.Errorf("the message was published with QoS 0, and comes with QoS %d", p.QoS)
	}
}

func removed5(t *T) {
	pub := retained5(t)
	live := t.Connect("a")
	t.Subscribe(live, t.Topic("x"), 1|never5)
	pub.Publish(t.Topic("x"), "", mqtt.AtLeastOnce, rawclient.Retain)
	live.ExpectMessage(t.Topic("x"), "") // processed as any other
	unkept5(t)
}

func empty5(t *T) {
	needRetained5(t)
	t.Connect("b").Publish(t.Topic("x"), "", mqtt.AtLeastOnce, rawclient.Retain)
	unkept5(t)
}

func retain05(t *T) {
	pub := retained5(t)
	pub.Publish(t.Topic("x"), "live", mqtt.AtLeastOnce)
	kept5(t, "old")
	pub.Publish(t.Topic("x"), "", mqtt.AtLeastOnce)
	kept5(t, "old")
	pub.Publish(t.Topic("x"), "", mqtt.AtLeastOnce, rawclient.Retain)
	pub.Publish(t.Topic("x"), "live", mqtt.AtLeastOnce)
	unkept5(t)
}

func retainHandling05(t *T) {
	retained5(t)
	c := t.Connect("a")
	for range 2 { // for a new subscription, and for one that exists
		t.Subscribe(c, t.Topic("x"), 1)
		c.ExpectMessage(t.Topic("x"), "old")
	}
	t.Silent(c, Moment)
}

func retainHandling15(t *T) {
	retained5(t)
	c := t.Connect("a", keeps5(60))
	t.Subscribe(c, t.Topic("x"), 1|ifNew5)
	c.ExpectMessage(t.Topic("x"), "old")
	t.Subscribe(c, t.Topic("x"), ifNew5)
	t.Silent(c, Moment)
	t.Disconnect(c)
	c = t.Connect("a", keeps5(60)) // the subscription exists in the Session
	t.Subscribe(c, t.Topic("x"), 1|ifNew5)
	t.Silent(c, Moment)
	c.Unsubscribe(t.Topic("x"))
	t.Subscribe(c, t.Topic("x"), 1|ifNew5)
	c.ExpectMessage(t.Topic("x"), "old")
}

func retainHandling25(t *T) {
	pub := retained5(t)
	c := t.Connect("a")
	t.Subscribe(c, t.Topic("x"), 1|never5)
	t.Subscribe(c, t.Topic("x"), never5)
	t.Silent(c, Moment)
	pub.Publish(t.Topic("x"), "live", mqtt.AtLeastOnce)
	c.ExpectMessage(t.Topic("x"), "live")
}

// retainAsPublished5 is a Check of the option: what a message published with RETAIN 1 has when it
// comes. One published with RETAIN 0 has 0.
func retainAsPublished5(option mqtt.SubscriptionOptions, want bool) func(*T) {
	return func(t *T) {
		needRetained5(t)
		t.Retained(t.Topic("x"))
		sub := subscriber5(t, "a", t.Topic("x"), 1|option)
		pub := t.Connect("b")
		for q := mqtt.AtMostOnce; q <= mqtt.AtLeastOnce; q++ {
			pub.Publish(t.Topic("x"), "1", q, rawclient.Retain)
			if p := sub.ExpectMessage(t.Topic("x"), "1"); p.Retain != want {
				t.Errorf("RETAIN 1 with QoS %d comes as %v", q, p.Retain)
			}
			pub.Publish(t.Topic("x"), "0", q)
			if p := sub.ExpectMessage(t.Topic("x"), "0"); p.Retain {
				t.Errorf("RETAIN 0 with QoS %d comes as 1", q)
			}
		}
	}
}

func retainedProperties5(t *T) {
	needRetained5(t)
	t.Retained(t.Topic("x"))
	t.Connect("b").Publish(t.Topic("x"), "m", mqtt.AtLeastOnce, rawclient.Retain,
		func(p *packet.Publish) {
			addUsers5(&p.Properties)
			p.Properties.SetContentType([]byte("type"))
		})
	p := kept5(t, "m")
	sameUsers5(t, p)
	if string(p.Properties.ContentType) != "type" {
		t.Errorf("the Content Type is %q", p.Properties.ContentType)
	}
}

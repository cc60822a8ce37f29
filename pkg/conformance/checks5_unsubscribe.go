// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package conformance

import (
	"slices"

	"github.com/flashmq/flashmq/pkg/mqtt"
	"github.com/flashmq/flashmq/pkg/packet"
	"github.com/flashmq/flashmq/pkg/rawclient"
)

// checks5Unsubscribe are about UNSUBSCRIBE, UNSUBACK and PINGREQ (3.10 to 3.12).
var checks5Unsubscribe = []Check{
	{Name: "flags of UNSUBSCRIBE", Clauses: []string{"MQTT-3.10.1-1"}, Run: flags5(0xA0, 2)},
	{Name: "Topic Filter of UNSUBSCRIBE is a string", Clauses: []string{"MQTT-3.10.3-1"},
		Run: illFormedUnsubscribe5},
	{Name: "UNSUBSCRIBE without a Topic Filter", Clauses: []string{"MQTT-3.10.3-2"},
		Run: emptyUnsubscribe5},
	{Name: "character by character", Clauses: []string{"MQTT-3.10.4-1", "MQTT-3.10.4-2"},
		Run: compared5},
	{Name: "delivery that has begun", Clauses: []string{"MQTT-3.10.4-3"}, Run: begun5},
	{Name: "delivery that has begun, resumed", Clauses: []string{"MQTT-3.10.4-3"},
		Run: begunResumed5},
	{Name: "UNSUBACK", Clauses: []string{"MQTT-3.10.4-4", "MQTT-3.10.4-5", "MQTT-3.10.4-6",
		"MQTT-3.11.3-1", "MQTT-3.11.3-2"}, Run: unsuback5},
	{Name: "UNSUBACK fits Maximum Packet Size", Clauses: []string{"MQTT-3.11.2-1",
		"MQTT-3.11.2-2", "MQTT-3.1.2-24"}, Run: answerFits5("UNSUBACK")},
	{Name: "PINGREQ", Clauses: []string{"MQTT-3.12.4-1"}, Run: ping5},
}

// unsubscribe5 is an UNSUBSCRIBE, right or wrong, with the Packet Identifier 1.
func unsubscribe5(filters ...string) []byte {
	parts := [][]byte{number16(1), block5()}
	for _, f := range filters {
		parts = append(parts, text(f))
	}
	return frame(0xA2, parts...)
}

func illFormedUnsubscribe5(t *T) {
	rows := map[string][]byte{"U+0000": unsubscribe5(t.Topic("\x00"))}
	for name, s := range illFormed {
		rows[name] = unsubscribe5(t.Topic(s))
	}
	refuseRows5(t, rows, wrong5...)
}

func emptyUnsubscribe5(t *T) {
	refuseRows5(t, map[string][]byte{
		"no Topic Filter":        unsubscribe5(),
		"ends inside the filter": frame(0xA2, number16(1), block5(), []byte{0, 9, 'x'}),
		"no Property Length":     frame(0xA2, number16(1)),
	}, wrong5...)
}

func compared5(t *T) {
	needWildcards5(t)
	c := subscriber5(t, "a", t.Topic("+/y"), 0)
	for _, other := range []string{"x/y", "+/Y", "+/y/", "+/+", "#", "/+/y"} {
		c.Unsubscribe(t.Topic(other))
	}
	c.Publish(t.Topic("x/y"), "still", mqtt.AtMostOnce)
	c.ExpectMessage(t.Topic("x/y"), "still")
	t.Subscribe(c, t.Topic("x/y"), 0)
	c.Unsubscribe(t.Topic("+/y"))
	c.Publish(t.Topic("z/y"), "to nobody", mqtt.AtMostOnce)
	c.Publish(t.Topic("x/y"), "only once", mqtt.AtMostOnce)
	c.ExpectMessage(t.Topic("x/y"), "only once")
	t.Silent(c, Moment)
}

// unacknowledged5 is a Client with a message of each QoS above 0 that it has not acknowledged, and
// without the subscription they came by.
func unacknowledged5(t *T) (c *rawclient.Client, one, two *packet.Publish) {
	needQoS5(t, mqtt.ExactlyOnce)
	c = t.Connect("a", keeps5(60))
	t.Subscribe(c, t.Topic("x"), 2)
	pub := t.Connect("b")
	pub.Publish(t.Topic("x"), "1", mqtt.AtLeastOnce)
	pub.Publish(t.Topic("x"), "2", mqtt.ExactlyOnce)
	one, two = expect5(t, c, "1"), expect5(t, c, "2")
	c.Unsubscribe(t.Topic("x"))
	pub.Publish(t.Topic("x"), "3", mqtt.AtLeastOnce)
	return c, one, two
}

func begun5(t *T) {
	c, one, two := unacknowledged5(t)
	c.Acknowledge(one)
	c.Acknowledge(two) // waits for PUBREL
	t.Silent(c, Moment)
}

func begunResumed5(t *T) {
	c, _, _ := unacknowledged5(t)
	c.Cut()
	c = t.Connect("a", keeps5(60))
	c.ExpectMessage(t.Topic("x"), "1")
	c.ExpectMessage(t.Topic("x"), "2")
	t.Silent(c, Moment)
}

func unsuback5(t *T) {
	c := t.Connect("a")
	t.Subscribe(c, t.Topic("x"), 0)
	t.Subscribe(c, t.Topic("y"), 0)
	c.Send(unsubscribe5(t.Topic("x"), t.Topic("never"), t.Topic("y"), t.Topic("x")))
	a := rawclient.Expect[*packet.Unsuback](c) // which knows the Reason Codes
	const none = mqtt.NoSubscriptionExisted
	want := []mqtt.ReasonCode{mqtt.Success, none, mqtt.Success, none}
	if a.ID != 1 || !slices.Equal(a.Codes, want) {
		t.Fatalf("UNSUBACK %d with %v, want 1 with %v", a.ID, a.Codes, want)
	}
	c.Publish(t.Topic("x"), "m", mqtt.AtLeastOnce)
	c.Publish(t.Topic("y"), "m", mqtt.AtLeastOnce)
	t.Silent(c, Moment)
}

func ping5(t *T) {
	c := t.Connect("a")
	for range 3 {
		c.Quiet()
	}
	c.Send(append(frame(0xC0), frame(0xC0)...))
	rawclient.Expect[*rawclient.Pingresp](c)
	rawclient.Expect[*rawclient.Pingresp](c)
}

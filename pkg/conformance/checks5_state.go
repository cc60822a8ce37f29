// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package conformance

import (
	"github.com/flashmq/flashmq/pkg/mqtt"
	"github.com/flashmq/flashmq/pkg/packet"
	"github.com/flashmq/flashmq/pkg/rawclient"
)

// checks5State are about the Session State and what is sent again (4.1, 4.3 to 4.5).
var checks5State = []Check{
	{Name: "Session State of an open connection", Clauses: []string{"MQTT-4.1.0-1"},
		Run: openSession5},
	{Name: "Session Expiry Interval", Clauses: []string{"MQTT-4.1.0-2"}, Run: sessionExpiry5},
	{Name: "no Session Expiry Interval", Clauses: []string{"MQTT-4.1.0-2"}, Run: noExpiry5},
	{Name: "Session Expiry Interval of DISCONNECT", Clauses: []string{"MQTT-4.1.0-2",
		"MQTT-3.1.2-23"}, Run: changedExpiry5},
	{Name: "QoS 1 until PUBACK", Clauses: []string{"MQTT-4.3.2-3", "MQTT-4.4.0-1"},
		Run: unacknowledgedQoS15},
	{Name: "PUBREL with the Packet Identifier", Clauses: []string{"MQTT-4.3.3-4"}, Run: pubrel5},
	{Name: "QoS 2 until PUBREC", Clauses: []string{"MQTT-4.3.3-3", "MQTT-4.3.3-2",
		"MQTT-4.4.0-1"}, Run: unreceived5},
	{Name: "QoS 2 until PUBCOMP", Clauses: []string{"MQTT-4.3.3-5", "MQTT-4.3.3-6",
		"MQTT-4.4.0-1"}, Run: uncompleted5},
	{Name: "no expiry of what was sent", Clauses: []string{"MQTT-4.3.3-7"}, Run: noExpirySent5},
	{Name: "nothing is sent again on a connection", Clauses: []string{"MQTT-4.4.0-1"},
		Run: notAgain5},
	{Name: "acknowledgement that refuses", Clauses: []string{"MQTT-4.4.0-2"},
		Run: refusedMessages5},
	{Name: "message for every Session", Clauses: []string{"MQTT-4.5.0-1"}, Run: everySession5},
}

func openSession5(t *T) {
	c := t.Connect("a", keeps5(1))
	t.Subscribe(c, t.Topic("x"), 1)
	t.Connect("b").Publish(t.Topic("x"), "1", mqtt.AtLeastOnce)
	expect5(t, c, "1")
	t.Silent(c, coarse) // longer than the Session Expiry Interval, which has not begun
	t.Connect("b").Publish(t.Topic("x"), "2", mqtt.AtLeastOnce)
	expect5(t, c, "2")
	c.Cut()
	c, a := t.ConnectAnswer("a", keeps5(60))
	if !a.SessionPresent {
		t.Fatalf("the Session is gone")
	}
	c.ExpectMessage(t.Topic("x"), "1")
	c.ExpectMessage(t.Topic("x"), "2")
}

func sessionExpiry5(t *T) {
	c := t.Connect("a", keeps5(1))
	t.Subscribe(c, t.Topic("x"), 1)
	t.Disconnect(c)
	t.Sleep(coarse)
	t.Connect("b").Publish(t.Topic("x"), "m", mqtt.AtLeastOnce)
	gone5(t)
}

// gone5 expects that there is no Session.
func gone5(t *T) {
	c, a := t.ConnectAnswer("a", keeps5(60))
	if a.SessionPresent {
		t.Fatalf("the Session is still there")
	}
	t.Silent(c, Moment)
}

func noExpiry5(t *T) {
	for _, change := range []func(*packet.Connect){
		func(p *packet.Connect) { p.CleanStart = false },
		keeps5(0),
	} {
		c := t.Connect("a", change)
		t.Subscribe(c, t.Topic("x"), 1)
		t.Disconnect(c)
		gone5(t)
		t.Disconnect(t.Connect("a"))
	}
}

// disconnect5 is a DISCONNECT with a Session Expiry Interval.
func disconnect5(seconds uint32) []byte {
	return frame(0xE0, []byte{0}, block5(long5(packet.SessionExpiryInterval, seconds)))
}

func changedExpiry5(t *T) {
	c := t.Connect("a", keeps5(60))
	t.Subscribe(c, t.Topic("x"), 1)
	goodbye5(t, c, disconnect5(0))
	gone5(t)
	c = t.Connect("a") // whose Session Expiry Interval is 0 and must not be raised (3.14.2.2.2)
	c.Send(disconnect5(60))
	t.Closed(c, wrong5...)
	gone5(t)
	t.Disconnect(t.Connect("a"))
	goodbye5(t, t.Connect("a", keeps5(1)), disconnect5(60))
	t.Sleep(coarse)
	if _, a := t.ConnectAnswer("a", keeps5(60)); !a.SessionPresent {
		t.Fatalf("the Session is gone after the interval of CONNECT, and not of DISCONNECT")
	}
}

// given5 is a Client with a Session that was given one message and has answered nothing yet.
func given5(t *T, q mqtt.QoS, change ...func(*packet.Publish)) (
	*rawclient.Client, *packet.Publish) {
	needQoS5(t, q)
	c := t.Connect("a", keeps5(60))
	t.Subscribe(c, t.Topic("x"), mqtt.SubscriptionOptions(q))
	t.Connect("b").Publish(t.Topic("x"), "m", q, change...)
	p := expect5(t, c, "m")
	if p.Dup || p.QoS != q || p.ID == 0 {
		t.Fatalf("got %s for the first time", rawclient.Describe(p))
	}
	return c, p
}

// again5 resumes the Session and expects the message another time.
func again5(t *T, first *packet.Publish) *rawclient.Client {
	c := t.Connect("a", keeps5(60))
	p := expect5(t, c, string(first.Payload))
	if !p.Dup || p.ID != first.ID || p.QoS != first.QoS {
		t.Fatalf("got %s again, it was %s", rawclient.Describe(p), rawclient.Describe(first))
	}
	return c
}

func unacknowledgedQoS15(t *T) {
	c, p := given5(t, mqtt.AtLeastOnce)
	c.Cut()
	again5(t, p).Cut()
	c = again5(t, p)
	c.Acknowledge(p)
	c.Quiet()
	c.Cut()
	t.Silent(t.Connect("a", keeps5(60)), Moment)
}

func pubrel5(t *T) {
	c, p := given5(t, mqtt.ExactlyOnce)
	c.SendAck(packet.PUBREC, p.ID)
	r := rawclient.Expect[*rawclient.Pubrel](c)
	if r.ID != p.ID || r.Code != mqtt.Success {
		t.Fatalf("PUBREL %d with %v, want %d with success", r.ID, r.Code, p.ID)
	}
	c.SendAck(packet.PUBCOMP, p.ID)
	t.Silent(c, Moment)
}

func unreceived5(t *T) {
	c, p := given5(t, mqtt.ExactlyOnce)
	c.Cut()
	again5(t, p).Cut()
	c = again5(t, p)
	c.Acknowledge(p)
	t.Silent(c, Moment)
}

func uncompleted5(t *T) {
	c, p := given5(t, mqtt.ExactlyOnce)
	c.SendAck(packet.PUBREC, p.ID)
	for range 2 {
		if r := rawclient.Expect[*rawclient.Pubrel](c); r.ID != p.ID {
			t.Fatalf("PUBREL %d, want %d", r.ID, p.ID)
		}
		t.Silent(c, Moment/4)
		c.Cut()
		c = t.Connect("a", keeps5(60)) // PUBREL comes again, PUBLISH does not
	}
	rawclient.Expect[*rawclient.Pubrel](c)
	c.SendAck(packet.PUBCOMP, p.ID)
	c.Quiet()
	c.Cut()
	t.Silent(t.Connect("a", keeps5(60)), Moment)
}

func noExpirySent5(t *T) {
	c, p := given5(t, mqtt.ExactlyOnce, lasts5(1))
	c.Cut()
	t.Sleep(coarse)
	c = again5(t, p)
	c.Acknowledge(p)
}

func notAgain5(t *T) {
	c, p := given5(t, mqtt.AtLeastOnce)
	t.Connect("b").Publish(t.Topic("x"), "next", mqtt.AtLeastOnce)
	next := expect5(t, c, "next")
	t.Silent(c, Moment)
	c.Acknowledge(next) // before the first, which does not make that one come again
	t.Silent(c, Moment)
	c.Acknowledge(p)
	t.Silent(c, Moment)
}

func refusedMessages5(t *T) {
	for q, answer := range map[mqtt.QoS]packet.Type{1: packet.PUBACK, 2: packet.PUBREC} {
		c, p := given5(t, q)
		c.Send(refusing5(answer, p.ID))
		t.Silent(c, Moment) // in particular no PUBREL
		c.Cut()
		t.Silent(t.Connect("a", keeps5(60)), Moment)
	}
}

func everySession5(t *T) {
	needWildcards5(t)
	away5(t, "a", t.Topic("x"), 1)
	away5(t, "c", t.Topic("+"), 2)
	live := subscriber5(t, "d", t.Topic("#"), 0)
	pub := t.Connect("b")
	pub.Publish(t.Topic("x"), "1", mqtt.AtLeastOnce)
	pub.Publish(t.Topic("x"), "2", mqtt.AtLeastOnce)
	for _, c := range []*rawclient.Client{live, t.Connect("a", keeps5(60)),
		t.Connect("c", keeps5(60))} {
		c.ExpectMessage(t.Topic("x"), "1")
		c.ExpectMessage(t.Topic("x"), "2")
		c.Quiet()
	}
}

// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package conformance

import (
	"github.com/flashmq/flashmq/pkg/mqtt"
	"github.com/flashmq/flashmq/pkg/packet"
	"github.com/flashmq/flashmq/pkg/rawclient"
)

// checks5Connack are about CONNACK (3.2).
var checks5Connack = []Check{
	{Name: "CONNACK comes first", Clauses: []string{"MQTT-3.2.0-1"}, Run: connackFirst5},
	{Name: "only one CONNACK", Clauses: []string{"MQTT-3.2.0-2"}, Run: oneConnack5},
	{Name: "Connect Acknowledge Flags", Clauses: []string{"MQTT-3.2.2-1"}, Run: connackFlags5},
	{Name: "CONNACK that refuses", Clauses: []string{"MQTT-3.2.2-6", "MQTT-3.2.2-7",
		"MQTT-3.2.2-8", "MQTT-4.13.2-1"}, Run: refusal5},
	{Name: "Maximum QoS", Clauses: []string{"MQTT-3.2.2-9"}, Run: announcedQoS5},
	{Name: "Requested QoS 0, 1 and 2", Clauses: []string{"MQTT-3.2.2-10"}, Run: requestedQoS5},
	{Name: "PUBLISH above Maximum QoS", Clauses: []string{"MQTT-3.2.2-11"}, Run: excessQoS5},
	{Name: "Will QoS above Maximum QoS", Clauses: []string{"MQTT-3.2.2-12"}, Run: excessWill5},
	{Name: "Will Retain without retained messages", Clauses: []string{"MQTT-3.2.2-13"},
		Run: unretainedWill5},
	{Name: "RETAIN without retained messages", Clauses: []string{"MQTT-3.2.2-14"},
		Run: unretained5},
	{Name: "Maximum Packet Size of the Server", Clauses: []string{"MQTT-3.2.2-15"},
		Run: tooLarge5},
	{Name: "CONNACK fits Maximum Packet Size", Clauses: []string{"MQTT-3.2.2-19",
		"MQTT-3.2.2-20", "MQTT-3.1.2-24"}, Run: connackFits5},
}

func connackFirst5(t *T) {
	away5(t, "a", t.Topic("x"), 1)
	t.Connect("b").Publish(t.Topic("x"), "queued", mqtt.AtLeastOnce)
	// Connect expects CONNACK as the first packet, and a message waits.
	t.Connect("a", keeps5(60)).ExpectMessage(t.Topic("x"), "queued")
}

func oneConnack5(t *T) {
	c := t.Connect("a")
	t.Subscribe(c, t.Topic("x"), 0)
	c.Publish(t.Topic("x"), "m", mqtt.AtMostOnce)
	c.ExpectMessage(t.Topic("x"), "m")
	t.Silent(c, Moment)
}

func connackFlags5(t *T) {
	for _, change := range []func(*packet.Connect){
		func(*packet.Connect) {}, keeps5(60), keeps5(60), // the last resumes
	} {
		c := t.Dial()
		c.Send(rawclient.Connect(t.version, t.ID("a"), t.Login, change))
		t.endSession(t.ID("a"))
		if raw := raw5(t, c); raw[0] != 0x20 || raw[2]&0xFE != 0 {
			t.Fatalf("CONNACK begins with % X", raw[:min(len(raw), 4)])
		}
	}
}

// method5 is a change of CONNECT for which the Server has a reason to refuse it.
func method5(p *packet.Connect) {
	p.Properties.SetAuthenticationMethod([]byte("conformance-unknown"))
}

func refusal5(t *T) {
	away5(t, "a", t.Topic("x"), 0)
	c := t.Dial()
	c.Send(rawclient.Connect(t.version, t.ID("a"), t.Login, keeps5(60), method5))
	p, err := c.TryNext() // which knows the Reason Codes of CONNACK
	if err == nil {
		a, ok := p.(*packet.Connack)
		switch {
		case !ok || !a.Code.Failed():
			t.Fatalf("got %s for an unknown Authentication Method", rawclient.Describe(p))
		case a.SessionPresent:
			t.Fatalf("Session Present in a CONNACK that refuses")
		}
		c.ExpectClosed()
		return
	}
	t.over(c, p, err)
}

func announcedQoS5(t *T) {
	c, a := t.ConnectAnswer("a")
	for q := mqtt.AtMostOnce; q <= maximumQoS5(&a.Properties); q++ {
		c.Publish(t.Topic("x"), "m", q)
	}
	c.Quiet()
}

func requestedQoS5(t *T) {
	c := t.Connect("a")
	for q := mqtt.AtMostOnce; q <= mqtt.ExactlyOnce; q++ {
		c.Send(rawclient.Subscribe(t.version, 1, t.Topic("x"), mqtt.SubscriptionOptions(q)))
		a := rawclient.Expect[*packet.Suback](c)
		if len(a.Codes) != 1 || a.Codes[0] > mqtt.ReasonCode(q) {
			t.Fatalf("Requested QoS %d: got %v", q, a.Codes)
		}
	}
}

// lowerQoS5 is a QoS that the Server does not take; where it takes all, the check ends.
func lowerQoS5(t *T) mqtt.QoS {
	most := maximumQoS5(announced5(t))
	if most == mqtt.ExactlyOnce {
		t.Unsupported("the server takes every QoS, so that none is too high")
	}
	return most + 1
}

func excessQoS5(t *T) {
	first := 0x30 | byte(lowerQoS5(t))<<1
	refuse5(t, publish5(first, t.Topic("x"), nil, "m"), mqtt.QoSNotSupported)
}

func excessWill5(t *T) {
	q := lowerQoS5(t)
	refuseFirst5(t, rawclient.Connect(t.version, t.ID("a"), t.Login,
		rawclient.Will(t.Topic("will"), "will"), func(p *packet.Connect) { p.WillQoS = q }))
}

// unretains5 ends the check where there are retained messages.
func unretains5(t *T) {
	if a := announced5(t); !a.Has(packet.RetainAvailable) || a.RetainAvailable == 1 {
		t.Unsupported("the server has retained messages")
	}
}

func unretainedWill5(t *T) {
	unretains5(t)
	refuseFirst5(t, rawclient.Connect(t.version, t.ID("a"), t.Login,
		rawclient.Will(t.Topic("will"), "will"),
		func(p *packet.Connect) { p.WillRetain = true }))
}

func unretained5(t *T) {
	unretains5(t)
	refuse5(t, publish5(0x31, t.Topic("x"), nil, "m"), mqtt.RetainNotSupported)
}

func tooLarge5(t *T) {
	a := announced5(t)
	if !a.Has(packet.MaximumPacketSize) || a.MaximumPacketSize > 4<<20 {
		t.Unsupported("the server takes packets of more than 4 MiB")
	}
	payload := string(make([]byte, a.MaximumPacketSize))
	refuse5(t, publish5(0x30, t.Topic("x"), nil, payload), mqtt.PacketTooLarge)
}

// tight5 is the size of the CONNACK that the Server sends to a Client without Maximum Packet Size.
func tight5(t *T) uint32 {
	c := t.Dial()
	c.Send(rawclient.Connect(t.version, t.ID("tight"), t.Login))
	size := len(raw5(t, c))
	_ = c.Close()
	return uint32(size)
}

// within5 is a change of CONNECT: a Maximum Packet Size.
func within5(size uint32) func(*packet.Connect) {
	return func(p *packet.Connect) { p.Properties.SetMaximumPacketSize(size) }
}

func connackFits5(t *T) {
	size := tight5(t)
	for _, change := range []func(*packet.Connect){func(*packet.Connect) {}, method5} {
		for ; size > 1; size /= 2 {
			c := t.Dial()
			c.Send(rawclient.Connect(t.version, t.ID("a"), t.Login, change, within5(size)))
			if raw, err := c.NextRaw(); err == nil && len(raw) > int(size) {
				t.Fatalf("%d bytes for a Maximum Packet Size of %d", len(raw), size)
			}
			_ = c.Close()
		}
		size = tight5(t)
	}
}

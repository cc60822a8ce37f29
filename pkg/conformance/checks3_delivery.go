// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package conformance

import (
	"fmt"

	"github.com/flashmq/flashmq/pkg/mqtt"
	"github.com/flashmq/flashmq/pkg/packet"
	"github.com/flashmq/flashmq/pkg/rawclient"
)

// sessionChecks3 are those of sections 4.1 to 4.4.
var sessionChecks3 = []Check{
	{"Session as long as its connection", []string{"MQTT-4.1.0-2"}, func(t *T) {
		c, topic := t.watch("a")
		p := t.Connect("p")
		for i := range 3 {
			t.Sleep(Moment)
			p.Publish(topic, "still there", mqtt.QoS(i))
			c.ExpectMessage(topic, "still there")
		}
	}},
	{"sender at QoS 1", []string{"MQTT-4.3.2-1"}, checkSenderQoS13},
	{"receiver at QoS 1", []string{"MQTT-4.3.2-2"}, checkReceiverQoS13},
	{"sender at QoS 2", []string{"MQTT-4.3.3-1"}, checkSenderQoS23},
	{"receiver at QoS 2", []string{"MQTT-4.3.3-2"}, checkReceiverQoS23},
	{"packets sent again", []string{"MQTT-4.4.0-1"}, checkSentAgain3},
}

// deliveryChecks3 are those of sections 4.5 and 4.6.
var deliveryChecks3 = []Check{
	{"messages for every Subscription", []string{"MQTT-4.5.0-1"}, checkEverySession3},
	{"order of packets sent again", []string{"MQTT-4.6.0-1"}, checkOrderAgain3},
	{"order of messages", []string{"MQTT-4.6.0-5", "MQTT-4.6.0-6"}, checkOrder3},
	{"order of PUBREL", []string{"MQTT-4.6.0-6"}, checkOrderPubrel3},
}

func checkSenderQoS13(t *T) {
	c, p, topic := t.Connect("c", rawclient.Resume), t.Connect("p"), t.Topic("a")
	t.Subscribe(c, topic, 1)
	p.Publish(topic, "first", mqtt.AtLeastOnce)
	p.Publish(topic, "second", mqtt.AtLeastOnce)
	first := rawclient.Expect[*packet.Publish](c)
	second := rawclient.Expect[*packet.Publish](c)
	if first.QoS != 1 || first.Dup || second.Dup || first.ID == second.ID {
		t.Errorf("got %s and %s", rawclient.Describe(first), rawclient.Describe(second))
	}
	c.Acknowledge(second)
	t.alive(c)
	c.Cut()
	c = t.Connect("c", rawclient.Resume)
	if got := c.ExpectMessage(topic, "first"); got.ID != first.ID {
		t.Errorf("sent again with identifier %d, before %d", got.ID, first.ID)
	}
	t.alive(c)
	c.Cut()
	t.Silent(t.Connect("c", rawclient.Resume), Moment) // all is acknowledged
}

func checkReceiverQoS13(t *T) {
	c, topic := t.watch("a")
	p := t.Connect("p")
	for _, again := range []bool{false, false, true} {
		p.Send(rawclient.Publish(t.version, 7, topic, []byte("new"), 1,
			func(p *packet.Publish) { p.Dup = again }))
		if a := rawclient.Expect[*rawclient.Puback](p); a.ID != 7 {
			t.Errorf("PUBACK %d for PUBLISH 7", a.ID)
		}
		c.ExpectMessage(topic, "new")
	}
	t.alive(c)
}

func checkSenderQoS23(t *T) {
	c, p, topic := t.Connect("c", rawclient.Resume), t.Connect("p"), t.Topic("a")
	t.Subscribe(c, topic, 2)
	p.Publish(topic, "message", mqtt.ExactlyOnce)
	sent := rawclient.Expect[*packet.Publish](c)
	if sent.QoS != 2 || sent.Dup {
		t.Errorf("got %s", rawclient.Describe(sent))
	}
	c.SendAck(packet.PUBREC, sent.ID)
	for range 2 { // PUBREL again and no PUBLISH, until PUBCOMP
		if r := rawclient.Expect[*rawclient.Pubrel](c); r.ID != sent.ID {
			t.Errorf("PUBREL %d for PUBLISH %d", r.ID, sent.ID)
		}
		t.alive(c)
		c.Cut()
		c = t.Connect("c", rawclient.Resume)
	}
	rawclient.Expect[*rawclient.Pubrel](c)
	c.SendAck(packet.PUBCOMP, sent.ID)
	t.alive(c)
	c.Cut()
	t.Silent(t.Connect("c", rawclient.Resume), Moment)
}

func checkReceiverQoS23(t *T) {
	c, topic := t.watch("a")
	p := t.Connect("p", rawclient.Resume)
	send := func(again bool) {
		p.Send(rawclient.Publish(t.version, 7, topic, []byte("message"), 2,
			func(p *packet.Publish) { p.Dup = again }))
		if r := rawclient.Expect[*rawclient.Pubrec](p); r.ID != 7 {
			t.Errorf("PUBREC %d for PUBLISH 7", r.ID)
		}
	}
	for range 2 { // the second time it is a new message
		send(false)
		send(true)
		p.Cut()
		p = t.Connect("p", rawclient.Resume)
		send(true)
		p.SendAck(packet.PUBREL, 7)
		if r := rawclient.Expect[*rawclient.Pubcomp](p); r.ID != 7 {
			t.Errorf("PUBCOMP %d for PUBREL 7", r.ID)
		}
		c.ExpectMessage(topic, "message")
	}
	t.Silent(c, Moment)
}

func checkSentAgain3(t *T) {
	c, p, topic := t.Connect("c", rawclient.Resume), t.Connect("p"), t.Topic("a")
	t.Subscribe(c, topic, 2)
	var sent []*packet.Publish
	for _, q := range []mqtt.QoS{1, 2, 2} {
		p.Publish(topic, "message", q)
		sent = append(sent, rawclient.Expect[*packet.Publish](c))
	}
	c.SendAck(packet.PUBREC, sent[2].ID)
	rawclient.Expect[*rawclient.Pubrel](c)
	c.Cut()
	c = t.Connect("c", rawclient.Resume)
	again := map[string]bool{}
	for range sent {
		switch got := c.Next().(type) {
		case *packet.Publish:
			again[fmt.Sprintf("PUBLISH %d at QoS %d, DUP %v", got.ID, got.QoS, got.Dup)] = true
		case *rawclient.Pubrel:
			again[fmt.Sprintf("PUBREL %d", got.ID)] = true
		default:
			t.Fatalf("got %s", rawclient.Describe(got))
		}
	}
	for _, want := range []string{
		fmt.Sprintf("PUBLISH %d at QoS 1, DUP true", sent[0].ID),
		fmt.Sprintf("PUBLISH %d at QoS 2, DUP true", sent[1].ID),
		fmt.Sprintf("PUBREL %d", sent[2].ID),
	} {
		if !again[want] {
			t.Errorf("no %s; sent again are %v", want, again)
		}
	}
}

func checkEverySession3(t *T) {
	p, topic := t.Connect("p"), t.Topic("a/b")
	away := t.Connect("away", rawclient.Resume)
	t.Subscribe(away, topic, 1)
	t.Disconnect(away)
	var all []*rawclient.Client
	for i, filter := range []string{"a/b", "a/+", "a/#", "#", "+/b"} {
		c := t.Connect(fmt.Sprint("c", i))
		t.Subscribe(c, t.Topic(filter), 1)
		all = append(all, c)
	}
	p.Publish(topic, "for all", mqtt.AtLeastOnce)
	for _, c := range append(all, t.Connect("away", rawclient.Resume)) {
		c.ExpectMessage(topic, "for all")
		t.alive(c)
	}
}

func checkOrderAgain3(t *T) {
	c, p, topic := t.Connect("c", rawclient.Resume), t.Connect("p"), t.Topic("a")
	t.Subscribe(c, topic, 2)
	var order []mqtt.PacketID
	for i := range 8 {
		p.Publish(topic, fmt.Sprint(i), mqtt.QoS(1+i/2%2))
		order = append(order, rawclient.Expect[*packet.Publish](c).ID)
	}
	c.Cut()
	c = t.Connect("c", rawclient.Resume)
	for i := range order {
		got := rawclient.Expect[*packet.Publish](c)
		if got.ID != order[i] || string(got.Payload) != fmt.Sprint(i) {
			t.Fatalf("place %d: PUBLISH %d with %q, identifier %d was there before",
				i, got.ID, got.Payload, order[i])
		}
	}
}

func checkOrder3(t *T) {
	const n = 40
	p := t.Connect("p")
	for q := range mqtt.QoS(3) {
		t.Case(fmt.Sprintf("QoS %d", q), func() {
			c, topic := t.watch(fmt.Sprint(q))
			for i := range n {
				p.Send(rawclient.Publish(t.version, mqtt.PacketID(i+1), topic,
					[]byte(fmt.Sprint(i)), q))
				if q == mqtt.ExactlyOnce {
					p.SendAck(packet.PUBREL, mqtt.PacketID(i+1))
				}
			}
			for i := range n {
				c.ExpectMessage(topic, fmt.Sprint(i))
			}
		})
	}
}

func checkOrderPubrel3(t *T) {
	c, topic := t.watch("a")
	p := t.Connect("p")
	var order []mqtt.PacketID
	for range 5 {
		p.Publish(topic, "", mqtt.ExactlyOnce)
		order = append(order, rawclient.Expect[*packet.Publish](c).ID)
	}
	for _, id := range order {
		c.SendAck(packet.PUBREC, id)
	}
	for _, id := range order {
		if r := rawclient.Expect[*rawclient.Pubrel](c); r.ID != id {
			t.Fatalf("PUBREL %d where %d should come; PUBREC were %v", r.ID, id, order)
		}
	}
}

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

// checks5Delivery are about what the Server does as a receiver, and about order (4.3, 4.6).
var checks5Delivery = []Check{
	{Name: "Packet Identifier after PUBACK", Clauses: []string{"MQTT-4.3.2-5"},
		Run: reusedQoS15},
	{Name: "Packet Identifier after PUBREC that refuses", Clauses: []string{"MQTT-4.3.3-9"},
		Run: reusedRefused5},
	{Name: "repetition of QoS 2", Clauses: []string{"MQTT-4.3.3-10"}, Run: repeated5},
	{Name: "repetition of QoS 2 on another connection", Clauses: []string{"MQTT-4.3.3-10",
		"MQTT-3.1.2-23"}, Run: repeatedResumed5},
	{Name: "PUBREL is answered", Clauses: []string{"MQTT-4.3.3-11"}, Run: released5},
	{Name: "Packet Identifier after PUBCOMP", Clauses: []string{"MQTT-4.3.3-12"},
		Run: reusedQoS25},
	{Name: "QoS 2 goes on after expiry", Clauses: []string{"MQTT-4.3.3-13"},
		Run: expiredExchange5},
	{Name: "order of messages", Clauses: []string{"MQTT-4.6.0-5", "MQTT-4.6.0-6"}, Run: order5},
	{Name: "order of messages of a Session", Clauses: []string{"MQTT-4.6.0-5",
		"MQTT-4.6.0-6"}, Run: sessionOrder5},
}

// dup5 is a change of PUBLISH: as if it were sent again.
func dup5(p *packet.Publish) { p.Dup = true }

// message5 is a PUBLISH to the topic x with the Packet Identifier 7.
func message5(t *T, payload string, q mqtt.QoS, change ...func(*packet.Publish)) []byte {
	return rawclient.Publish(t.version, 7, t.Topic("x"), []byte(payload), q, change...)
}

func reusedQoS15(t *T) {
	sub := subscriber5(t, "a", t.Topic("x"), 1)
	c := t.Connect("b")
	for _, payload := range []string{"1", "2", "3"} {
		c.Send(message5(t, payload, mqtt.AtLeastOnce, dup5))
		same5(t, rawclient.Expect[*rawclient.Puback](c).Ack, 7)
		sub.ExpectMessage(t.Topic("x"), payload)
	}
}

func reusedRefused5(t *T) {
	needQoS5(t, mqtt.ExactlyOnce)
	sub := subscriber5(t, "a", t.Topic("x"), 0)
	c := t.Connect("b")
	format := func(p *packet.Publish) { p.Properties.SetPayloadFormat(1) }
	c.Send(message5(t, "\xFF", mqtt.ExactlyOnce, format))
	p, ok := c.Next().(*rawclient.Pubrec)
	if !ok || !p.Code.Failed() {
		t.Unsupported("the server does not refuse a payload that is not what its Payload Format " +
			"Indicator says")
	}
	c.Send(message5(t, "good", mqtt.ExactlyOnce))
	same5(t, rawclient.Expect[*rawclient.Pubrec](c).Ack, 7)
	release5(t, c)
	sub.ExpectMessage(t.Topic("x"), "good")
}

// received5 is a Client whose message "m" with QoS 2 was answered by PUBREC, and a subscriber that
// may have it by now.
func received5(t *T, change ...func(*packet.Publish)) (c, sub *rawclient.Client) {
	needQoS5(t, mqtt.ExactlyOnce)
	sub = subscriber5(t, "a", t.Topic("x"), 0)
	c = t.Connect("b", keeps5(60))
	c.Send(message5(t, "m", mqtt.ExactlyOnce, change...))
	same5(t, rawclient.Expect[*rawclient.Pubrec](c).Ack, 7)
	return c, sub
}

// release5 brings the exchange of the Packet Identifier 7 to its end.
func release5(t *T, c *rawclient.Client) {
	c.SendAck(packet.PUBREL, 7)
	same5(t, rawclient.Expect[*rawclient.Pubcomp](c).Ack, 7)
}

func repeated5(t *T) {
	c, sub := received5(t)
	c.Send(message5(t, "m", mqtt.ExactlyOnce, dup5))
	same5(t, rawclient.Expect[*rawclient.Pubrec](c).Ack, 7)
	release5(t, c)
	sub.ExpectMessage(t.Topic("x"), "m")
	t.Silent(sub, Moment)
}

func repeatedResumed5(t *T) {
	c, sub := received5(t)
	c.Cut()
	c = t.Connect("b", keeps5(60))
	c.Send(message5(t, "m", mqtt.ExactlyOnce, dup5))
	same5(t, rawclient.Expect[*rawclient.Pubrec](c).Ack, 7)
	c.Cut()
	c = t.Connect("b", keeps5(60))
	release5(t, c)
	sub.ExpectMessage(t.Topic("x"), "m")
	t.Silent(sub, Moment)
}

func released5(t *T) {
	c, sub := received5(t)
	release5(t, c)
	sub.ExpectMessage(t.Topic("x"), "m")
	// PUBCOMP was lost: PUBREL comes again, and is answered again.
	c.SendAck(packet.PUBREL, 7)
	if a := rawclient.Expect[*rawclient.Pubcomp](c); a.ID != 7 {
		t.Fatalf("PUBCOMP %d, want 7", a.ID)
	}
	t.Silent(sub, Moment)
}

func reusedQoS25(t *T) {
	c, sub := received5(t)
	release5(t, c)
	sub.ExpectMessage(t.Topic("x"), "m")
	c.Send(message5(t, "new", mqtt.ExactlyOnce, dup5))
	same5(t, rawclient.Expect[*rawclient.Pubrec](c).Ack, 7)
	release5(t, c)
	sub.ExpectMessage(t.Topic("x"), "new")
}

func expiredExchange5(t *T) {
	c, _ := received5(t, lasts5(1))
	t.Sleep(coarse)
	c.Send(message5(t, "m", mqtt.ExactlyOnce, dup5, lasts5(1)))
	same5(t, rawclient.Expect[*rawclient.Pubrec](c).Ack, 7)
	release5(t, c)
	c.Quiet()
}

// numbers5 publishes so many messages, all with QoS q, and all before it reads the first answer.
func numbers5(c *rawclient.Client, topic string, n int, q mqtt.QoS) (sent []string) {
	for i := range n {
		sent = append(sent, strconv.Itoa(i))
		c.Send(rawclient.Publish(c.Version, mqtt.PacketID(i+1), topic, []byte(sent[i]), q))
	}
	for range sent {
		switch q {
		case mqtt.AtLeastOnce:
			rawclient.Expect[*rawclient.Puback](c)
		case mqtt.ExactlyOnce:
			rawclient.Expect[*rawclient.Pubrec](c)
		}
	}
	if q == mqtt.ExactlyOnce { // a Server may wait for PUBREL before it passes them on
		for i := range n {
			c.SendAck(packet.PUBREL, mqtt.PacketID(i+1))
			rawclient.Expect[*rawclient.Pubcomp](c)
		}
	}
	c.Quiet()
	return sent
}

func order5(t *T) {
	needQoS5(t, mqtt.ExactlyOnce)
	n := min(15, receiveMaximum5(t))
	for q := mqtt.AtMostOnce; q <= mqtt.ExactlyOnce; q++ {
		sub := subscriber5(t, "a", t.Topic("x"), mqtt.SubscriptionOptions(q))
		sent := numbers5(t.Connect("b"), t.Topic("x"), n, q)
		if got := payloads(t.Until(sub, sent[n-1])); !slices.Equal(got, sent) {
			t.Errorf("QoS %d: got %q, want %q", q, got, sent)
		}
	}
}

func sessionOrder5(t *T) {
	needQoS5(t, mqtt.ExactlyOnce)
	n := min(15, receiveMaximum5(t))
	for q := mqtt.AtLeastOnce; q <= mqtt.ExactlyOnce; q++ {
		c := t.Connect("a", keeps5(60), quota5(4))
		t.Subscribe(c, t.Topic("x"), mqtt.SubscriptionOptions(q))
		sent := numbers5(t.Connect("b"), t.Topic("x"), n, q)
		expect5(t, c, sent[0])
		expect5(t, c, sent[1])
		c.Cut() // with four under way, and the rest waiting
		c = t.Connect("a", keeps5(60))
		if got := payloads(t.Until(c, sent[n-1])); !slices.Equal(got, sent) {
			t.Errorf("QoS %d: got %q, want %q", q, got, sent)
		}
		t.Disconnect(c)
	}
}

// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package conformance

import (
	"strconv"

	"github.com/flashmq/flashmq/pkg/mqtt"
	"github.com/flashmq/flashmq/pkg/packet"
	"github.com/flashmq/flashmq/pkg/rawclient"
)

// checks5Quota are about Receive Maximum and flow control (3.3.4, 4.9).
var checks5Quota = []Check{
	{Name: "Receive Maximum of the Server", Clauses: []string{"MQTT-3.3.4-7"}, Run: clientQuota5},
	{Name: "Receive Maximum of the Client", Clauses: []string{"MQTT-3.3.4-9", "MQTT-4.9.0-1",
		"MQTT-4.9.0-2"}, Run: serverQuota5},
	{Name: "QoS 2 and the send quota", Clauses: []string{"MQTT-3.3.4-9", "MQTT-4.9.0-2"},
		Run: serverQuotaQoS25},
	{Name: "Receive Maximum of the connection", Clauses: []string{"MQTT-3.3.4-9",
		"MQTT-4.9.0-1"}, Run: newQuota5},
	{Name: "other packets at send quota 0", Clauses: []string{"MQTT-3.3.4-10", "MQTT-4.9.0-3"},
		Run: exhausted5},
}

func clientQuota5(t *T) {
	needQoS5(t, mqtt.ExactlyOnce)
	most := receiveMaximum5(t)
	if most > 4096 {
		t.Unsupported("the server announces Receive Maximum %d", most)
	}
	c := t.Connect("a")
	message := func(id int) []byte {
		return rawclient.Publish(t.version, mqtt.PacketID(id), t.Topic("x"), nil, 2)
	}
	for id := 1; id <= most; id++ { // so many it must take, without PUBREL
		c.Send(message(id))
		same5(t, rawclient.Expect[*rawclient.Pubrec](c).Ack, mqtt.PacketID(id))
	}
	_ = c.TrySend(message(most + 1))
	t.Closed(c, mqtt.ReceiveMaximumExceeded)
}

// quota5 is a change of CONNECT: a Receive Maximum.
func quota5(n uint16) func(*packet.Connect) {
	return func(p *packet.Connect) { p.Properties.SetReceiveMaximum(n) }
}

// series5 publishes the messages "1" to the nth with QoS q.
func series5(t *T, n int, q mqtt.QoS) {
	pub := t.Connect("b")
	for i := range n {
		pub.Publish(t.Topic("x"), strconv.Itoa(i+1), q)
	}
}

func serverQuota5(t *T) {
	c := t.Connect("a", quota5(2))
	t.Subscribe(c, t.Topic("x"), 1)
	series5(t, 5, mqtt.AtLeastOnce)
	first, second := expect5(t, c, "1"), expect5(t, c, "2")
	t.Silent(c, Moment)
	c.Acknowledge(second)
	third := expect5(t, c, "3")
	t.Silent(c, Moment)
	for _, p := range []*packet.Publish{first, third} {
		c.Acknowledge(p)
	}
	c.Acknowledge(expect5(t, c, "4"))
	c.Acknowledge(expect5(t, c, "5"))
	t.Silent(c, Moment)
}

func serverQuotaQoS25(t *T) {
	needQoS5(t, mqtt.ExactlyOnce)
	c := t.Connect("a", quota5(1))
	t.Subscribe(c, t.Topic("x"), 2)
	series5(t, 3, mqtt.ExactlyOnce)
	first := expect5(t, c, "1")
	c.SendAck(packet.PUBREC, first.ID)
	if r := rawclient.Expect[*rawclient.Pubrel](c); r.ID != first.ID {
		t.Fatalf("PUBREL %d, want %d", r.ID, first.ID)
	}
	t.Silent(c, Moment) // PUBREC does not count, PUBCOMP does
	c.SendAck(packet.PUBCOMP, first.ID)
	second := expect5(t, c, "2")
	c.Send(refusing5(packet.PUBREC, second.ID)) // one that fails counts as well
	c.Acknowledge(expect5(t, c, "3"))
	t.Silent(c, Moment)
}

// refusing5 is an acknowledgement with a Reason Code of 0x80.
func refusing5(a packet.Type, id mqtt.PacketID) []byte {
	return frame(byte(a)<<4, number16(uint16(id)), []byte{byte(mqtt.UnspecifiedError)})
}

func newQuota5(t *T) {
	c := t.Connect("a", keeps5(60), quota5(3))
	t.Subscribe(c, t.Topic("x"), 1)
	series5(t, 4, mqtt.AtLeastOnce)
	for _, payload := range []string{"1", "2", "3"} {
		expect5(t, c, payload)
	}
	c.Cut()
	c = t.Connect("a", keeps5(60), quota5(1)) // also for what is sent again
	for _, payload := range []string{"1", "2", "3", "4"} {
		p := expect5(t, c, payload)
		t.Silent(c, Moment/2)
		c.Acknowledge(p)
	}
	t.Silent(c, Moment)
}

func exhausted5(t *T) {
	c := t.Connect("a", quota5(1))
	t.Subscribe(c, t.Topic("x"), 1)
	series5(t, 2, mqtt.AtLeastOnce)
	first := expect5(t, c, "1")
	c.Quiet()
	t.Subscribe(c, t.Topic("y"), 0)
	c.Publish(t.Topic("y"), "QoS 0", mqtt.AtMostOnce)
	c.ExpectMessage(t.Topic("y"), "QoS 0")
	c.Publish(t.Topic("z"), "m", mqtt.AtLeastOnce)
	c.Unsubscribe(t.Topic("y"))
	c.Acknowledge(first)
	c.Acknowledge(expect5(t, c, "2"))
}

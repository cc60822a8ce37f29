// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package rawclient

import (
	"github.com/flashmq/flashmq/pkg/mqtt"
	"github.com/flashmq/flashmq/pkg/packet"
)

// Versions are all there are.
var Versions = []mqtt.Version{mqtt.V31, mqtt.V311, mqtt.V50}

// Connect sends CONNECT and waits for it to be accepted.
func (c *Client) Connect(v mqtt.Version, id string,
	change ...func(*packet.Connect)) *packet.Connack {
	c.tb.Helper()
	c.Version = v
	c.Send(Connect(v, id, change...))
	a := Expect[*packet.Connack](c)
	if a.Code != mqtt.Success {
		c.tb.Fatalf("got %s", Describe(a))
	}
	return a
}

// Connect returns a CONNECT packet.
func Connect(v mqtt.Version, id string, change ...func(*packet.Connect)) []byte {
	p := &packet.Connect{Version: v, ClientID: []byte(id), CleanStart: true}
	for _, f := range change {
		f(p)
	}
	return encoded(packet.AppendConnect(nil, p))
}

// Resume makes a Session that outlives the connection, and resumes one that is there.
func Resume(p *packet.Connect) {
	p.CleanStart = false
	if p.Version == mqtt.V50 {
		p.Properties.SetSessionExpiryInterval(3600)
	}
}

// Will gives a CONNECT a Will Message of QoS 1.
func Will(topic, payload string) func(*packet.Connect) {
	return func(p *packet.Connect) {
		p.Will, p.WillQoS = true, mqtt.AtLeastOnce
		p.WillTopic, p.WillPayload = []byte(topic), []byte(payload)
	}
}

// Subscribe returns a SUBSCRIBE packet for one Topic Filter.
func Subscribe(v mqtt.Version, id mqtt.PacketID, filter string, o mqtt.SubscriptionOptions) []byte {
	p := &packet.Subscribe{ID: id, Subscriptions: []mqtt.Subscription{{Filter: filter, Options: o}}}
	return encoded(packet.AppendSubscribe(nil, v, p))
}

// Publish returns a PUBLISH packet; id counts from QoS 1 on.
func Publish(v mqtt.Version, id mqtt.PacketID, topic string, payload []byte, q mqtt.QoS,
	change ...func(*packet.Publish)) []byte {
	p := &packet.Publish{Topic: []byte(topic), Payload: payload, QoS: q}
	if q > mqtt.AtMostOnce {
		p.ID = id
	}
	for _, f := range change {
		f(p)
	}
	return encoded(packet.AppendPublish(make([]byte, 0, len(payload)+len(topic)+64), v, p))
}

// Retain sets the RETAIN flag.
func Retain(p *packet.Publish) { p.Retain = true }

// Subscribe subscribes and waits until that was granted.
func (c *Client) Subscribe(filter string, q mqtt.QoS) {
	c.tb.Helper()
	id := c.ID()
	c.Send(Subscribe(c.Version, id, filter, mqtt.SubscriptionOptions(q)))
	a := Await[*packet.Suback](c)
	if a.ID != id || len(a.Codes) != 1 || a.Codes[0] != mqtt.ReasonCode(q) {
		c.tb.Fatalf("subscribing to %q at QoS %d: got %s", filter, q, Describe(a))
	}
}

// Unsubscribe unsubscribes and waits for the answer.
func (c *Client) Unsubscribe(filter string) {
	c.tb.Helper()
	id := c.ID()
	p := &packet.Unsubscribe{ID: id, Filters: []string{filter}}
	c.Send(encoded(packet.AppendUnsubscribe(nil, c.Version, p)))
	if a := Await[*packet.Unsuback](c); a.ID != id {
		c.tb.Fatalf("got UNSUBACK %d, want %d", a.ID, id)
	}
}

// Publish publishes and waits for the end of the exchange; what arrives meanwhile is put aside.
func (c *Client) Publish(topic, payload string, q mqtt.QoS, change ...func(*packet.Publish)) {
	c.tb.Helper()
	id := c.ID()
	c.Send(Publish(c.Version, id, topic, []byte(payload), q, change...))
	switch q {
	case mqtt.AtLeastOnce:
		c.acknowledged(id, Await[*Puback](c).Ack)
	case mqtt.ExactlyOnce:
		c.acknowledged(id, Await[*Pubrec](c).Ack)
		c.SendAck(packet.PUBREL, id)
		c.acknowledged(id, Await[*Pubcomp](c).Ack)
	}
}

func (c *Client) acknowledged(id mqtt.PacketID, a packet.Ack) {
	c.tb.Helper()
	if a.ID != id || a.Code.Failed() {
		c.tb.Fatalf("acknowledgement of %d: id %d, %v", id, a.ID, a.Code)
	}
}

// Disconnect says goodbye and waits for the server to close the connection.
func (c *Client) Disconnect() {
	c.tb.Helper()
	c.Send(encoded(packet.AppendDisconnect(nil, c.Version, &packet.Disconnect{})))
	c.ExpectClosed()
}

// ID returns the next Packet Identifier.
func (c *Client) ID() mqtt.PacketID {
	c.lastID++
	if c.lastID == 0 {
		c.lastID = 1
	}
	return c.lastID
}

// encoded returns what an Append function made of a packet that a test wrote.
func encoded(b []byte, err error) []byte {
	if err != nil {
		panic("rawclient: the packet cannot be encoded: " + err.Error())
	}
	return b
}

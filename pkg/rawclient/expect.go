// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package rawclient

import (
	"fmt"

	"github.com/flashmq/flashmq/pkg/mqtt"
	"github.com/flashmq/flashmq/pkg/packet"
)

// Expect returns the next packet, which must be of type P: Expect[*packet.Connack](c).
func Expect[P any](c *Client) P {
	c.tb.Helper()
	next := c.Next()
	p, ok := next.(P)
	if !ok {
		c.tb.Fatalf("got %s, want %T", Describe(next), p)
	}
	return p
}

// Await returns the next packet of type P. Packets before it are put aside for Next and Expect.
func Await[P any](c *Client) P {
	c.tb.Helper()
	for i, old := range c.aside {
		if p, ok := old.(P); ok {
			c.aside = append(c.aside[:i:i], c.aside[i+1:]...)
			return p
		}
	}
	for {
		next, err := c.receive()
		if p, ok := next.(P); ok && err == nil {
			return p
		}
		if err != nil {
			var p P
			c.tb.Fatalf("waiting for %T: %v", p, err)
		}
		c.aside = append(c.aside, next)
	}
}

// Describe says what a packet is, without its payload.
func Describe(p any) string {
	switch p := p.(type) {
	case *packet.Publish:
		return fmt.Sprintf("PUBLISH %q id=%d qos=%d dup=%v retain=%v, %d bytes",
			p.Topic, p.ID, p.QoS, p.Dup, p.Retain, len(p.Payload))
	case *packet.Connack:
		return fmt.Sprintf("CONNACK %v present=%v", p.Code, p.SessionPresent)
	case *packet.Disconnect:
		return fmt.Sprintf("DISCONNECT %v %s", p.Code, p.Properties.ReasonString)
	case *packet.Suback:
		return fmt.Sprintf("SUBACK %d %v", p.ID, p.Codes)
	}
	return fmt.Sprintf("%T", p)
}

// ExpectDisconnect waits for the end the server decided on: DISCONNECT with a code for 5.0, and
// the end of the connection.
func (c *Client) ExpectDisconnect(code mqtt.ReasonCode) {
	c.tb.Helper()
	if c.Version == mqtt.V50 {
		if d := Expect[*packet.Disconnect](c); d.Code != code {
			c.tb.Fatalf("got %s, want %v", Describe(d), code)
		}
	}
	c.ExpectClosed()
}

// ExpectMessage waits for a PUBLISH with this topic and payload and acknowledges it as its QoS
// wants, to the end of the exchange.
func (c *Client) ExpectMessage(topic, payload string) *packet.Publish {
	c.tb.Helper()
	p := Expect[*packet.Publish](c)
	if string(p.Topic) != topic || string(p.Payload) != payload {
		c.tb.Fatalf("got %s, want %q with %d bytes", Describe(p), topic, len(payload))
	}
	c.Acknowledge(p)
	return p
}

// Acknowledge answers a PUBLISH as its QoS wants; at QoS 2 it waits for PUBREL.
func (c *Client) Acknowledge(p *packet.Publish) {
	c.tb.Helper()
	switch p.QoS {
	case mqtt.AtLeastOnce:
		c.SendAck(packet.PUBACK, p.ID)
	case mqtt.ExactlyOnce:
		c.SendAck(packet.PUBREC, p.ID)
		if r := Await[*Pubrel](c); r.ID != p.ID {
			c.tb.Fatalf("got PUBREL %d, want %d", r.ID, p.ID)
		}
		c.SendAck(packet.PUBCOMP, p.ID)
	}
}

// SendAck sends PUBACK, PUBREC, PUBREL or PUBCOMP without a reason.
func (c *Client) SendAck(t packet.Type, id mqtt.PacketID) {
	c.tb.Helper()
	c.Send(encoded(packet.AppendAck(nil, c.Version, t, &packet.Ack{ID: id})))
}

// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package client

import (
	"github.com/flashmq/flashmq/pkg/metrics"
	"github.com/flashmq/flashmq/pkg/mqtt"
	"github.com/flashmq/flashmq/pkg/packet"
	"github.com/flashmq/flashmq/pkg/session"
)

// The way of a message to the Client. A Client is the session.Connection of its Session.

// SendPublish implements session.Connection. A QoS 0 message that finds the outbox full is
// dropped: its Client reads too slowly. So the outbox holds at most its limit and one packet.
func (c *Client) SendPublish(p *packet.Publication, d packet.Delivery) session.Sent {
	shard := c.loop.Shard
	if d.Flags.QoS() == mqtt.AtMostOnce && !c.Room() {
		shard.Count.Add(metrics.DroppedSlow, 1)
		return session.NoRoom
	}
	var a packet.Alias
	if c.version != mqtt.V50 {
		d.SubscriptionIdentifier = 0 // the subscription may stem from a 5.0 connection
	} else if c.aliasMaximum > 0 {
		a = c.alias(p.Message.Topic)
	}
	if c.tooLarge(p, d, a) && a.Number != 0 {
		a = packet.Alias{} // the alias is our idea; without it the message may fit
	}
	if c.tooLarge(p, d, a) {
		shard.Count.Add(metrics.DroppedTooLarge, 1)
		return session.TooLarge // [MQTT-3.1.2-24]
	}
	if a.Number != 0 && !a.Known {
		c.remember(p.Message.Topic)
	}
	before := c.out.Len()
	p.Write(&c.out, shard.Buffers, c.version, d, a)
	shard.Wrote(c.out.Len()-before, d.Flags.QoS())
	c.schedule()
	return session.Appended
}

// tooLarge holds a PUBLISH against the Client's Maximum Packet Size, or against what the format
// allows: a message may have grown by what 5.0 adds to it.
func (c *Client) tooLarge(p *packet.Publication, d packet.Delivery, a packet.Alias) bool {
	if c.maxPacket != 0 {
		return uint32(p.Length(c.version, d, a)) > c.maxPacket
	}
	return len(p.Message.Payload) > packet.MaxPacket/2 &&
		p.Length(c.version, d, a) > packet.MaxPacket
}

// SendPubrel implements session.Connection.
func (c *Client) SendPubrel(id mqtt.PacketID, code mqtt.ReasonCode) {
	c.sendAck(packet.PUBREL, id, code, "")
}

// Room implements session.Connection.
func (c *Client) Room() bool {
	if c.out.Len() < c.options.WriteLimit {
		return true
	}
	c.starved = true
	return false
}

// Disconnect implements session.Connection: the Session has let go of the connection.
func (c *Client) Disconnect(code mqtt.ReasonCode) {
	reason := &mqtt.ReasonError{Code: code}
	c.logEnd(reason)
	c.session = nil
	c.sendDisconnect(reason)
	c.end(reason)
}

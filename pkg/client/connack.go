// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package client

import (
	"github.com/flashmq/flashmq/pkg/mqtt"
	"github.com/flashmq/flashmq/pkg/packet"
)

// Ours.
const (
	// connackRoom is the usual size of a CONNACK: all properties and an assigned identifier.
	connackRoom = 256
	// unlimitedPacket is a Maximum Packet Size that needs no announcement: the format has no more.
	unlimitedPacket = 268_435_455
)

// sendConnack accepts the connection [MQTT-3.2.0-1]. What is announced is FlashMQ's choice; a
// Client that takes only small packets is told what differs from the specification's defaults. It
// reports false, and has sent nothing, if even that is too large for it [MQTT-3.1.2-24].
func (c *Client) sendConnack(asked *packet.Connect, present, assigned bool) bool {
	p := &c.loop.connack
	*p = packet.Connack{SessionPresent: present}
	if c.version == mqtt.V50 {
		c.announce(&p.Properties, assigned)
	}
	b := c.out.Reserve(c.loop.Shard.Buffers, connackRoom)
	at := len(b)
	b = c.mustAppend(packet.AppendConnack(b, c.version, p))
	if c.maxPacket != 0 && uint32(len(b)-at) > c.maxPacket {
		c.announceLess(&p.Properties, asked)
		b = c.mustAppend(packet.AppendConnack(b[:at], c.version, p))
		if uint32(len(b)-at) > c.maxPacket {
			return false
		}
	}
	c.out.Commit(b)
	c.schedule()
	return true
}

// mustAppend takes the result of an encoder whose input is ours and therefore sound.
func (c *Client) mustAppend(b []byte, err error) []byte {
	if err != nil {
		panic("client: own packet cannot be encoded: " + err.Error())
	}
	return b
}

func (c *Client) announce(p *packet.Properties, assigned bool) {
	o, b := c.options, c.loop.Shard.Options
	p.SetSessionExpiryInterval(c.session.ExpiryInterval)
	p.SetReceiveMaximum(o.ReceiveMaximum)
	if o.MaxQoS < mqtt.ExactlyOnce {
		p.SetMaximumQoS(byte(o.MaxQoS)) // [MQTT-3.2.2-9]
	}
	p.SetRetainAvailable(flag(b.Retained.Stores()))
	p.SetMaximumPacketSize(o.MaxPacket)
	if assigned {
		p.SetAssignedClientIdentifier([]byte(c.session.ID)) // [MQTT-3.2.2-16]
	}
	p.SetTopicAliasMaximum(o.TopicAliasMaximum)
	p.SetWildcardSubscriptionAvailable(1)
	p.SetSubscriptionIdentifierAvailable(flag(b.SubscriptionIdentifiers))
	p.SetSharedSubscriptionAvailable(1)
	p.SetServerKeepAlive(c.keepAlive)
}

// announceLess leaves out what the Client assumes anyway when it is not told (5.0, 3.2.2.3).
func (c *Client) announceLess(p *packet.Properties, asked *packet.Connect) {
	if p.SessionExpiryInterval == expiryInterval(&asked.Properties) {
		p.Remove(packet.SessionExpiryInterval)
	}
	if p.ReceiveMaximum == 1<<16-1 {
		p.Remove(packet.ReceiveMaximum)
	}
	if p.RetainAvailable == 1 {
		p.Remove(packet.RetainAvailable)
	}
	if p.MaximumPacketSize >= unlimitedPacket {
		p.Remove(packet.MaximumPacketSize)
	}
	p.Remove(packet.TopicAliasMaximum) // it will not use any then
	p.Remove(packet.WildcardSubscriptionAvailable)
	if p.SubscriptionIdentifierAvailable == 1 {
		p.Remove(packet.SubscriptionIdentifierAvailable)
	}
	p.Remove(packet.SharedSubscriptionAvailable)
	if p.ServerKeepAlive == asked.KeepAlive {
		p.Remove(packet.ServerKeepAlive)
	}
}

func flag(b bool) byte {
	if b {
		return 1
	}
	return 0
}

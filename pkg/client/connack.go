// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package client

import (
	"github.com/flashmq/flashmq/pkg/mqtt"
	"github.com/flashmq/flashmq/pkg/packet"
)

// connackRoom is the usual size of a CONNACK: all properties and an assigned Client Identifier.
const connackRoom = 256

// sendConnack accepts the connection [MQTT-3.2.0-1]. What is announced is FlashMQ's choice.
func (c *Client) sendConnack(present, assigned bool) {
	p := &c.loop.connack
	*p = packet.Connack{SessionPresent: present}
	if c.version == mqtt.V50 {
		c.announce(&p.Properties, assigned)
	}
	b := c.out.Reserve(c.loop.Shard.Buffers, connackRoom)
	b, err := packet.AppendConnack(b, c.version, p)
	if err != nil {
		panic("client: CONNACK cannot be encoded: " + err.Error())
	}
	c.out.Commit(b)
	c.schedule()
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

func flag(b bool) byte {
	if b {
		return 1
	}
	return 0
}

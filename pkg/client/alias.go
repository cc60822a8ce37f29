// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package client

import (
	"strings"

	"github.com/flashmq/flashmq/pkg/mqtt"
	"github.com/flashmq/flashmq/pkg/packet"
)

// aliases are the Topic Aliases of one Network Connection (5.0, 3.3.2.3.4); both directions have
// their own.
type aliases struct {
	incoming map[uint16]string // the Client's
	outgoing map[string]uint16 // ours
}

// resolve returns the topic of an incoming PUBLISH with an alias: the one named, which the alias
// stands for from now on [MQTT-3.3.2-12], or the one it was given before.
func (c *Client) resolve(alias uint16, name []byte) ([]byte, error) {
	if alias == 0 || alias > c.options.TopicAliasMaximum {
		return nil, mqtt.Errorf(mqtt.TopicAliasInvalid, "%d, the maximum is %d",
			alias, c.options.TopicAliasMaximum) // [MQTT-3.3.2-8], [MQTT-3.3.2-9]
	}
	if c.aliases == nil {
		c.aliases = &aliases{}
	}
	if len(name) == 0 {
		known, ok := c.aliases.incoming[alias]
		if !ok {
			// 5.0, 3.3.4: a Topic Name of no length without a mapping
			return nil, mqtt.Errorf(mqtt.ProtocolError, "alias %d stands for no topic", alias)
		}
		// Read only, like every decoded field.
		return mqtt.Lend(known), nil
	}
	if c.aliases.incoming == nil {
		c.aliases.incoming = make(map[uint16]string)
	}
	if c.aliases.incoming[alias] != mqtt.Borrow(name) {
		c.aliases.incoming[alias] = string(name)
	}
	return name, nil
}

// alias returns how to name a topic to the Client: by an alias it knows, by a new one as long as
// there are any, or in full. First come, first served. FlashMQ: aliases are never re-assigned.
func (c *Client) alias(name string) packet.Alias {
	if c.aliases != nil {
		if n, ok := c.aliases.outgoing[name]; ok {
			return packet.Alias{Number: n, Known: true}
		}
		if len(c.aliases.outgoing) >= int(c.aliasMaximum) {
			return packet.Alias{}
		}
		return packet.Alias{Number: uint16(len(c.aliases.outgoing) + 1)}
	}
	return packet.Alias{Number: 1}
}

// remember notes the alias that a PUBLISH is about to introduce.
func (c *Client) remember(name string) {
	if c.aliases == nil {
		c.aliases = &aliases{}
	}
	if c.aliases.outgoing == nil {
		c.aliases.outgoing = make(map[string]uint16)
	}
	c.aliases.outgoing[strings.Clone(name)] = uint16(len(c.aliases.outgoing) + 1)
}

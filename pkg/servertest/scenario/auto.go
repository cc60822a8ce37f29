// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package scenario

import (
	"github.com/flashmq/flashmq/pkg/mqtt"
	"github.com/flashmq/flashmq/pkg/packet"
)

// acknowledge answers a PUBLISH as a good Client does.
func (c *Conn) acknowledge(p *packet.Publish) {
	switch p.QoS {
	case mqtt.AtLeastOnce:
		c.SendAck(packet.PUBACK, p.ID, mqtt.Success)
	case mqtt.ExactlyOnce:
		c.SendAck(packet.PUBREC, p.ID, mqtt.Success)
	}
}

// goOn takes the next step of a QoS 2 exchange, whichever side began it.
func (c *Conn) goOn(t packet.Type, id mqtt.PacketID) {
	switch t {
	case packet.PUBREC:
		c.SendAck(packet.PUBREL, id, mqtt.Success)
	case packet.PUBREL:
		c.SendAck(packet.PUBCOMP, id, mqtt.Success)
	}
}

// SendAck sends PUBACK, PUBREC, PUBREL or PUBCOMP.
func (c *Conn) SendAck(t packet.Type, id mqtt.PacketID, code mqtt.ReasonCode) {
	b, err := packet.AppendAck(nil, c.Version, t, &packet.Ack{ID: id, Code: code})
	if err != nil {
		panic("scenario: " + err.Error())
	}
	c.Send(b)
}

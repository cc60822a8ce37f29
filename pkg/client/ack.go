// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package client

import (
	"github.com/flashmq/flashmq/pkg/mqtt"
	"github.com/flashmq/flashmq/pkg/packet"
)

// handlePuback ends a QoS 1 delivery (3.4). One for an identifier that is not in use is ignored:
// it may belong to a message that was given to another member of a share.
func (c *Client) handlePuback(f packet.Frame) error {
	a, err := c.decodeAck(f)
	if err == nil && c.session.Puback(a.ID) {
		c.pump()
	}
	return err
}

// handlePubrec answers with PUBREL (3.5) [MQTT-4.3.3-4], unless the Client refused the message.
func (c *Client) handlePubrec(f packet.Frame) error {
	a, err := c.decodeAck(f)
	if err != nil {
		return err
	}
	known := c.session.Pubrec(a.ID, a.Code)
	switch {
	case a.Code.Failed():
		c.pump()
	case known:
		c.SendPubrel(a.ID, mqtt.Success)
	default:
		c.SendPubrel(a.ID, mqtt.PacketIdentifierNotFound)
	}
	return nil
}

// handlePubrel releases a received QoS 2 message (3.6) [MQTT-4.3.3-11].
func (c *Client) handlePubrel(f packet.Frame) error {
	a, err := c.decodeAck(f)
	if err != nil {
		return err
	}
	code := mqtt.Success
	switch {
	case !c.session.Released(a.ID):
		code = mqtt.PacketIdentifierNotFound
	case c.unreleased > 0: // else it came on an earlier connection
		c.unreleased--
	}
	c.sendAck(packet.PUBCOMP, a.ID, code, "")
	return nil
}

// handlePubcomp ends a QoS 2 delivery (3.7).
func (c *Client) handlePubcomp(f packet.Frame) error {
	a, err := c.decodeAck(f)
	if err == nil && c.session.Pubcomp(a.ID) {
		c.pump()
	}
	return err
}

func (c *Client) decodeAck(f packet.Frame) (*packet.Ack, error) {
	d := c.decoder()
	return &c.loop.ack, d.Ack(f, &c.loop.ack)
}

// pump lets waiting messages take the place of one that was acknowledged.
func (c *Client) pump() { c.loop.Shard.Pump(c.session) }

// ackRoom is the size of an acknowledgement without properties.
const ackRoom = 8

// sendAck appends PUBACK, PUBREC, PUBREL or PUBCOMP.
func (c *Client) sendAck(t packet.Type, id mqtt.PacketID, code mqtt.ReasonCode, reason string) {
	a := &c.loop.answer
	a.ID, a.Code = id, code
	a.Properties.Reset()
	room := ackRoom
	if reason != "" && c.mayExplain() {
		a.Properties.SetReasonString([]byte(reason))
		room += 8 + len(reason)
	}
	out := c.out.Reserve(c.loop.Shard.Buffers, room)
	c.answer(c.mustAppend(packet.AppendAck(out, c.version, t, a)), len(out))
}

// mayExplain reports whether Reason Strings may go out on packets other than CONNACK and
// DISCONNECT [MQTT-3.1.2-29].
func (c *Client) mayExplain() bool {
	return c.version == mqtt.V50 && c.options.ReasonStrings && c.problemInfo && c.maxPacket == 0
}

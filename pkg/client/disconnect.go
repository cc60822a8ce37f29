// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package client

import (
	"github.com/flashmq/flashmq/pkg/mqtt"
	"github.com/flashmq/flashmq/pkg/packet"
)

// handleDisconnect ends the connection as the Client wishes (3.14). Only Reason Code 0x00 deletes
// the will [MQTT-3.14.4-3].
func (c *Client) handleDisconnect(f packet.Frame) error {
	p := &c.loop.disconnect
	d := c.decoder()
	if err := d.Disconnect(f, p); err != nil {
		return err
	}
	if p.Properties.Has(packet.SessionExpiryInterval) {
		interval := p.Properties.SessionExpiryInterval
		if interval > 0 && !c.canChangeExpiry {
			return mqtt.Errorf(mqtt.ProtocolError,
				"Session Expiry Interval raised from 0") // (5.0, 3.14.2.2.2)
		}
		c.loop.Shard.SetExpiryInterval(c.session, interval)
	}
	c.keepWill = p.Code != mqtt.Success
	c.end(nil)
	return nil
}

// partingRoom is the usual size of a DISCONNECT with a Reason String.
const partingRoom = 128

// sendDisconnect tells a 5.0 Client why its connection ends; 3.x has no such packet
// [MQTT-4.13.1-1].
func (c *Client) sendDisconnect(reason *mqtt.ReasonError) {
	if c.version != mqtt.V50 {
		return
	}
	p := &c.loop.parting
	*p = packet.Disconnect{Code: reason.Code}
	if c.options.ReasonStrings && reason.Reason != "" && c.maxPacket == 0 {
		p.Properties.SetReasonString([]byte(reason.Reason))
	}
	out := c.out.Reserve(c.loop.Shard.Buffers, partingRoom+len(reason.Reason))
	c.out.Commit(c.mustAppend(packet.AppendDisconnect(out, c.version, p)))
	c.schedule()
}

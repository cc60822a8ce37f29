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
	c.sendParting(partingRoom + len(reason.Reason))
}

// sendFarewell tells a 5.0 Client that the server stops, and which one to use instead if reference
// names one (4.11). It returns the reason.
func (c *Client) sendFarewell(reference string) mqtt.ReasonCode {
	code := mqtt.ServerShuttingDown
	if reference != "" {
		code = mqtt.UseAnotherServer
	}
	if c.version != mqtt.V50 {
		return code
	}
	p := &c.loop.parting
	*p = packet.Disconnect{Code: code}
	if reference != "" {
		p.Properties.SetServerReference([]byte(reference))
	}
	c.sendParting(partingRoom + len(reference))
	return code
}

// sendParting sends the loop's parting packet, which takes room bytes at most, and without its
// properties if the Client takes no packet as large [MQTT-3.1.2-24].
func (c *Client) sendParting(room int) {
	p := &c.loop.parting
	out := c.out.Reserve(c.loop.Shard.Buffers, room)
	b := c.mustAppend(packet.AppendDisconnect(out, c.version, p))
	if c.maxPacket != 0 && len(b)-len(out) > int(c.maxPacket) {
		p.Properties.Reset()
		b = c.mustAppend(packet.AppendDisconnect(out, c.version, p))
	}
	c.out.Commit(b)
	c.schedule()
}

// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package client

import "github.com/flashmq/flashmq/pkg/packet"

// handlePingreq answers with PINGRESP (3.12) [MQTT-3.12.4-1].
func (c *Client) handlePingreq(f packet.Frame) error {
	if err := packet.Empty(f); err != nil {
		return err
	}
	out := c.out.Reserve(c.loop.Shard.Buffers, 2)
	c.answer(packet.AppendPingresp(out), len(out))
	return nil
}

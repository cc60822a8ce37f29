// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package client

import (
	"github.com/flashmq/flashmq/pkg/mqtt"
	"github.com/flashmq/flashmq/pkg/packet"
)

// handleAuth refuses AUTH (3.15): a CONNECT with an Authentication Method is not accepted, so no
// connection may carry one [MQTT-4.12.0-7].
func (c *Client) handleAuth(f packet.Frame) error {
	d := c.decoder()
	if err := d.Auth(f, &c.loop.auth); err != nil {
		return err
	}
	return mqtt.Errorf(mqtt.ProtocolError, "AUTH without Authentication Method in CONNECT")
}

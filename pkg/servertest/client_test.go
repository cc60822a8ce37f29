// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package servertest

import (
	"testing"

	"github.com/flashmq/flashmq/pkg/config"
	"github.com/flashmq/flashmq/pkg/metrics"
	"github.com/flashmq/flashmq/pkg/mqtt"
	"github.com/flashmq/flashmq/pkg/packet"
	"github.com/flashmq/flashmq/pkg/rawclient"
)

// Await passes over packets, and they come later in their order.
func TestAwaitPutsAside(t *testing.T) {
	s := Start(t)
	c := s.Connect(t, mqtt.V50, "c")
	c.Subscribe("a", mqtt.AtLeastOnce)
	c.Send(rawclient.Publish(mqtt.V50, 1, "a", []byte("first"), mqtt.AtMostOnce))
	c.Send(rawclient.Publish(mqtt.V50, 1, "a", []byte("second"), mqtt.AtLeastOnce))
	c.Send(packet.AppendPingreq(nil))
	rawclient.Await[*rawclient.Pingresp](c)
	if a := rawclient.Await[*rawclient.Puback](c); a.ID != 1 {
		t.Errorf("PUBACK %d", a.ID)
	}
	c.ExpectMessage("a", "first")
	c.ExpectMessage("a", "second")
	c.Quiet()
	c.Disconnect()
}

// A server can be asked for its log and its counters, and stopped twice.
func TestServer(t *testing.T) {
	s := Start(t, Loops(1), Config(func(c *config.Config) {
		c.LogLevel, c.LogSubscriptions = config.LogInfo, true
	}))
	c := s.Connect(t, mqtt.V311, "known")
	c.Subscribe("filter", mqtt.AtMostOnce)
	s.WaitLogged("filter=filter")
	if s.Logged("filter=other") {
		t.Error("the log says more than happened")
	}
	Wait(t, "the Client is counted", func() bool { return s.Count(metrics.Clients) == 1 })
	s.Stop()
	s.Stop()
	c.ExpectClosed()
}

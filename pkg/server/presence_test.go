// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package server_test

import (
	"fmt"
	"testing"

	"github.com/flashmq/flashmq/pkg/config"
	"github.com/flashmq/flashmq/pkg/mqtt"
	"github.com/flashmq/flashmq/pkg/packet"
	"github.com/flashmq/flashmq/pkg/rawclient"
	"github.com/flashmq/flashmq/pkg/servertest"
)

const present = "$SYS/broker/clients/connected/"

// listed is the message about a Client with a clean Session.
func listed(c *rawclient.Client, version string) string {
	return fmt.Sprintf(`{"address":"%s","version":"%s","keepalive":0,"clean":true}`,
		c.LocalAddr(), version)
}

// TestConnectedClientsAreListed follows one Client from CONNECT over a take-over to its end.
func TestConnectedClientsAreListed(t *testing.T) {
	t.Parallel()
	s := servertest.Start(t, servertest.Loops(3), servertest.Config(func(c *config.Config) {
		c.SysClients, c.AllowUnsafeClientIDChars = true, true
	}))
	first := s.Connect(t, mqtt.V50, "a/+#%")
	watcher := s.Connect(t, mqtt.V311, "watcher")
	watcher.Subscribe(present+"+", mqtt.AtMostOnce)
	got := map[string]string{}
	for range 2 {
		p := rawclient.Expect[*packet.Publish](watcher)
		got[string(p.Topic)] = string(p.Payload)
	}
	name := present + "a%2F%2B%23%25"
	if got[name] != listed(first, "5.0") || got[present+"watcher"] != listed(watcher, "3.1.1") {
		t.Errorf("listed are %q", got)
	}
	second := s.Connect(t, mqtt.V311, "a/+#%")
	watcher.ExpectMessage(name, "")
	watcher.ExpectMessage(name, listed(second, "3.1.1"))
	second.Disconnect()
	watcher.ExpectMessage(name, "")

	late := s.Connect(t, mqtt.V31, "late")
	watcher.ExpectMessage(present+"late", listed(late, "3.1"))
	late.Subscribe(present+"#", mqtt.AtMostOnce)
	rest := map[string]bool{}
	for range 2 {
		rest[string(rawclient.Expect[*packet.Publish](late).Topic)] = true
	}
	if !rest[present+"late"] || !rest[present+"watcher"] {
		t.Errorf("retained are %v", rest)
	}
}

// TestNobodyIsListedUnasked: addresses are nobody's business unless the administrator says so.
func TestNobodyIsListedUnasked(t *testing.T) {
	t.Parallel()
	s := servertest.Start(t)
	c := s.Connect(t, mqtt.V50, "c")
	c.Subscribe(present+"#", mqtt.AtMostOnce)
	c.Subscribe("x", mqtt.AtMostOnce)
	c.Publish("x", "y", mqtt.AtMostOnce)
	c.ExpectMessage("x", "y")
}

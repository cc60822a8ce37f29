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

// At the end every will is published and reaches subscribers on all loops before they are told.
func TestShutdownPublishesWillsFirst(t *testing.T) {
	const subscribers, wills = 12, 60
	s := servertest.Start(t, servertest.Loops(4))
	var watchers []*rawclient.Client
	for i := range subscribers {
		c := s.Connect(t, rawclient.Versions[i%3], fmt.Sprint("watcher", i))
		c.Subscribe("will/#", mqtt.AtLeastOnce)
		watchers = append(watchers, c)
	}
	for i := range wills {
		s.Connect(t, rawclient.Versions[i%3], fmt.Sprint("dying", i),
			rawclient.Will(fmt.Sprint("will/", i), "goodbye"))
	}
	s.Stop()
	for i, c := range watchers {
		got := map[string]bool{}
		for len(got) < wills {
			next, err := c.TryNext()
			p, ok := next.(*packet.Publish)
			if err != nil || !ok {
				t.Errorf("watcher %d: %d of %d wills, then %T, %v", i, len(got), wills, next, err)
				break
			}
			got[string(p.Topic)] = true
		}
		if len(got) == wills {
			c.ExpectDisconnect(mqtt.ServerShuttingDown)
		}
	}
}

// Wills that wait for their delay are published as well; nobody would do it later.
func TestShutdownPublishesDelayedWills(t *testing.T) {
	s := servertest.Start(t, servertest.Loops(2))
	watcher := s.Connect(t, mqtt.V50, "watcher")
	watcher.Subscribe("will", mqtt.AtMostOnce)
	s.Connect(t, mqtt.V50, "patient", rawclient.Resume, rawclient.Will("will", "delayed"),
		func(p *packet.Connect) { p.WillProperties.SetWillDelayInterval(3000) }).Cut()
	s.Stop()
	watcher.ExpectMessage("will", "delayed")
	watcher.ExpectDisconnect(mqtt.ServerShuttingDown)
}

// Clients that do not read, do not log in or stop in the middle of a packet hold nothing up: Stop
// fails when the server is not gone after a while.
func TestShutdownWithClientsThatHang(t *testing.T) {
	s := servertest.Start(t, servertest.Loops(2), func(c *config.Config) {
		c.ClientMaxWriteBufferSize = 16 << 20
	})
	for i := range 4 {
		deaf := s.Connect(t, mqtt.V50, fmt.Sprint("deaf", i))
		deaf.Subscribe("much", mqtt.AtMostOnce)
	}
	s.Dial(t)
	half := s.Dial(t)
	half.Send(rawclient.Connect(mqtt.V50, "half")[:7])
	partial := s.Connect(t, mqtt.V50, "partial")
	partial.Send(rawclient.Publish(mqtt.V50, 0, "x", make([]byte, 1000), 0)[:500])
	publisher := s.Connect(t, mqtt.V50, "publisher")
	for range 12 {
		publisher.Publish("much", string(make([]byte, 1<<20)), mqtt.AtLeastOnce)
	}
	s.Stop()
	half.ExpectClosed()
	partial.ExpectDisconnect(mqtt.ServerShuttingDown)
	publisher.ExpectDisconnect(mqtt.ServerShuttingDown)
}

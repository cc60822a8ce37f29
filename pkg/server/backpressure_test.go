// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package server_test

import (
	"fmt"
	"sync"
	"testing"

	"github.com/flashmq/flashmq/pkg/config"
	"github.com/flashmq/flashmq/pkg/mqtt"
	"github.com/flashmq/flashmq/pkg/packet"
	"github.com/flashmq/flashmq/pkg/rawclient"
	"github.com/flashmq/flashmq/pkg/servertest"
)

// Loops that mail each other more than they may have waiting: reading slows down, nothing is lost,
// nothing stands still.
func TestMailBackPressure(t *testing.T) {
	const clients, messages, size = 8, 60, 64 << 10
	s := servertest.Start(t, servertest.Loops(4), func(c *config.Config) {
		c.MaxMailBytesPerLoop = 1 << 20
		c.MaxQoSBytesPendingPerClient = 1 << 30
	})
	var receivers, senders []*rawclient.Client
	for i := range clients {
		r := s.Connect(t, rawclient.Versions[i%3], fmt.Sprint("receiver-", i))
		r.Subscribe("mail/#", mqtt.AtLeastOnce)
		receivers = append(receivers, r)
		senders = append(senders, s.Connect(t, rawclient.Versions[i%3], fmt.Sprint("sender-", i)))
	}
	var all sync.WaitGroup
	for i, c := range senders {
		all.Go(func() {
			for n := range messages {
				c.Send(rawclient.Publish(c.Version, mqtt.PacketID(n+1), fmt.Sprint("mail/", i),
					[]byte(numbered(n, size)), mqtt.AtLeastOnce))
			}
			for range messages {
				rawclient.Expect[*rawclient.Puback](c)
			}
		})
	}
	for _, c := range receivers {
		all.Go(func() {
			next := map[string]int{}
			for range clients * messages {
				p := rawclient.Expect[*packet.Publish](c)
				c.Acknowledge(p)
				if n := parseNumber(t, p); n != next[string(p.Topic)] {
					t.Errorf("on %s got %d, want %d", p.Topic, n, next[string(p.Topic)])
				}
				next[string(p.Topic)]++
			}
			c.Quiet()
		})
	}
	all.Wait()
}

// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package server_test

import (
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"

	"github.com/flashmq/flashmq/pkg/config"
	"github.com/flashmq/flashmq/pkg/mqtt"
	"github.com/flashmq/flashmq/pkg/packet"
	"github.com/flashmq/flashmq/pkg/rawclient"
	"github.com/flashmq/flashmq/pkg/servertest"
)

// Many Clients on four loops publish to each other and lose their connections at random places.
// The promises hold: QoS 1 at least once, QoS 2 exactly once, each publisher's order.
func TestPromisesWithLostConnections(t *testing.T) {
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	clients, messages := 24, 300
	if raceDetector {
		clients, messages = 16, 120
	}
	s := servertest.Start(t, servertest.Loops(4), func(c *config.Config) {
		c.MaxQoSBytesPendingPerClient = 1 << 30
		c.MaxQueuedMessagesPerClient = 1 << 20
	})
	var walkers []*walker
	for i := range clients {
		w := &walker{t: t, server: s, random: rand.New(rand.NewPCG(seed, uint64(i))),
			id: fmt.Sprint("walker-", i), version: rawclient.Versions[i%3], total: messages,
			qos: levels[1+i%2], received: map[mqtt.PacketID]bool{}, got: map[string][]int{},
			missing: clients * messages, cuts: 6}
		w.topic = fmt.Sprintf("walk/%d/%d", i, w.qos)
		w.subscribe("walk/#", mqtt.ExactlyOnce)
		walkers = append(walkers, w)
	}
	var all sync.WaitGroup
	for _, w := range walkers {
		all.Go(w.run)
	}
	all.Wait()
	for _, w := range walkers {
		w.settle()
		if len(w.got) != clients {
			t.Errorf("%s heard of %d topics, want %d", w.id, len(w.got), clients)
		}
		w.check(messages)
	}
}

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

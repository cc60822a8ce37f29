// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package server_test

import (
	"bytes"
	"fmt"
	"testing"

	"github.com/flashmq/flashmq/pkg/mqtt"
	"github.com/flashmq/flashmq/pkg/packet"
	"github.com/flashmq/flashmq/pkg/rawclient"
	"github.com/flashmq/flashmq/pkg/servertest"
)

func TestLargePayloads(t *testing.T) {
	s := servertest.Start(t, servertest.Loops(4))
	for _, from := range rawclient.Versions {
		for _, to := range rawclient.Versions {
			for _, q := range levels {
				t.Run(fmt.Sprintf("1 MiB/%v to %v at QoS %d", from, to, q), func(t *testing.T) {
					passLarge(t, s, from, to, q, pattern(1<<20))
				})
			}
		}
	}
	huge := pattern(20 << 20)
	for i, v := range rawclient.Versions {
		t.Run(fmt.Sprintf("20 MiB/%v at QoS %d", v, i), func(t *testing.T) {
			passLarge(t, s, v, rawclient.Versions[2-i], levels[i], huge)
		})
	}
}

// pattern returns bytes of which no two places look alike.
func pattern(size int) []byte {
	b := make([]byte, 0, size+20)
	for i := 0; len(b) < size; i++ {
		b = fmt.Appendf(b, "%d,", i)
	}
	return b[:size]
}

// passLarge sends one large message to two subscribers, and leaves it as a retained one for a
// third.
func passLarge(t *testing.T, s *servertest.Server, from, to mqtt.Version, q mqtt.QoS,
	payload []byte) {
	publisher := s.Connect(t, from, "publisher")
	var receivers []*rawclient.Client
	for _, id := range []string{"a", "b"} {
		c := s.Connect(t, to, id)
		c.Subscribe("large", q)
		receivers = append(receivers, c)
	}
	publisher.Publish("large", string(payload), q, rawclient.Retain)
	for _, c := range receivers {
		receiveLarge(t, c, q, payload)
	}
	late := s.Connect(t, to, "late")
	late.Subscribe("large", q)
	receiveLarge(t, late, q, payload)
	publisher.Publish("large", "", q, rawclient.Retain)
	late.ExpectMessage("large", "")
	for _, c := range append(receivers, late, publisher) {
		_ = c.Close() // it has had its turn
	}
}

func receiveLarge(t *testing.T, c *rawclient.Client, q mqtt.QoS, payload []byte) {
	t.Helper()
	p := rawclient.Expect[*packet.Publish](c)
	if !bytes.Equal(p.Payload, payload) || p.QoS != q {
		t.Fatalf("%d bytes at QoS %d arrived, want %d at %d, or not the same bytes",
			len(p.Payload), p.QoS, len(payload), q)
	}
	c.Acknowledge(p)
}

// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package server_test

import (
	"bytes"
	"fmt"
	"net"
	"runtime"
	"strconv"
	"testing"

	"github.com/flashmq/flashmq/pkg/config"
	"github.com/flashmq/flashmq/pkg/mqtt"
	"github.com/flashmq/flashmq/pkg/packet"
	"github.com/flashmq/flashmq/pkg/servertest"
)

// A subscriber that does not read costs the others nothing and the server a bounded amount of
// memory. What it gets, once it reads, is whole and in order.
func TestSlowSubscriber(t *testing.T) {
	const batches, batch, size = 80, 50, 16 << 10 // 64 MiB in all
	s := servertest.Start(t, servertest.Loops(2))
	slow, fast := s.Connect(t, mqtt.V50, "slow"), s.Connect(t, mqtt.V50, "fast")
	slow.Subscribe("flood", mqtt.AtMostOnce)
	fast.Subscribe("flood", mqtt.AtMostOnce)
	publisher := s.Connect(t, mqtt.V50, "publisher")
	before := heap()
	for i := range batches {
		for j := range batch {
			publisher.Publish("flood", numbered(i*batch+j, size), mqtt.AtMostOnce)
		}
		for j := range batch { // paced by the fast one, which so never falls behind
			if n := number(t, fast); n != i*batch+j {
				t.Fatalf("the fast subscriber got %d, want %d", n, i*batch+j)
			}
		}
	}
	if grown := heap() - before; grown > 24<<20 {
		t.Errorf("the heap grew by %d MiB", grown>>20)
	}
	last, got := -1, 0
	slow.Send(packet.AppendPingreq(nil))
	for {
		next := slow.Next()
		if _, ok := next.(*servertest.Pingresp); ok {
			break
		}
		p, ok := next.(*packet.Publish)
		if !ok {
			t.Fatalf("got %T", next)
		}
		n := parseNumber(t, p)
		if n <= last {
			t.Fatalf("the slow subscriber got %d after %d", n, last)
		}
		last = n
		got++
	}
	if got == 0 || got == batches*batch {
		t.Errorf("the slow subscriber got %d of %d messages", got, batches*batch)
	}
	publisher.Publish("flood", numbered(0, size), mqtt.AtMostOnce)
	if n := number(t, slow); n != 0 {
		t.Errorf("the slow subscriber, reading again, got %d", n)
	}
}

// A publisher that does not read its acknowledgements is not read from for long: what waits for it
// stays bounded. Everything is answered once it reads.
func TestPublisherThatDoesNotRead(t *testing.T) {
	const packets, batch = 1 << 18, 1 << 10 // 1 MiB of answers, with a limit of 4 KiB
	s := servertest.Start(t, servertest.Loops(2), func(c *config.Config) {
		c.ClientMaxWriteBufferSize = 4096
	})
	c, other := s.Connect(t, mqtt.V50, "c"), s.Connect(t, mqtt.V50, "other")
	// Without small buffers the kernel would keep all the answers.
	if err := c.Conn.(*net.TCPConn).SetReadBuffer(4096); err != nil {
		t.Fatal(err)
	}
	sent := make(chan error, 1)
	go func() {
		b := bytes.Repeat(servertest.Publish(mqtt.V50, 1, "x", nil, mqtt.AtLeastOnce), batch)
		for range packets / batch {
			if err := c.TrySend(b); err != nil {
				sent <- err
				return
			}
		}
		sent <- nil
	}()
	other.Quiet()
	for range packets {
		servertest.Expect[*servertest.Puback](c)
	}
	if err := <-sent; err != nil {
		t.Error(err)
	}
	c.Quiet()
}

func heap() int64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}

// numbered returns a payload that begins with a number.
func numbered(n, size int) string {
	text := fmt.Sprintf("%d ", n)
	return text + string(make([]byte, size-len(text)))
}

func number(t *testing.T, c *servertest.Client) int {
	t.Helper()
	p := servertest.Expect[*packet.Publish](c)
	c.Acknowledge(p)
	return parseNumber(t, p)
}

func parseNumber(t *testing.T, p *packet.Publish) int {
	t.Helper()
	text, _, _ := bytes.Cut(p.Payload, []byte(" "))
	n, err := strconv.Atoi(string(text))
	if err != nil {
		t.Fatal(err)
	}
	return n
}

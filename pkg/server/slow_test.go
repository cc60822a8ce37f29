// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package server_test

import (
	"bytes"
	"errors"
	"fmt"
	"net"
	"runtime"
	"strconv"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/flashmq/flashmq/pkg/config"
	"github.com/flashmq/flashmq/pkg/mqtt"
	"github.com/flashmq/flashmq/pkg/packet"
	"github.com/flashmq/flashmq/pkg/rawclient"
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
		if _, ok := next.(*rawclient.Pingresp); ok {
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

// A Client that does not read what it is answered is not read from any more, so that little waits
// for it. All answers are there once it reads.
func TestClientThatDoesNotReadAnswers(t *testing.T) {
	const batches, batch = 400, 1000
	s := servertest.Start(t, servertest.Loops(2), func(c *config.Config) {
		c.ClientMaxWriteBufferSize, c.ReasonStrings = 4096, true
	})
	c, other := dialSmall(t, s), s.Connect(t, mqtt.V50, "other")
	c.Connect(mqtt.V50, "c")
	before := heap()
	bounded := func() {
		t.Helper()
		if grown := heap() - before; grown > 6<<20 {
			t.Errorf("the heap grew by %d MiB", grown>>20)
		}
	}
	var written atomic.Int32
	var writer sync.WaitGroup
	writer.Go(func() {
		// The answers, which say why not, are six times as long.
		b := bytes.Repeat(rawclient.Publish(mqtt.V50, 1, "$", nil, mqtt.AtLeastOnce), batch)
		for range batches {
			c.Send(b)
			written.Add(1)
		}
	})
	stalls(t, &written)
	other.Quiet()
	bounded()
	for i := range batches {
		for range batch {
			if a := rawclient.Expect[*rawclient.Puback](c); a.Code != mqtt.TopicNameInvalid {
				t.Fatalf("got %v", a.Code)
			}
		}
		if i == batches/4 || i == batches/2 {
			bounded()
		}
	}
	writer.Wait()
}

// stalls waits until a count stands still.
func stalls(t *testing.T, count *atomic.Int32) {
	t.Helper()
	servertest.Wait(t, "no more is written", func() bool {
		before := count.Load()
		time.Sleep(100 * time.Millisecond)
		return count.Load() == before
	})
}

// dialSmall opens a connection that holds few bytes on our side.
func dialSmall(t *testing.T, s *servertest.Server) *rawclient.Client {
	t.Helper()
	d := net.Dialer{Control: func(_, _ string, c syscall.RawConn) error {
		var err error
		return errors.Join(c.Control(func(fd uintptr) {
			err = syscall.SetsockoptInt(int(fd), syscall.SOL_SOCKET, syscall.SO_RCVBUF, 4096)
		}), err)
	}}
	conn, err := d.Dial("tcp", s.Addr())
	if err != nil {
		t.Fatal(err)
	}
	return rawclient.Wrap(t, conn)
}

// A Client that receives what it sends, and acknowledges where it reads, with writes that block as
// those of many libraries do: it may not wait for the server while the server waits for it.
func TestClientThatBlocksOnItsAcknowledgements(t *testing.T) {
	const messages, size = 500, 64 << 10 // more than all buffers of the kernel hold
	s := servertest.Start(t, servertest.Loops(2), func(c *config.Config) {
		c.MaxQoSBytesPendingPerClient = 1 << 30
	})
	c := s.Connect(t, mqtt.V50, "c")
	c.Subscribe("x", mqtt.AtLeastOnce)
	var writer sync.WaitGroup
	defer writer.Wait()
	defer c.Close()
	var written atomic.Int32
	writer.Go(func() {
		for i := range messages {
			payload := []byte(numbered(i, size))
			b := rawclient.Publish(mqtt.V50, mqtt.PacketID(i+1), "x", payload, mqtt.AtLeastOnce)
			if c.TrySend(b) != nil {
				return // the reader has found out why
			}
			written.Add(1)
		}
	})
	stalls(t, &written) // or all is written
	for i, acknowledged := 0, 0; i < messages || acknowledged < messages; {
		switch p := c.Next().(type) {
		case *rawclient.Puback:
			acknowledged++
		case *packet.Publish:
			if n := parseNumber(t, p); n != i {
				t.Fatalf("got message %d, want %d", n, i)
			}
			c.Acknowledge(p)
			i++
		}
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

func number(t *testing.T, c *rawclient.Client) int {
	t.Helper()
	p := rawclient.Expect[*packet.Publish](c)
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

// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package server_test

import (
	"crypto/tls"
	"fmt"
	"net"
	"testing"
	"time"

	"github.com/flashmq/flashmq/pkg/config"
	"github.com/flashmq/flashmq/pkg/mqtt"
	"github.com/flashmq/flashmq/pkg/rawclient"
	"github.com/flashmq/flashmq/pkg/servertest"
)

// hello is the beginning of a ClientHello, and of a record that says it is longer.
const hello = "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03"

// Peers that say nothing, or not enough, are gone after their time, each for a reason, and Clients
// notice nothing.
func TestSilentPeersVanish(t *testing.T) {
	t.Parallel()
	const peers = 200
	for _, tt := range []struct {
		door  door
		said  string
		count string
	}{
		{door{tls: true}, "", "tls_timeout"},
		{door{tls: true}, hello, "tls_timeout"},
		{door{proxy: true}, "", "proxy_timeout"},
		{door{proxy: true}, "PROXY TCP4 192.0.2.1 ", "proxy_timeout"},
		{door{proxy: true, tls: true}, "PROXY TCP4 192.0.2.1 192.0.2.2 1 2\r\n", "tls_timeout"},
	} {
		t.Run(fmt.Sprintf("%v %q", tt.door, tt.said), func(t *testing.T) {
			t.Parallel()
			h := open(t, tt.door, servertest.Config(func(c *config.Config) {
				l := &c.Listeners[0]
				if tt.door.tls {
					l.TLSHandshakeTimeout = 1500 * time.Millisecond
				}
				if tt.door.proxy {
					l.HAProxyHeaderTimeout = time.Second
				}
			}))
			good := rawclient.Wrap(t, h.enter(t, 0))
			good.Connect(mqtt.V311, "good")
			good.Subscribe("good", mqtt.AtLeastOnce)
			var silent []net.Conn
			for range peers {
				nc, err := net.Dial("tcp4", "127.0.0.1:"+h.Port())
				if err != nil {
					t.Fatal(err)
				}
				_ = nc.SetDeadline(time.Now().Add(servertest.Patience))
				if _, err := nc.Write([]byte(tt.said)); err != nil {
					t.Fatal(err)
				}
				silent = append(silent, nc)
			}
			good.Publish("good", "still here", mqtt.AtLeastOnce)
			good.ExpectMessage("good", "still here")
			for _, nc := range silent {
				if _, err := nc.Read(make([]byte, 1)); err == nil || !rawclient.Ended(err) {
					t.Fatalf("not closed: %v", err)
				}
				_ = nc.Close()
			}
			if n := h.Refusals()[tt.count]; n != peers {
				t.Errorf("%s was counted %d times: %v", tt.count, n, h.Refusals())
			}
			good.Publish("good", "and still", mqtt.AtLeastOnce)
			good.ExpectMessage("good", "and still")
		})
	}
}

// While peers keep all handshakes busy that there may be, others get in: the silent give way.
func TestHandshakesAreNotForTheSilent(t *testing.T) {
	t.Parallel()
	h := open(t, door{tls: true}, servertest.Config(func(c *config.Config) { c.TLSHandshakes = 4 }))
	for range 8 {
		// A whole ClientHello, and nothing after it.
		nc, err := net.Dial("tcp4", "127.0.0.1:"+h.Port())
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = nc.Close() })
		sent := make(chan struct{})
		go func() {
			defer close(sent)
			c := &onlyFirst{Conn: nc}
			_ = tls.Client(c, h.trusted).Handshake()
		}()
		<-sent
	}
	for i := range 8 {
		c := rawclient.Wrap(t, h.enter(t, 0))
		c.Connect(mqtt.V50, fmt.Sprint("client", i))
	}
	if n := h.Refusals()["tls_overload"]; n < 4 {
		t.Errorf("%d handshakes gave way: %v", n, h.Refusals())
	}
}

// onlyFirst writes once and then hears nothing.
type onlyFirst struct{ net.Conn }

func (c *onlyFirst) Read([]byte) (int, error) { return 0, net.ErrClosed }

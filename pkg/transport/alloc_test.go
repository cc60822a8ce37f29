// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

//go:build !race

package transport

import (
	"bytes"
	"net/netip"
	"strings"
	"testing"

	"github.com/flashmq/flashmq/pkg/buffer"
)

// A small message in a frame costs no allocation in either direction.
func TestFramesAllocateNothing(t *testing.T) {
	c := opened(t)
	in := bytes.Repeat(masked(0x82, string(make([]byte, 300))), 5)
	in = append(in, masked(0x89, "ping")...)
	var from buffer.Out
	message := make([]byte, 300)
	once := func() {
		// The second time around the masks make other data, which does not matter.
		for rest := in; len(rest) > 0; {
			data, left, err := c.w.Next(c.pool, rest, &c.out)
			if err != nil {
				t.Fatal(err)
			}
			rest = left
			if len(data) > 0 {
				from.Append(c.pool, message)
				c.w.Send(c.pool, &from, &c.out)
			}
		}
		if c.out.Len() != 5*304+6 {
			t.Fatalf("%d bytes to write", c.out.Len())
		}
		c.out.Reset(c.pool)
	}
	once()
	if n := testing.AllocsPerRun(1000, once); n != 0 {
		t.Errorf("%v allocations for five messages and a ping", n)
	}
}

// A handshake costs no allocation but the WebSocket, also when the request comes in pieces: those
// wait in buffers of the Pool.
func TestUpgradeAllocatesNothing(t *testing.T) {
	o := &WebSocketOptions{Paths: []string{"/ws", "/mqtt"},
		Origins: []string{"https://app.example"},
		Trusted: func(a netip.Addr) bool { return a == remote }}
	for name, in := range map[string]string{"RFC": request, "browser": fromBrowser,
		"without X-Real-IP": strings.Replace(fromBrowser, "X-Real-IP", "X-Other", 1),
		"URI":               strings.Replace(request, "/mqtt", "http://[::1]:80/mqtt", 1),
		"long":              edit("+Content-Length: 0", "+Cookie: "+strings.Repeat("x", 5000))} {
		t.Run(name, func(t *testing.T) {
			for _, size := range []int{len(in), len(in) - 1, 300, 20} {
				if n := costOfUpgrade(newConnection(t, o), []byte(in), size); n != 0 {
					t.Errorf("%v allocations for %d bytes, %d at once", n, len(in), size)
				}
			}
		})
	}
}

// costOfUpgrade is how many allocations a request costs that comes in pieces of a size and is
// accepted.
func costOfUpgrade(c *connection, in []byte, size int) float64 {
	fresh, wantClient := *c.w, bytes.Contains(in, []byte("X-Forwarded-For"))
	return testing.AllocsPerRun(100, func() {
		*c.w = fresh
		for left := in; len(left) > 0; left = left[min(size, len(left)):] {
			if _, _, err := c.w.Next(c.pool, left[:min(size, len(left))], &c.out); err != nil {
				c.t.Fatal(err)
			}
		}
		if sent, _ := c.out.Single(); string(sent) != accepted ||
			c.w.Client().IsValid() != wantClient {
			c.t.Fatalf("%q, client %v", sent, c.w.Client())
		}
		c.out.Reset(c.pool)
	})
}

// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package client_test

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/flashmq/flashmq/pkg/metrics"
	"github.com/flashmq/flashmq/pkg/mqtt"
	"github.com/flashmq/flashmq/pkg/packet"
	"github.com/flashmq/flashmq/pkg/servertest/scenario"
)

// TestRacingConnects lets 200 connections ask for the same Session at once, in random order and
// pieces, on several loops: one of them has it in the end, and every other one was told.
func TestRacingConnects(t *testing.T) {
	t.Parallel()
	for seed := range uint64(20) {
		t.Run(fmt.Sprintf("seed %d", seed), func(t *testing.T) {
			t.Parallel()
			race(t, rand.New(rand.NewPCG(seed, 3)))
		})
	}
}

const racers = 200

func race(t *testing.T, random *rand.Rand) {
	w := scenario.New(scenario.Defaults(1 + random.IntN(4)))
	var conns []*scenario.Conn
	pending := map[*scenario.Conn][]byte{}
	for i := range racers {
		c := w.Dial(fmt.Sprintf("racer %d", i))
		c.Version = []mqtt.Version{mqtt.V311, mqtt.V50}[random.IntN(2)]
		conns = append(conns, c)
		pending[c] = connectBytes(t, c.Version, "one", random.IntN(2) == 0)
	}
	for len(pending) > 0 {
		c := conns[random.IntN(len(conns))]
		if b := pending[c]; len(b) > 0 {
			n := 1 + random.IntN(len(b))
			c.Send(b[:n])
			if pending[c] = b[n:]; n == len(b) {
				delete(pending, c)
			}
		}
		if random.IntN(4) == 0 {
			w.Settle()
		}
	}
	w.Settle()
	open := 0
	for _, c := range conns {
		open += checkRacer(t, c)
	}
	if open != 1 {
		t.Errorf("%d connections are left, want 1", open)
	}
	for _, x := range []metrics.Counter{metrics.Clients, metrics.Sessions} {
		if n := w.Count(x); n != 1 {
			t.Errorf("%v = %d, want 1", x, n)
		}
	}
	w.Close()
	if n := w.Count(metrics.Clients); n != 0 {
		t.Errorf("%d Clients counted after all went", n)
	}
}

// checkRacer returns 1 if the connection is the one left.
func checkRacer(t *testing.T, c *scenario.Conn) int {
	t.Helper()
	got := strings.Join(c.Take(), ", ")
	if !c.Closed() {
		if !strings.HasPrefix(got, "CONNACK") || strings.Contains(got, "DISCONNECT") {
			t.Errorf("the one that is left got %s", got)
		}
		return 1
	}
	want := "closed"
	if c.Version == mqtt.V50 {
		want = "DISCONNECT 0x8E session taken over, closed"
	}
	if !strings.HasPrefix(got, "CONNACK") || !strings.HasSuffix(got, want) {
		t.Errorf("one taken over (%v) got %s", c.Version, got)
	}
	return 0
}

func connectBytes(t testing.TB, v mqtt.Version, id string, clean bool) []byte {
	t.Helper()
	x := &packet.Connect{Version: v, ClientID: []byte(id), CleanStart: clean}
	if v == mqtt.V50 {
		x.Properties.SetSessionExpiryInterval(100)
	}
	b, err := packet.AppendConnect(nil, x)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

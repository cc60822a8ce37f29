// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package broker_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/flashmq/flashmq/pkg/metrics"
	"github.com/flashmq/flashmq/pkg/mqtt"
	"github.com/flashmq/flashmq/pkg/servertest/scenario"
)

// TestSimulation lets good Clients publish, come and go, take over their own connections, stall and
// dawdle with acknowledgements, on one loop and on several. In the end each has everybody's
// messages: exactly once where both sides chose QoS 2, at least once otherwise, in order.
func TestSimulation(t *testing.T) {
	t.Parallel()
	for seed := range uint64(40) {
		t.Run(fmt.Sprintf("seed %d", seed), func(t *testing.T) {
			t.Parallel()
			simulate(t, rand.New(rand.NewPCG(seed, 7)))
		})
	}
}

func simulate(t *testing.T, random *rand.Rand) {
	o := scenario.Defaults(1 + random.IntN(4))
	o.Client.WriteLimit = 50 + random.IntN(1000)
	w := scenario.New(o)
	w.Bytewise = random.IntN(4) == 0
	var agents []*agent
	for i := range 6 {
		a := &agent{t: t, world: w, random: random, name: fmt.Sprint("agent", i),
			version:   []mqtt.Version{mqtt.V311, mqtt.V50}[random.IntN(2)],
			publishes: mqtt.QoS(1 + random.IntN(2)), subscribes: mqtt.QoS(1 + random.IntN(2)),
			got: map[string][]int{}, holding: map[mqtt.PacketID]bool{}}
		agents = append(agents, a)
		a.connect()
	}
	w.Settle()
	for range 1500 {
		agents[random.IntN(len(agents))].anything()
	}
	finish(w, agents)
	for _, to := range agents {
		for _, from := range agents {
			checkPromise(t, to, from)
		}
		if n := len(to.under); n != 0 {
			t.Errorf("%s has %d messages unacknowledged", to.name, n)
		}
	}
	w.Advance(2 * time.Second)
	for _, c := range []metrics.Counter{
		metrics.Queued, metrics.Inflight, metrics.DroppedQueueFull,
	} {
		if n := w.Count(c); n != 0 {
			t.Errorf("%v = %d in the end", c, n)
		}
	}
}

// anything is one random step of an agent.
func (a *agent) anything() {
	if a.conn.Closed() {
		a.receive()
		if a.random.IntN(3) == 0 {
			a.connect()
		}
		return
	}
	switch n := a.random.IntN(100); {
	case n < 40:
		a.publish()
	case n < 75:
		a.receive()
		a.reply(a.random.IntN(8))
	case n < 79:
		a.receive()
		a.conn.Cut()
	case n < 81:
		a.receive()
		a.connect() // takes over its own
	case n < 85:
		a.conn.Stalled = true
	case n < 90:
		a.conn.Resume()
	case n < 92:
		a.world.Advance(time.Duration(a.random.Int64N(int64(20 * time.Second))))
	default:
		a.world.Settle()
	}
}

// finish brings everybody back and lets them acknowledge everything.
func finish(w *scenario.World, agents []*agent) {
	for _, a := range agents {
		a.conn.Resume()
	}
	for busy := true; busy; {
		w.Settle()
		busy = false
		for _, a := range agents {
			busy = a.receive() || len(a.answers) > 0 || busy
			a.reply(len(a.answers))
			if a.conn.Closed() { // also by an older one of its own that came through later
				a.connect()
				busy = true
			}
		}
	}
}

// checkPromise holds what one agent got from another against what it was promised.
func checkPromise(t *testing.T, to, from *agent) {
	t.Helper()
	got := to.got["from/"+from.name]
	once := min(to.subscribes, from.publishes) == mqtt.ExactlyOnce
	var first []int // each number when it came first
	seen := map[int]bool{}
	for _, n := range got {
		if seen[n] && once {
			t.Errorf("%s got %d of %s twice", to.name, n, from.name)
		}
		if !seen[n] {
			first = append(first, n)
		}
		seen[n] = true
	}
	if len(first) != from.count {
		t.Errorf("%s got %d of %d messages of %s", to.name, len(first), from.count, from.name)
	}
	if !slices.IsSorted(first) {
		t.Errorf("%s got the messages of %s in the order %v", to.name, from.name, first)
	}
}

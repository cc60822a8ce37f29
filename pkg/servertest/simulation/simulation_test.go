// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package simulation_test

import (
	"flag"
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/flashmq/flashmq/pkg/servertest/simulation"
)

var (
	seed    = flag.Uint64("simulation.seed", 0, "seed of the first round; 0: a new one each time")
	length  = flag.Duration("simulation.length", 0, "begin rounds for so long; 0: two short ones")
	clients = flag.Int("simulation.clients", 24, "good Clients of each round")
	loops   = flag.Int("simulation.loops", 0, "loops of the server; 0: the seed decides")
)

// Ours: what a round takes besides is coming to rest.
const (
	shortWork = 4 * time.Second
	longWork  = 10 * time.Second
)

// Everything goes wrong, and the promises hold. Repeat a round with -simulation.seed; run for an
// hour with -simulation.length 1h -timeout 2h -v.
func TestPromises(t *testing.T) {
	first := *seed
	if first == 0 {
		first = rand.Uint64()
	}
	seeds := rand.New(rand.NewPCG(first, 0))
	o := simulation.Options{Seed: first, Clients: *clients, Loops: *loops, Work: shortWork}
	if *length > 0 {
		o.Work = longWork
	}
	began := time.Now()
	for i := 0; *length == 0 && i < 2 || time.Since(began) < *length; i++ {
		if !t.Run(fmt.Sprintf("seed %d", o.Seed), func(t *testing.T) {
			r := simulation.Round(t, o)
			fmt.Println(r) // at once, so that a long run can be watched
			t.Log(r)
			if r.Messages == 0 || r.Deliveries == 0 || r.Cuts == 0 {
				t.Error("nothing happened")
			}
		}) {
			return
		}
		o.Seed = seeds.Uint64()
	}
}

// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package simulation

import (
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/flashmq/flashmq/pkg/mqtt"
	"github.com/flashmq/flashmq/pkg/servertest"
)

// Ours.
const (
	// patience bounds every wait; it only ends rounds that fail.
	patience = 30 * time.Second
	// groups is how many shared subscriptions there are.
	groups = 2
	// complaints is how many of them are printed; more of the same help nobody.
	complaints = 20
)

// world is what the actors of one round share.
type world struct {
	t        testing.TB
	server   *servertest.Server
	clock    atomic.Int64
	streams  []*stream
	topics   map[string]*stream
	actors   []*actor
	wills    wills
	mourners sync.WaitGroup

	// roomy: the server's output buffers hold whatever may come; otherwise they fill up.
	roomy bool
	// resting: nothing new is published, nobody is cut any more, slow readers hurry.
	resting atomic.Bool
	// storms counts the instants at which all chaotic actors lose their connections together.
	storms atomic.Int64

	failures                                   atomic.Int64
	messages, deliveries, cuts, takeOvers, bad atomic.Int64
}

// now numbers what happens: what has the lower number happened before.
func (w *world) now() int64 { return w.clock.Add(1) }

func (w *world) failf(format string, a ...any) {
	w.t.Helper()
	switch n := w.failures.Add(1); {
	case n <= complaints:
		w.t.Errorf(format, a...)
	case n == complaints+1:
		w.t.Errorf("and more of it")
	}
}

// plan makes the streams of all actors.
func (w *world) plan(actors int) {
	w.topics = make(map[string]*stream)
	for i := range actors {
		for q := range mqtt.ExactlyOnce + 1 {
			w.stream(fmt.Sprintf("p/%d/%d/a", i, q), i, q, plain)
			w.stream(fmt.Sprintf("p/%d/%d/b", i, q), i, q, plain)
			w.stream(fmt.Sprintf("s/%d/%d", i, q), i, q, shared)
			if q > mqtt.AtMostOnce {
				w.stream(fmt.Sprintf("r/%d/%d", i, q), i, q, retained)
			}
		}
	}
}

func (w *world) stream(topic string, publisher int, q mqtt.QoS, k kind) {
	st := &stream{topic: topic, publisher: publisher, qos: q, kind: k}
	w.topics[topic] = st
	w.streams = append(w.streams, st)
}

// everybody lets all actors do the same at once and waits for them.
func (w *world) everybody(do func(*actor)) {
	var all sync.WaitGroup
	for _, a := range w.actors {
		all.Go(func() { do(a) })
	}
	all.Wait()
}

// wait polls for what nobody can be told about.
func (w *world) wait(what string, happened func() bool) bool {
	for began := time.Now(); !happened(); time.Sleep(2 * time.Millisecond) {
		if time.Since(began) > patience {
			w.failf("this did not happen: %s", what)
			return false
		}
	}
	return true
}

// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package simulation

import (
	"fmt"
	"math/rand/v2"
	"runtime"
	"sync"
	"testing"
	"time"

	"github.com/flashmq/flashmq/pkg/config"
	"github.com/flashmq/flashmq/pkg/servertest"
)

// Options of a round.
type Options struct {
	Seed    uint64
	Clients int           // actors, besides bad ones; raised to as many as there are parts
	Loops   int           // of the server; 0: the seed decides
	Work    time.Duration // how long actors publish and suffer; coming to rest takes longer
}

// Report says what happened in a round.
type Report struct {
	Options
	Messages, Deliveries, Cuts, TakeOvers, Bad int64
	Wills                                      int
	Lasted                                     time.Duration
	Heap                                       uint64 // bytes in use after it
	Failures                                   int64
}

func (r Report) String() string {
	verdict := "ok"
	if r.Failures > 0 {
		verdict = fmt.Sprintf("FAILED (%d complaints)", r.Failures)
	}
	return fmt.Sprintf("seed %d loops %d clients %d: %d messages, %d deliveries, %d cuts, "+
		"%d take-overs, %d wills, %d bad clients, %.1f s, heap %.1f MiB: %s",
		r.Seed, r.Loops, r.Clients, r.Messages, r.Deliveries, r.Cuts, r.TakeOvers, r.Wills, r.Bad,
		r.Lasted.Seconds(), float64(r.Heap)/(1<<20), verdict)
}

// Round starts a server, lets everything happen to it, and fails the test if a promise was broken
// or something is left over. What is left of the process, servertest looks for at the end of t.
func Round(t testing.TB, o Options) Report {
	began := time.Now()
	random := rand.New(rand.NewPCG(o.Seed, 0))
	drawn := 1 + random.IntN(4)
	if o.Loops == 0 {
		o.Loops = drawn
	}
	o.Clients = max(o.Clients, fewest)
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1 + random.IntN(4))) // other orders of loops
	w := &world{t: t, roomy: random.IntN(2) == 0}
	w.server = w.start(o, random)
	w.plan(o.Clients)
	for i := range o.Clients {
		w.actors = append(w.actors, newActor(w, o.Seed, i))
	}
	w.play(random, o)
	w.server.Stop()
	r := Report{Options: o, Messages: w.messages.Load(), Deliveries: w.deliveries.Load(),
		Cuts: w.cuts.Load(), TakeOvers: w.takeOvers.Load(), Bad: w.bad.Load(),
		Wills: w.wills.count(), Failures: w.failures.Load()}
	w.actors, w.streams, w.topics = nil, nil, nil
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	r.Heap, r.Lasted = m.HeapAlloc, time.Since(began)
	return r
}

// start starts a server whose limits are out of the way of QoS 1 and 2, and in that of nobody else.
func (w *world) start(o Options, random *rand.Rand) *servertest.Server {
	return servertest.Start(w.t, servertest.Loops(o.Loops), func(c *config.Config) {
		c.MaxQoSMsgPendingPerClient = maxWindow
		c.MaxQoSBytesPendingPerClient = 1 << 30
		c.MaxQueuedMessagesPerClient = 1 << 20
		c.MaxMailBytesPerLoop = 1 << 20
		c.BufferPoolBytesPerLoop = 1 << 20
		c.SysInterval = 300 * time.Millisecond
		c.ReasonStrings = true
		c.ClientMaxWriteBufferSize = w.writeBuffer(random)
	})
}

// play is the whole of a round between the server's start and stop.
func (w *world) play(random *rand.Rand, o Options) {
	watcher := w.watch()
	if watcher == nil {
		return
	}
	defer w.hangUp(watcher)
	before := w.atFirst()
	w.everybody((*actor).arrive)
	w.rage(random, o)
	w.everybody((*actor).finish)
	w.everybody((*actor).settle)
	w.wait("all wills that are due", w.wills.due)
	if w.failures.Load() == 0 {
		w.idle()
		w.audit()
	}
	w.everybody((*actor).leave)
	if w.failures.Load() == 0 {
		w.empty(watcher, before)
	}
	w.everybody((*actor).judge)
	for group := range groups {
		w.judgeShare(group)
	}
	w.wills.judge(w.failf)
}

// rage is the time in which everything happens.
func (w *world) rage(random *rand.Rand, o Options) {
	var others sync.WaitGroup
	for _, other := range []func(*rand.Rand){w.peek, w.litter, w.litter, w.disturb} {
		own := rand.New(rand.NewPCG(o.Seed, random.Uint64()))
		others.Go(func() { other(own) })
	}
	rest := time.AfterFunc(o.Work, func() { w.resting.Store(true) })
	defer rest.Stop()
	w.everybody((*actor).work)
	w.resting.Store(true) // when all have failed before
	others.Wait()
}

// hangUp closes what is open and waits until nobody reads any more.
func (w *world) hangUp(x *watcher) {
	x.link.close()
	for _, a := range w.actors {
		if a.link != nil {
			a.link.close()
		}
	}
	w.mourners.Wait()
}

// disturb does to the server what its owner may do at any time, and lets storms come.
func (w *world) disturb(random *rand.Rand) {
	targets := []config.SharedTargeting{
		config.TargetRoundRobin, config.TargetSenderHash, config.TargetFirst,
	}
	for i := 1; !w.resting.Load(); i++ {
		time.Sleep(time.Duration(50+random.IntN(200)) * time.Millisecond)
		if i%8 == 0 {
			w.storms.Add(1)
			continue
		}
		err := w.server.Reload(func(c *config.Config) {
			c.SharedSubscriptionTargeting = targets[random.IntN(len(targets))]
			c.SharedSubscriptionOfflineMembers = config.OfflineMembers(random.IntN(2))
			c.ClientMaxWriteBufferSize = w.writeBuffer(random)
			c.LogSubscriptions = random.IntN(2) == 0
		})
		if err != nil {
			w.failf("reload: %v", err)
		}
	}
}

// writeBuffer draws how much may wait for one Client until QoS 0 is dropped and the rest is queued.
func (w *world) writeBuffer(random *rand.Rand) uint32 {
	if w.roomy {
		return uint32(4<<20 + random.IntN(1<<20))
	}
	return uint32(4096 + random.IntN(60<<10))
}

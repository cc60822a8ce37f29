// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package simulation

import (
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/flashmq/flashmq/pkg/mqtt"
	"github.com/flashmq/flashmq/pkg/rawclient"
)

// The life of an actor, each step done by all of them before the next begins:
//
//	arrive    connects and subscribes
//	work      publishes, receives, and loses its connection (fate.go) until the world rests
//	finish    comes back for good; everything it published is acknowledged
//	settle    takes in what is still on its way
//	leave     ends its Session

// actor is one Client Identifier and whatever its Client remembers. It belongs to one goroutine at
// a time.
type actor struct {
	world  *world
	random *rand.Rand
	index  int
	id     string

	version    mqtt.Version
	calm       bool // a witness: never cut, never slow on purpose
	persistent bool
	group      int  // the shared subscription it is a member of; -1: none
	anchor     bool // a member that never leaves its group
	mine       []*stream

	link    *link
	epoch   int32 // number of the connection
	session bool  // the Server has a Session to resume
	will    *will
	fate    fate
	turns   int   // until it strikes
	storm   int64 // world.storms it has been through
	pings   int   // on this connection
	pongs   int

	sending
	receiving
	subscribing
}

// Ours: the first actors have parts of their own.
const (
	witnesses = 3 // one of each version
	fewest    = witnesses + groups + 2
)

func newActor(w *world, seed uint64, index int) *actor {
	a := &actor{world: w, index: index, id: fmt.Sprint("actor-", index), group: -1,
		random:  rand.New(rand.NewPCG(seed, uint64(index+1))),
		version: rawclient.Versions[index%3], persistent: true}
	a.receiving.start()
	a.calm = index < witnesses
	switch n := index - witnesses; {
	case a.calm:
	case n < groups:
		a.group, a.anchor = n, true
	case index%4 == 0:
		a.persistent = false
	case index%4 == 1:
		a.group = index / 4 % groups
	}
	if a.version == mqtt.V50 {
		a.receiveMaximum = uint16(1 + a.random.IntN(20))
		a.aliasMaximum = uint16(a.random.IntN(8))
	}
	for _, st := range w.streams {
		if st.publisher == index {
			a.mine = append(a.mine, st)
		}
	}
	return a
}

func (a *actor) failf(format string, args ...any) {
	a.world.failf("%s: %s", a.id, fmt.Sprintf(format, args...))
}

func (a *actor) arrive() {
	if !a.connect(false) {
		return
	}
	for range 1 + a.random.IntN(3) {
		a.subscribe(a.anyFilter(), mqtt.QoS(a.random.IntN(3)))
	}
	if a.calm {
		a.subscribe("p/#", mqtt.ExactlyOnce)
	}
	if a.group >= 0 {
		a.subscribe(a.shareFilter(), mqtt.ExactlyOnce)
	}
}

func (a *actor) work() {
	pause := time.NewTimer(0)
	defer pause.Stop()
	for !a.world.resting.Load() {
		if a.link == nil && !a.connect(false) {
			return
		}
		select {
		case p, ok := <-a.link.packets:
			a.take(p, ok)
		case <-pause.C:
			a.act()
			pause.Reset(time.Duration(1000+a.random.IntN(15000)) * time.Microsecond)
		}
	}
}

// act is one thing done of its own accord.
func (a *actor) act() {
	a.acknowledge(a.random.IntN(12))
	switch n := a.random.IntN(100); {
	case n < 55:
		for range 1 + a.random.IntN(4) {
			a.publish()
		}
	case n < 60:
		a.fence()
	case n < 64:
		a.churn()
	case n < 66 && !a.calm:
		time.Sleep(time.Duration(a.random.IntN(80)) * time.Millisecond) // nothing is read
	}
	if a.calm || a.link == nil {
		return
	}
	storm := a.world.storms.Load()
	if a.turns--; a.turns <= 0 || a.storm != storm {
		a.storm = storm
		a.suffer()
		if a.random.IntN(3) == 0 {
			time.Sleep(time.Duration(a.random.IntN(300)) * time.Millisecond)
		}
	}
}

func (a *actor) finish() {
	// A connection with a Keep Alive would have to be looked after from now on.
	if (a.link == nil || a.link.watched) && !a.connect(false) {
		return
	}
	a.await("end of all exchanges", func() bool { return len(a.under) == 0 })
	for _, st := range a.mine {
		// What is retained must be known.
		for st.kind == retained && a.link != nil && st.uncertain() {
			a.publishOn(st)
			a.await("end of an exchange", func() bool { return len(a.under) == 0 })
		}
	}
	a.fence()
}

// settle takes in packets until nothing comes between two PINGREQs any more.
func (a *actor) settle() {
	for quiet := 0; quiet < 3 && a.link != nil; {
		before := a.packets
		if _, ok := a.fence(); !ok {
			return
		}
		quiet++
		if a.packets != before || len(a.owed) > 0 {
			quiet = 0
		}
	}
}

func (a *actor) leave() {
	if a.link == nil {
		return
	}
	a.goodbye(mqtt.Success)
	l := a.world.dial(a.random, a.version, true)
	if l == nil {
		return
	}
	l.send(rawclient.Connect(a.version, a.id)) // ends the Session
	a.connack(l, false)
	a.link, a.will, a.session = l, nil, false
	a.goodbye(mqtt.Success)
}

// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package simulation

import (
	"fmt"
	"math/rand/v2"

	"github.com/flashmq/flashmq/pkg/mqtt"
	"github.com/flashmq/flashmq/pkg/packet"
	"github.com/flashmq/flashmq/pkg/rawclient"
)

// peek subscribes to all retained messages, over and over: a new subscriber hears the last message
// the Server had acknowledged or a later one, never an older one [MQTT-3.3.1-5], [MQTT-3.3.1-6].
func (w *world) peek(random *rand.Rand) {
	for i := 0; !w.resting.Load() && w.failures.Load() == 0; i++ {
		g := w.guest(fmt.Sprint("peeker-", i), rawclient.Versions[random.IntN(3)])
		if g == nil {
			return
		}
		q := mqtt.QoS(1 + random.IntN(2))
		if w.roomy { // else QoS 0 may be lost
			q = mqtt.QoS(random.IntN(3))
		}
		g.peek(q)
		g.link.reset()
	}
}

// sight is what a peeker knows about one stream.
type sight struct {
	done    int  // messages acknowledged before
	seen    int  // number of the last message it got, -1 before
	certain bool // one has to come
}

func (g *guest) peek(q mqtt.QoS) {
	sights := make(map[*stream]*sight)
	for _, st := range g.world.streams {
		if st.kind == retained {
			sights[st] = &sight{done: int(st.done.Load()), seen: -1}
		}
	}
	if !g.fence() || !g.subscribe("r/#", q) {
		return
	}
	waiting := 0
	for st, s := range sights {
		s.certain = s.done > 0 && !deletes(s.done-1) && int(st.begun.Load()) == s.done
		if s.certain {
			waiting++
		}
	}
	for p := (*packet.Publish)(nil); waiting > 0; {
		if p = g.publish(); p == nil {
			return
		}
		if g.see(sights[g.world.topics[string(p.Topic)]], p) {
			waiting--
		}
	}
}

// see looks at one message; true when it is the first of those that have to come.
func (g *guest) see(s *sight, p *packet.Publish) (first bool) {
	if s == nil {
		g.world.failf("%s: got topic %q", g.who, p.Topic)
		return false
	}
	if len(p.Payload) > 0 {
		n, _, err := parse(p.Payload)
		if err != nil || n < s.done-1 || n < s.seen || deletes(n) {
			g.world.failf("%s: %s has message %d, retain %v, after %d; %d were acknowledged before",
				g.who, p.Topic, n, p.Retain, s.seen, s.done)
		}
		s.seen = n
	} else if p.Retain {
		g.world.failf("%s: %s has a retained message without payload", g.who, p.Topic)
	}
	first, s.certain = s.certain, false
	return first
}

// audit looks at the retained messages when all have come to rest: the last of each stream, and no
// others. Then it deletes them.
func (w *world) audit() {
	g := w.guest("auditor", mqtt.V50)
	if g == nil {
		return
	}
	defer g.link.close()
	want := make(map[string]int)
	for _, st := range w.streams {
		if n := len(st.messages); st.kind == retained && n > 0 && !deletes(n-1) {
			want[st.topic] = n - 1
		}
	}
	if !g.subscribe("r/#", mqtt.ExactlyOnce) {
		return
	}
	expected := len(want)
	for range expected {
		if p := g.publish(); p == nil || !w.retains(want, p) {
			return
		}
	}
	for range 3 { // in each turn of the loop some more of what is stored is looked at
		g.fence()
	}
	if len(g.heard) > 0 {
		w.failf("retained in excess: %q", g.heard[0].Topic)
	}
	g.sweep()
}

// sweep deletes all retained messages.
func (g *guest) sweep() {
	for _, st := range g.world.streams {
		if st.kind == retained {
			g.link.send(rawclient.Publish(g.link.raw.Version, 0, st.topic, nil, mqtt.AtMostOnce,
				rawclient.Retain))
		}
	}
	g.fence()
}

// retains checks one message against those wanted, and takes it off the list.
func (w *world) retains(want map[string]int, p *packet.Publish) bool {
	n, _, err := parse(p.Payload)
	expected, known := want[string(p.Topic)]
	if err != nil || !known || n != expected || !p.Retain {
		w.failf("retained for %q is %d, want %d (%v); retain %v, %v",
			p.Topic, n, expected, known, p.Retain, err)
		return false
	}
	delete(want, string(p.Topic))
	return true
}

// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package session_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/flashmq/flashmq/pkg/mqtt"
	"github.com/flashmq/flashmq/pkg/packet"
	"github.com/flashmq/flashmq/pkg/session"
)

// pair is a Session and its twin, given the same.
type pair struct {
	t           *testing.T
	random      *rand.Rand
	session     *session.Session
	counters    session.Counters
	twin        twin
	publication packet.Publication
	connection  *fake
	now         int64
	count       int
	step        string
}

func newPair(t *testing.T, seed uint64) *pair {
	r := rand.New(rand.NewPCG(seed, 1))
	limits := &session.Limits{
		Window: 1 + r.IntN(20), QueuedMessages: r.IntN(30), QueuedBytes: 50 + r.IntN(500),
		DropOldest: r.IntN(2) == 0,
	}
	p := &pair{t: t, random: r, now: int64(time.Second)}
	p.session = session.New("c", "", limits, &p.counters)
	p.twin.limits = limits
	p.attach()
	return p
}

func (p *pair) deliver() {
	p.count++
	m := &mqtt.Message{
		Topic: strconv.Itoa(p.count), QoS: mqtt.QoS(1 + p.random.IntN(2)),
		Payload: make([]byte, p.random.IntN(40)),
	}
	if p.random.IntN(4) == 0 {
		m.Expires = p.now + p.random.Int64N(int64(5*time.Second))
	}
	p.step = "deliver " + m.Topic
	p.publication.Reset(m, true, p.now)
	p.session.Deliver(&p.publication, packet.Delivery{Flags: packet.Level(m.QoS)}, nil)
	p.twin.deliver(m, p.now)
}

func (p *pair) attach() {
	p.detach()
	c := &fake{room: true, tooLarge: 36}
	maximum := uint16(1 + p.random.IntN(12))
	p.step = fmt.Sprintf("attach %d", maximum)
	p.connection = c
	p.session.Attach(c, maximum)
	p.twin.attach(c, maximum)
	p.pump()
}

func (p *pair) detach() {
	p.step = "detach"
	p.connection = nil
	p.session.Detach()
	p.twin.connection = nil
}

func (p *pair) pump() {
	p.session.Pump(&p.publication, p.now)
	p.twin.pump(p.now)
}

// pick returns an identifier: mostly one that awaits something, sometimes any.
func (p *pair) pick() mqtt.PacketID {
	var ids []mqtt.PacketID
	for _, f := range p.twin.flights {
		if !f.resend {
			ids = append(ids, f.id)
		}
	}
	for _, x := range p.twin.releases {
		ids = append(ids, x.id)
	}
	if len(ids) == 0 || p.random.IntN(10) == 0 {
		return mqtt.PacketID(p.random.IntN(40))
	}
	return ids[p.random.IntN(len(ids))]
}

func (p *pair) acknowledge() {
	if p.connection == nil {
		return
	}
	id := p.pick()
	p.step = fmt.Sprintf("acknowledge %d", id)
	code := mqtt.Success
	if p.random.IntN(6) == 0 {
		code = mqtt.QuotaExceeded
	}
	for _, x := range []struct {
		name      string
		got, want bool
	}{
		{"PUBACK", p.session.Puback(id), p.twin.puback(id)},
		{"PUBCOMP", p.session.Pubcomp(id), p.twin.pubcomp(id)},
		{"PUBREC", p.session.Pubrec(id, code), p.twin.pubrec(id, code)},
	} {
		if x.got != x.want {
			p.t.Fatalf("%s: %s answers %v, want %v", p.step, x.name, x.got, x.want)
		}
	}
	p.pump()
}

// check compares what was sent, learns identifiers, and looks at the promises.
func (p *pair) check() {
	p.t.Helper()
	if c := p.connection; c != nil {
		if !slices.Equal(c.sent, p.twin.want) {
			p.t.Fatalf("%s: sent\n%q, want\n%q", p.step, c.sent, p.twin.want)
		}
		p.learn(c)
		c.sent, c.ids = nil, nil
	}
	p.twin.want, p.twin.wantIDs = nil, nil
	seen := map[mqtt.PacketID]bool{}
	onWire := 0
	for _, f := range p.twin.flights {
		if f.id == 0 || seen[f.id] {
			p.t.Fatalf("%s: identifier %d is in use twice", p.step, f.id)
		}
		seen[f.id] = true
		if !f.resend {
			onWire++
		}
	}
	for _, x := range p.twin.releases {
		if x.counted {
			onWire++
		}
	}
	if p.connection != nil && onWire > p.twin.maximum {
		p.t.Fatalf("%s: %d messages unacknowledged, Receive Maximum %d",
			p.step, onWire, p.twin.maximum)
	}
	p.compare("queued", p.session.Queued(), len(p.twin.queue))
	p.compare("in flight", p.session.Inflight(), p.twin.used())
	p.compare("counted as queued", int(p.counters.Queued), len(p.twin.queue))
	p.compare("counted as in flight", int(p.counters.Inflight), p.twin.used())
	p.compare("dropped", int(p.counters.Dropped), p.twin.dropped)
	p.compare("expired", int(p.counters.Expired), p.twin.expired)
}

// learn takes over the identifiers the Session chose, which nothing else may be using.
func (p *pair) learn(c *fake) {
	fresh := p.twin.flights[len(p.twin.flights)-p.unnamed():]
	for i, want := range p.twin.wantIDs {
		got := c.ids[i]
		if want != 0 {
			p.compare("identifier of what is sent again", int(got), int(want))
			continue
		}
		if p.twin.release(got) >= 0 || p.twin.flight(got) != nil {
			p.t.Fatalf("%s: identifier %d is given out while in use", p.step, got)
		}
		fresh[0].id, fresh = got, fresh[1:]
	}
}

func (p *pair) unnamed() (n int) {
	for _, f := range p.twin.flights {
		if f.id == 0 {
			n++
		}
	}
	return n
}

func (p *pair) compare(what string, got, want int) {
	p.t.Helper()
	if got != want {
		p.t.Fatalf("%s: %s %d, want %d", p.step, what, got, want)
	}
}

// random does one random thing.
func (p *pair) anything() {
	switch n := p.random.IntN(100); {
	case n < 45:
		p.deliver()
	case n < 85:
		p.acknowledge()
	case n < 90:
		p.step = "time"
		p.now += p.random.Int64N(int64(2 * time.Second))
	case n < 93:
		p.detach()
	case n < 96:
		p.attach()
	case p.connection != nil:
		p.connection.room = !p.connection.room
		p.step = fmt.Sprintf("room %v", p.connection.room)
		if p.connection.room {
			p.pump()
		}
	}
	p.check()
}

// TestTwin does thousands of random things to a Session and its naive twin, which must agree about
// every packet sent, every answer and every count.
func TestTwin(t *testing.T) {
	t.Parallel()
	for seed := range uint64(40) {
		t.Run(fmt.Sprintf("seed %d", seed), func(t *testing.T) {
			t.Parallel()
			p := newPair(t, seed)
			p.check()
			for range 3000 {
				p.anything()
			}
			p.drain()
		})
	}
}

// drain acknowledges everything: then nothing may be left.
func (p *pair) drain() {
	p.attach()
	p.check()
	for range 10_000 {
		if p.twin.used()+len(p.twin.queue) == 0 {
			break
		}
		p.acknowledge()
		p.check()
	}
	p.compare("messages left", p.session.Queued()+p.session.Inflight(), 0)
}

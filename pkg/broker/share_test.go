// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package broker_test

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/flashmq/flashmq/pkg/mqtt"
	"github.com/flashmq/flashmq/pkg/packet"
	"github.com/flashmq/flashmq/pkg/servertest/scenario"
	"github.com/flashmq/flashmq/pkg/subscription"
)

// group is a World with some members of one shared subscription, spread over its loops.
type group struct {
	t       *testing.T
	world   *scenario.World
	members []*scenario.Conn
	sender  *scenario.Conn
	sent    int
	got     map[string]int // how often each payload came to anyone
}

func newGroup(t *testing.T, loops, members int, how subscription.Targeting) *group {
	t.Helper()
	o := scenario.Defaults(loops)
	o.Targeting = how
	g := &group{t: t, world: scenario.New(o), got: map[string]int{}}
	for i := range members {
		g.members = append(g.members, g.connect(fmt.Sprintf("member %d", i)))
		g.subscribe(g.members[i])
	}
	g.sender = g.connect("sender")
	return g
}

func (g *group) connect(id string) *scenario.Conn {
	g.t.Helper()
	x := &packet.Connect{Version: mqtt.V50, ClientID: []byte(id)}
	x.Properties.SetSessionExpiryInterval(1000)
	b, err := packet.AppendConnect(nil, x)
	if err != nil {
		g.t.Fatal(err)
	}
	c := g.world.Dial(id)
	c.Send(b)
	g.world.Settle()
	return c
}

func (g *group) subscribe(c *scenario.Conn) {
	g.t.Helper()
	b, err := packet.AppendSubscribe(nil, mqtt.V50, &packet.Subscribe{ID: 1,
		Subscriptions: []mqtt.Subscription{{Filter: "$share/g/work/#", Options: 1}}})
	if err != nil {
		g.t.Fatal(err)
	}
	c.Send(b)
	g.world.Settle()
}

func (g *group) publish(from *scenario.Conn) {
	g.t.Helper()
	g.sent++
	b, err := packet.AppendPublish(nil, mqtt.V50, &packet.Publish{
		Topic: []byte("work/x"), Payload: fmt.Appendf(nil, "%d", g.sent), QoS: 1, ID: 1,
	})
	if err != nil {
		g.t.Fatal(err)
	}
	from.Send(b)
	g.world.Settle()
}

// collect returns how many messages a member got since the last time.
func (g *group) collect(c *scenario.Conn) (n int) {
	for _, line := range c.Take() {
		if strings.HasPrefix(line, "PUBLISH") {
			g.got[line[strings.LastIndexByte(line, ' ')+1:]]++
			n++
		}
	}
	return n
}

// TestShareTargeting: who gets how much, with members on one loop and on several.
func TestShareTargeting(t *testing.T) {
	t.Parallel()
	const members, messages = 6, 600
	tests := []struct {
		name string
		how  subscription.Targeting
		// most and least are what the busiest and the idlest member may get.
		most, least int
	}{
		{"round robin", subscription.RoundRobin, messages / members, messages / members},
		{"sender hash", subscription.SenderHash, messages, 0},
		{"first", subscription.First, messages, 0},
	}
	for _, tt := range tests {
		for _, loops := range []int{1, 3} {
			t.Run(fmt.Sprintf("%s on %d loops", tt.name, loops), func(t *testing.T) {
				t.Parallel()
				g := newGroup(t, loops, members, tt.how)
				for _, m := range g.members {
					m.Auto = true
				}
				for range messages {
					g.publish(g.sender)
				}
				var counts []int
				most, least, total := 0, messages, 0
				for _, m := range g.members {
					n := g.collect(m)
					counts = append(counts, n)
					most, least, total = max(most, n), min(least, n), total+n
				}
				if total != messages || most != tt.most || least != tt.least {
					t.Errorf("members got %v", counts)
				}
				if tt.how == subscription.First && counts[0] != messages {
					t.Errorf("the oldest got %d of %v", counts[0], counts)
				}
			})
		}
	}
}

// TestShareSenderHash: one publisher's messages stay with one member, several publishers' are
// spread.
func TestShareSenderHash(t *testing.T) {
	t.Parallel()
	g := newGroup(t, 3, 5, subscription.SenderHash)
	owner := map[int]int{} // sender: member
	busy := map[int]bool{}
	for i := range 40 {
		c := g.connect(fmt.Sprintf("other %d", i))
		for range 3 {
			g.publish(c)
			for n, m := range g.members {
				if g.collect(m) == 0 {
					continue
				}
				if before, known := owner[i]; known && before != n {
					t.Errorf("sender %d went from member %d to %d", i, before, n)
				}
				owner[i], busy[n] = n, true
			}
		}
	}
	if len(owner) != 40 || len(busy) < 3 {
		t.Errorf("%d senders served, by %d members", len(owner), len(busy))
	}
}

// TestShareLosesNothing lets members come, go and acknowledge in random order on several loops:
// every message of QoS 1 reaches somebody who acknowledges it.
func TestShareLosesNothing(t *testing.T) {
	t.Parallel()
	for seed := range uint64(20) {
		for _, how := range []subscription.Targeting{
			subscription.RoundRobin, subscription.SenderHash, subscription.First,
		} {
			t.Run(fmt.Sprintf("seed %d, targeting %d", seed, how), func(t *testing.T) {
				t.Parallel()
				churn(t, rand.New(rand.NewPCG(seed, uint64(how))), how)
			})
		}
	}
}

func churn(t *testing.T, random *rand.Rand, how subscription.Targeting) {
	const members = 5
	g := newGroup(t, 1+random.IntN(4), members, how)
	for range 400 {
		i := random.IntN(members)
		m := g.members[i]
		switch random.IntN(6) {
		case 0:
			g.collect(m)
			m.Cut()
			g.world.Settle()
		case 1:
			if m.Closed() {
				g.members[i] = g.connect(fmt.Sprintf("member %d", i))
			}
		case 2:
			m.Auto = !m.Auto
		default:
			g.publish(g.sender)
		}
	}
	for i, m := range g.members { // everybody comes back and acknowledges
		g.collect(m)
		m.Cut()
		g.world.Settle()
		g.members[i] = g.connect(fmt.Sprintf("member %d", i))
		g.members[i].Auto = true
	}
	for i := range g.members {
		g.collect(g.members[i])
		g.members[i].Cut()
		g.world.Settle()
	}
	for i := range g.members {
		g.members[i] = g.connect(fmt.Sprintf("member %d", i))
		g.collect(g.members[i])
	}
	for n := 1; n <= g.sent; n++ {
		if g.got[fmt.Sprintf("%q", fmt.Sprint(n))] == 0 {
			t.Errorf("message %d of %d reached nobody", n, g.sent)
		}
	}
}

// TestReloadOfOfflineMembers: whether members that are away have their turn changes for Sessions
// that are there already, in both directions.
func TestReloadOfOfflineMembers(t *testing.T) {
	t.Parallel()
	const messages = 10
	g := newGroup(t, 1, 2, subscription.RoundRobin)
	here, away := g.members[0], g.members[1]
	here.Auto = true
	away.Cut()
	g.world.Settle()
	for _, include := range []bool{true, false} {
		o := scenario.Defaults(1)
		o.Broker.ShareOffline = include
		g.world.Reload(o)
		for range messages {
			g.publish(g.sender)
		}
		want := messages
		if include {
			want = messages / 2
		}
		if got := g.collect(here); got != want {
			t.Errorf("members that are away take part: %v; the one that is there got %d of %d,"+
				" want %d", include, got, messages, want)
		}
	}
}

// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package subscription

import (
	"fmt"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/flashmq/flashmq/pkg/mqtt"
)

// loop is a shard in the tests: it owns its subscriptions and has an inbox for what
// publishers found.
type loop struct {
	shard   int
	inbox   chan *Members[*client]
	groups  chan *Group[*client]
	handles []*Handle[*client]
}

// churn subscribes and unsubscribes, and reads the lists it is mailed, as only it may.
func (l *loop) churn(t *testing.T, x *Index[*client], filters []string, steps int) {
	for i := range steps {
		switch n := rand.IntN(5); {
		case n < 3 && len(l.handles) < 40 || len(l.handles) == 0:
			filter := filters[rand.IntN(len(filters))]
			l.handles = append(l.handles, subscribe(x, l.shard, &client{i}, filter))
		case n < 4:
			x.SetOnline(l.handles[rand.IntN(len(l.handles))], i%2 == 0)
		default:
			last := len(l.handles) - 1
			at := rand.IntN(len(l.handles))
			x.Unsubscribe(l.handles[at])
			l.handles[at] = l.handles[last]
			l.handles = l.handles[:last]
		}
		l.receive(t)
	}
	for _, h := range l.handles {
		x.Unsubscribe(h)
	}
}

func (l *loop) receive(t *testing.T) {
	select {
	case m := <-l.inbox:
		for i := 0; m.Chunk(i) != nil; i++ {
			for _, member := range m.Chunk(i) {
				if member.handle.members != m || int(m.Shard) != l.shard {
					t.Error("a member that is not one")
				}
			}
		}
	case g := <-l.groups:
		if m, ok := g.Local(l.shard, "p"); ok && m.handle.seat.group != g {
			t.Error("a member of another group")
		}
	default:
	}
}

// TestLoopsAtOnce: shards change their subscriptions while publishers on all sides match and mail
// what they find. Subscriptions that stay are always found, once.
func TestLoopsAtOnce(t *testing.T) {
	t.Parallel()
	const shards, steps = 3, 4000
	x := New[*client](shards + 1)
	var filters []string
	for i := range 30 {
		filters = append(filters, fmt.Sprintf("a/%d", i), fmt.Sprintf("$share/g/a/%d", i%3))
	}
	filters = append(filters, "a/+", "a/#", "+/1", "$share/g/a/+", "$share/h/#")
	for i := range 30 {
		subscribe(x, shards, &client{}, fmt.Sprintf("a/%d", i))
	}
	subscribe(x, shards, &client{}, "a/+")
	subscribe(x, shards, &client{}, "$share/g/a/+")

	loops := make([]*loop, shards)
	var done atomic.Bool
	var churning, publishing sync.WaitGroup
	for i := range loops {
		loops[i] = &loop{
			shard: i, inbox: make(chan *Members[*client], 64),
			groups: make(chan *Group[*client], 64),
		}
		churning.Go(func() { loops[i].churn(t, x, filters, steps) })
	}
	for range 3 {
		publishing.Go(func() {
			var m Match[*client]
			for i := 0; !done.Load(); i++ {
				x.Match(fmt.Sprintf("a/%d", i%30), &m)
				publish(t, &m, loops)
				x.SetTargeting(Targeting(i % 3))
			}
		})
	}
	churning.Wait()
	done.Store(true)
	publishing.Wait()
	if x.Count() != 32 {
		t.Errorf("%d subscriptions are left, want 32", x.Count())
	}
	for i := range 30 {
		if got := matched(t, x, fmt.Sprintf("a/%d", i)); len(got) != 3 {
			t.Errorf("a/%d: %v", i, got)
		}
	}
}

func publish(t *testing.T, m *Match[*client], loops []*loop) {
	staying, seen := 0, map[*Members[*client]]bool{}
	for _, members := range m.Members {
		if seen[members] {
			t.Error("the same members twice")
		}
		seen[members] = true
		if int(members.Shard) == len(loops) {
			staying++
			continue
		}
		select {
		case loops[members.Shard].inbox <- members:
		default:
		}
	}
	if staying != 2 {
		t.Errorf("%d of the 2 subscriptions that stay were found", staying)
	}
	picked := 0
	var turns Turns
	for _, g := range m.Groups {
		shard, ok := g.Pick(&turns, mqtt.ClientID(g.Filter()))
		if g.Filter() == "$share/g/a/+" && ok {
			picked++
		}
		if ok && shard < len(loops) {
			select {
			case loops[shard].groups <- g:
			default:
			}
		}
	}
	if picked != 1 {
		t.Error("the group that stays was not found once")
	}
}

// TestJoinAtOnce: a member that has joined is in the group that publishers find, whoever leaves
// at the same time.
func TestJoinAtOnce(t *testing.T) {
	t.Parallel()
	const shards, rounds = 4, 5000
	x := New[*client](shards)
	var joining sync.WaitGroup
	for shard := range shards {
		joining.Go(func() {
			for i := range rounds {
				h := subscribe(x, shard, &client{}, "$share/g/a")
				if x.Group("$share/g/a") != h.seat.group {
					t.Error("a member of a group that nobody finds")
				}
				if i%7 != 0 {
					other := subscribe(x, shard, &client{}, "$share/g/a")
					x.Unsubscribe(h)
					h = other
				}
				x.Unsubscribe(h)
			}
		})
	}
	joining.Wait()
	if x.Group("$share/g/a") != nil || x.Count() != 0 {
		t.Error("the group stays without members")
	}
}

// TestPickWhileMembersComeAndGo: a group that has members always has one for a message, also when
// they all lose their connections at the very moment.
func TestPickWhileMembersComeAndGo(t *testing.T) {
	t.Parallel()
	for _, targeting := range []Targeting{RoundRobin, SenderHash, First} {
		const shards, rounds = 3, 200_000
		x := New[*client](shards)
		x.SetTargeting(targeting)
		var stopped atomic.Bool
		var members sync.WaitGroup
		for shard := range 2 {
			h := subscribe(x, shard, &client{}, "$share/g/a")
			members.Go(func() {
				for !stopped.Load() {
					x.SetOnline(h, false)
					x.SetOnline(h, true)
				}
			})
		}
		g := x.Group("$share/g/a")
		var turns Turns
		for range rounds {
			if _, ok := g.Pick(&turns, "sender"); !ok {
				t.Errorf("targeting %d: nobody was picked", targeting)
				break
			}
		}
		stopped.Store(true)
		members.Wait()
	}
}

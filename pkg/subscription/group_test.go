// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package subscription

import (
	"fmt"
	"sync"
	"testing"

	"github.com/flashmq/flashmq/pkg/mqtt"
)

// publishers has the turns of the one who publishes to a group.
var publishers sync.Map

func turnsOf(g *Group[*client]) *Turns {
	turns, _ := publishers.LoadOrStore(g, new(Turns))
	return turns.(*Turns)
}

// serve sends one message of sender to the group and returns who gets it, 0 for nobody.
func serve(t *testing.T, g *Group[*client], sender string) int {
	t.Helper()
	shard, ok := g.Pick(turnsOf(g), mqtt.ClientID(sender))
	if !ok {
		return 0
	}
	m, ok := g.Local(shard, mqtt.ClientID(sender))
	if !ok {
		t.Fatalf("shard %d was picked and has nobody", shard)
	}
	return m.Subscriber.id
}

// three returns a group with one member in shard 0, two in shard 1, three in shard 2: client n is
// handle n-1.
func three(targeting Targeting) (*Index[*client], *Group[*client], []*Handle[*client]) {
	x := New[*client](3)
	x.SetTargeting(targeting)
	var handles []*Handle[*client]
	for i, shard := range []int{0, 1, 1, 2, 2, 2} {
		handles = append(handles, subscribe(x, shard, &client{i + 1}, "$share/g/a/+"))
	}
	return x, x.Group("$share/g/a/+"), handles
}

func TestRoundRobinIsEven(t *testing.T) {
	t.Parallel()
	x, g, handles := three(RoundRobin)
	expect := func(rounds int, want map[int]int) {
		t.Helper()
		members := 0
		for _, n := range want {
			members += n
		}
		got := map[int]int{}
		for range rounds * members {
			got[serve(t, g, "p")]++
		}
		for id := range 7 {
			if got[id] != want[id]*rounds {
				t.Errorf("client %d got %d, want %d", id, got[id], want[id]*rounds)
			}
		}
	}
	expect(20, map[int]int{1: 1, 2: 1, 3: 1, 4: 1, 5: 1, 6: 1})
	x.SetOnline(handles[0], false)
	x.SetOnline(handles[4], false)
	for range 12 { // to where both counts begin anew
		serve(t, g, "p")
	}
	expect(20, map[int]int{2: 1, 3: 1, 4: 1, 6: 1})
	x.SetOnline(handles[0], true)
	x.Unsubscribe(handles[3])
	expect(20, map[int]int{1: 1, 2: 1, 3: 1, 6: 1})
}

func TestSenderHashIsSticky(t *testing.T) {
	t.Parallel()
	_, g, _ := three(SenderHash)
	got := map[int]int{}
	for i := range 600 {
		sender := fmt.Sprint("sender", i)
		id := serve(t, g, sender)
		got[id]++
		for range 3 {
			if again := serve(t, g, sender); again != id {
				t.Fatalf("%s went to %d and to %d", sender, id, again)
			}
		}
	}
	for id := 1; id <= 6; id++ {
		if got[id] < 40 { // of 100 on average
			t.Errorf("client %d got only %d", id, got[id])
		}
	}
}

func TestFirstIsTheOldestOnline(t *testing.T) {
	t.Parallel()
	x, g, handles := three(First)
	steps := []struct {
		name   string
		client int
		change func(h *Handle[*client])
		want   int
	}{
		{"all there", 1, func(*Handle[*client]) {}, 1},
		{"first goes offline", 1, func(h *Handle[*client]) { x.SetOnline(h, false) }, 2},
		{"it comes back, behind the others", 1,
			func(h *Handle[*client]) { x.SetOnline(h, true) }, 2},
		{"second leaves", 2, x.Unsubscribe, 3},
		{"fifth leaves", 5, x.Unsubscribe, 3},
		{"third leaves", 3, x.Unsubscribe, 4},
		{"fourth goes offline", 4, func(h *Handle[*client]) { x.SetOnline(h, false) }, 6},
		{"sixth leaves", 6, x.Unsubscribe, 1},
		{"all offline: who is so longest", 1,
			func(h *Handle[*client]) { x.SetOnline(h, false) }, 4},
		{"fourth leaves", 4, x.Unsubscribe, 1},
		{"first comes back", 1, func(h *Handle[*client]) { x.SetOnline(h, true) }, 1},
		{"nobody is left", 1, x.Unsubscribe, 0},
	}
	for _, step := range steps {
		step.change(handles[step.client-1])
		for range 3 {
			if got := serve(t, g, "p"); got != step.want {
				t.Errorf("%s: went to %d, want %d", step.name, got, step.want)
			}
		}
	}
}

func TestOfflineOnlyWhenNobodyIsOnline(t *testing.T) {
	t.Parallel()
	for _, targeting := range []Targeting{RoundRobin, SenderHash, First} {
		x, g, handles := three(targeting)
		for _, h := range handles {
			x.SetOnline(h, false)
		}
		if g.Online() != 0 {
			t.Errorf("%d are online", g.Online())
		}
		got := map[int]bool{}
		for i := range 200 {
			got[serve(t, g, fmt.Sprint(i))] = true
		}
		if want := 6; targeting != First && len(got) != want || got[0] {
			t.Errorf("targeting %d: offline members %v got something", targeting, got)
		}
		x.SetOnline(handles[4], true)
		x.SetOnline(handles[4], true)
		for i := range 20 {
			if id := serve(t, g, fmt.Sprint(i)); id != 5 {
				t.Errorf("targeting %d: offline client %d was chosen", targeting, id)
			}
		}
		if g.Online() != 1 {
			t.Errorf("%d are online, want 1", g.Online())
		}
	}
}

func TestGroupsComeAndGo(t *testing.T) {
	t.Parallel()
	x := New[*client](2)
	if x.Group("$share/g/a") != nil || x.Group("a") != nil || x.Group("$share/g") != nil {
		t.Error("a group without members")
	}
	a := subscribe(x, 0, &client{1}, "$share/g/a")
	b := subscribe(x, 1, &client{2}, "$share/g/a")
	c := subscribe(x, 0, &client{3}, "$share/h/a")
	plain := subscribe(x, 0, &client{4}, "a")
	if !a.Shared() || plain.Shared() {
		t.Error("Shared is wrong")
	}
	g := x.Group("$share/g/a")
	if g == nil || g == x.Group("$share/h/a") || x.Group("$share/i/a") != nil {
		t.Fatal("not one group for each name")
	}
	x.SetOnline(plain, false)
	x.Unsubscribe(a)
	if x.Group("$share/g/a") != g || serve(t, g, "p") != 2 {
		t.Error("the group went with its first member")
	}
	x.Unsubscribe(b)
	if x.Group("$share/g/a") != nil || x.Group("$share/h/a") == nil {
		t.Error("the wrong group went")
	}
	if _, ok := g.Pick(turnsOf(g), "p"); ok {
		t.Error("an empty group has somebody")
	}
	if _, ok := g.Local(1, "p"); ok {
		t.Error("an empty team has somebody")
	}
	x.SetOnline(b, true)
	x.Unsubscribe(c)
	if e, _ := x.exact.find("a"); e.groups.Load() != nil || e.members.Load() == nil {
		t.Error("not the plain subscription alone is left")
	}
}

// TestManySharesOfOneFilter: a share name more costs what the first did, and so does its end; a
// publish still reaches every group once. (With a list to walk, this test would take minutes.)
func TestManySharesOfOneFilter(t *testing.T) {
	const groups = 100_000
	x := New[*int](1)
	who := new(int)
	handles := make([]*Handle[*int], groups)
	for i := range handles {
		handles[i] = x.Subscribe(0, who, mqtt.Subscription{Filter: fmt.Sprintf("$share/%d/a", i)})
	}
	var m Match[*int]
	x.Match("a", &m)
	if len(m.Groups) != groups {
		t.Fatalf("%d groups match, want %d", len(m.Groups), groups)
	}
	for i, h := range handles {
		if i%2 == 0 {
			x.Unsubscribe(h)
		}
	}
	m = Match[*int]{}
	x.Match("a", &m)
	seen := map[string]bool{}
	for _, g := range m.Groups {
		seen[g.Filter()] = true
	}
	for i := range handles {
		filter := fmt.Sprintf("$share/%d/a", i)
		if left := i%2 == 1; seen[filter] != left || (x.Group(filter) != nil) != left {
			t.Fatalf("%s: matched %v, found %v, want %v", filter, seen[filter], !left, left)
		}
	}
	for i, h := range handles {
		if i%2 == 1 {
			x.Unsubscribe(h)
		}
	}
	if x.Count() != 0 || x.Group("$share/1/a") != nil {
		t.Error("something is left")
	}
}

// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package subscription

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/flashmq/flashmq/pkg/topic"
)

// twin is the slow index: a list of who subscribed to what.
type twin struct {
	subscriptions map[*Handle[*client]]twinEntry
}

type twinEntry struct {
	filter string
	shard  int
	client *client
	online bool
}

func (w *twin) match(name string) []string {
	groups := map[string]bool{}
	got := []string{}
	for _, s := range w.subscriptions {
		share, filter, _ := topic.ParseFilter(s.filter)
		switch {
		case !topic.Matches(filter, name):
		case share == "":
			got = append(got, fmt.Sprintf("%d:%d", s.shard, s.client.id))
		case !groups[s.filter]:
			groups[s.filter] = true
			got = append(got, s.filter)
		}
	}
	slices.Sort(got)
	return got
}

// group returns the members of a group that may be chosen, by client.
func (w *twin) group(filter string) (members map[int]int) {
	online := map[int]int{}
	offline := map[int]int{}
	for _, s := range w.subscriptions {
		switch {
		case s.filter == filter && s.online:
			online[s.client.id] = s.shard
		case s.filter == filter:
			offline[s.client.id] = s.shard
		}
	}
	if len(online) > 0 {
		return online
	}
	return offline
}

func randomLevels(words string) string {
	levels := make([]string, 1+rand.IntN(4))
	for i := range levels {
		levels[i] = string(words[rand.IntN(len(words))])
		switch levels[i] {
		case ".":
			levels[i] = ""
		case "c":
			levels[i] = "more than eight bytes"
		}
	}
	return strings.Join(levels, "/")
}

func randomFilter() string {
	for {
		filter := randomLevels("abc.$++#")
		if topic.CheckFilter(filter, 0) != nil {
			continue
		}
		if rand.IntN(3) == 0 {
			filter = fmt.Sprintf("$share/g%d/%s", rand.IntN(2), filter)
		}
		return filter
	}
}

// TestTwin does the same to the index and to its twin and compares the answers.
func TestTwin(t *testing.T) {
	t.Parallel()
	for range 10 {
		x := New[*client](3)
		x.SetTargeting(Targeting(rand.IntN(3)))
		w := &twin{map[*Handle[*client]]twinEntry{}}
		for step := range 600 {
			h := w.any()
			switch n := rand.IntN(10); {
			case n < 5 || h == nil:
				s := twinEntry{randomFilter(), rand.IntN(3), &client{step}, true}
				w.subscriptions[subscribe(x, s.shard, s.client, s.filter)] = s
			case n < 8:
				x.Unsubscribe(h)
				delete(w.subscriptions, h)
			default:
				s := w.subscriptions[h]
				s.online = !s.online
				w.subscriptions[h] = s
				x.SetOnline(h, s.online)
			}
			if name := randomLevels("abc.$"); name != "" {
				w.compare(t, x, name)
			}
		}
	}
}

func (w *twin) any() *Handle[*client] {
	for h := range w.subscriptions {
		return h
	}
	return nil
}

func (w *twin) compare(t *testing.T, x *Index[*client], name string) {
	t.Helper()
	if got, want := matched(t, x, name), w.match(name); !slices.Equal(got, want) {
		t.Fatalf("%q: got %q, want %q", name, got, want)
	}
	if x.Count() != int64(len(w.subscriptions)) {
		t.Fatalf("counted %d, want %d", x.Count(), len(w.subscriptions))
	}
	for h, s := range w.subscriptions {
		if h.Filter != s.filter {
			t.Fatalf("%q is remembered as %q", s.filter, h.Filter)
		}
	}
	var m Match[*client]
	var turns Turns
	x.Match(name, &m)
	for _, g := range m.Groups {
		members := w.group(g.Filter())
		shard, ok := g.Pick(&turns, "sender")
		member, has := g.Local(shard, "sender")
		if want, is := members[member.Subscriber.id]; !ok || !has || !is || want != shard {
			t.Fatalf("%q: client %d in shard %d of %v",
				g.Filter(), member.Subscriber.id, shard, members)
		}
	}
}

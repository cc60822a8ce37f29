// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package subscription

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"unsafe"

	"github.com/flashmq/flashmq/pkg/mqtt"
)

// subscribe is Subscribe with a filter in a buffer that is overwritten afterwards, as the read
// buffer is.
func subscribe(x *Index[*client], shard int, c *client, filter string) *Handle[*client] {
	borrowed := []byte(filter)
	h := x.Subscribe(shard, c, mqtt.Subscription{Filter: mqtt.Borrow(borrowed)})
	clear(borrowed)
	return h
}

// matched returns who is served for a name, as "shard:client" for members and
// "$share/..." for groups.
func matched(t *testing.T, x *Index[*client], name string) []string {
	t.Helper()
	var m Match[*client]
	x.Match(name, &m)
	got := []string{}
	for _, members := range m.Members {
		if members.Len() == 0 {
			t.Error("members without a member")
		}
		for _, h := range collect(t, members) {
			member := members.At(int(h.position))
			got = append(got, fmt.Sprintf("%d:%d", members.Shard, member.Subscriber.id))
		}
	}
	for _, g := range m.Groups {
		got = append(got, g.Filter())
	}
	slices.Sort(got)
	return got
}

func TestMatch(t *testing.T) {
	t.Parallel()
	x := New[*client](2)
	for i, filter := range []string{
		0: "a/b", 1: "a/+", 2: "a/#", 3: "#", 4: "+/b", 5: "/a", 6: "$SYS/#", 7: "$SYS/x", 8: "+/x",
		9: "$share/g/a/b", 10: "$share/h/a/#", 11: "+/+", 12: "", 13: strings.Repeat("long/", 20),
	} {
		if filter == "" {
			continue
		}
		subscribe(x, i%2, &client{i}, filter)
	}
	tests := []struct {
		name, topic, want string
	}{
		{"exact and wildcards", "a/b", "0:0 0:2 0:4 1:1 1:11 1:3 $share/g/a/b $share/h/a/#"},
		{"hash matches the parent", "a", "0:2 1:3 $share/h/a/#"},
		{"empty last level", "a/", "0:2 1:1 1:11 1:3 $share/h/a/#"},
		{"empty first level", "/a", "1:11 1:3 1:5"},
		{"server's own, by its first level", "$SYS/x", "0:6 1:7"},
		{"server's own, deep", "$SYS/x/y", "0:6"},
		{"server's own, the parent", "$SYS", "0:6"},
		{"another one's", "$other/x", ""},
		{"only the wildcard alone", "q/r/s", "1:3"},
		{"a long one", strings.Repeat("long/", 20), "1:13 1:3"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			want := strings.Fields(test.want)
			slices.Sort(want)
			if got := matched(t, x, test.topic); !slices.Equal(got, want) {
				t.Errorf("%q: got %q, want %q", test.topic, got, want)
			}
		})
	}
}

func TestReplace(t *testing.T) {
	t.Parallel()
	x := New[*client](1)
	for _, filter := range []string{"a", "a/+", "$share/g/a"} {
		first := x.Subscribe(0, &client{1}, mqtt.Subscription{Filter: filter, Identifier: 5})
		second := x.Subscribe(0, &client{2}, mqtt.Subscription{Filter: filter, Identifier: 6})
		x.Replace(second, mqtt.SubscriptionOptions(2), 7)
		if first.Identifier != 5 || second.Identifier != 7 || second.Options.QoS() != 2 {
			t.Errorf("%s: handles have %d and %d", filter, first.Identifier, second.Identifier)
		}
		member := second.members.At(int(second.position))
		if member.Identifier != 7 || member.Options.QoS() != 2 || member.Subscriber.id != 2 {
			t.Errorf("%s: the member is %+v", filter, member)
		}
	}
}

// TestFilterBytesAreShared: two subscriptions to one filter have the same bytes.
func TestFilterBytesAreShared(t *testing.T) {
	t.Parallel()
	x := New[*client](2)
	filters := []string{"short", strings.Repeat("long", 20), "wild/+", "$share/g/wild/+"}
	for _, filter := range filters {
		a, b := subscribe(x, 0, &client{1}, filter), subscribe(x, 0, &client{2}, filter)
		if a.Filter != filter || b.Filter != filter {
			t.Errorf("%q is remembered as %q and %q", filter, a.Filter, b.Filter)
		}
		if unsafe.StringData(a.Filter) != unsafe.StringData(b.Filter) {
			t.Errorf("%q is stored twice", filter)
		}
	}
}

func TestUnsubscribeLeavesNothing(t *testing.T) {
	t.Parallel()
	x := New[*client](2)
	var handles []*Handle[*client]
	for i := range 50 {
		for _, filter := range []string{
			"a/b/%d", "a/%d/+", "+/%d/#", "#", "$share/g/a/%d", "$share/g/+/%d", "s",
		} {
			filter = strings.ReplaceAll(filter, "%d", fmt.Sprint(i/3))
			handles = append(handles, subscribe(x, i%2, &client{i}, filter))
		}
	}
	if x.Count() != int64(len(handles)) {
		t.Errorf("counted %d, want %d", x.Count(), len(handles))
	}
	for _, h := range handles {
		x.Unsubscribe(h)
		x.Unsubscribe(h)
	}
	if x.Count() != 0 {
		t.Errorf("counted %d at the end", x.Count())
	}
	if x.wild.tree.Root().Item.First() != nil {
		t.Error("the trie is not empty")
	}
	for i := range x.exact.stripes {
		if x.exact.stripes[i].set.First() != nil {
			t.Error("the table is not empty")
		}
	}
}

// TestResubscribeAfterEmpty: a shard whose members went while others stayed gets new Members; the
// old ones, which may be in somebody's mail, stay empty.
func TestResubscribeAfterEmpty(t *testing.T) {
	t.Parallel()
	for _, filter := range []string{"a/b", "a/+"} {
		x := New[*client](2)
		h := subscribe(x, 0, &client{1}, filter)
		subscribe(x, 1, &client{2}, filter)
		old := h.members
		x.Unsubscribe(h)
		h = subscribe(x, 0, &client{3}, filter)
		if h.members == old || old.Len() != 0 || old.Chunk(0) != nil {
			t.Errorf("%s: the old members are in use", filter)
		}
		if got := matched(t, x, "a/b"); !slices.Equal(got, []string{"0:3", "1:2"}) {
			t.Errorf("%s: matched %v", filter, got)
		}
	}
}

func TestSizes(t *testing.T) {
	t.Parallel()
	if size := unsafe.Sizeof(Member[*client]{}); size != 24 {
		t.Errorf("a Member has %d bytes, want 24", size)
	}
	if size := unsafe.Sizeof(Handle[*client]{}); size > 48 {
		t.Errorf("a Handle has %d bytes, want 48", size)
	}
	if size := unsafe.Sizeof(Members[*client]{}); size > 48 {
		t.Errorf("Members have %d bytes, want 48", size)
	}
	if size := unsafe.Sizeof(spot[*client]{}); size > 96 { // 128 with the entry around it
		t.Errorf("a spot has %d bytes, want 96", size)
	}
	if size := unsafe.Sizeof(node[*client]{}); size > 80 {
		t.Errorf("an inner node of the trie has grown to %d bytes", size)
	}
	if size := unsafe.Sizeof(leaf[*client]{}); size > 128 {
		t.Errorf("a leaf of the trie has grown to %d bytes", size)
	}
}

// A name that many filters match goes down many branches at once; their memory is not kept.
func TestManyBranches(t *testing.T) {
	t.Parallel()
	const levels = 10
	x := New[*client](1)
	for i := range 1 << levels {
		filter := make([]string, levels)
		for j := range filter {
			filter[j] = "a"
			if i>>j&1 != 0 {
				filter[j] = "+"
			}
		}
		subscribe(x, 0, &client{i}, strings.Join(filter, "/"))
	}
	var m Match[*client]
	for range 2 {
		x.Match(strings.Repeat("a/", levels-1)+"a", &m)
		if got := len(m.Members); got != 1<<levels {
			t.Errorf("%d filters match, want %d", got, 1<<levels)
		}
	}
	if cap(m.here)+cap(m.next) > 2*keptBranches {
		t.Errorf("kept room for %d branches", cap(m.here)+cap(m.next))
	}
}

func TestMatchDoesNotAllocate(t *testing.T) {
	x := New[*client](2)
	for i, filter := range []string{"a/b", "a/+", "a/#", "#", "$share/g/a/b"} {
		subscribe(x, i%2, &client{i}, filter)
	}
	var m Match[*client]
	var turns Turns
	x.Match("a/b", &m)
	allocations := testing.AllocsPerRun(100, func() {
		x.Match("a/b", &m)
		m.Groups[0].Pick(&turns, "sender")
		m.Groups[0].Local(0, "sender")
	})
	if allocations != 0 {
		t.Errorf("%v allocations, want none", allocations)
	}
	if len(m.Members) != 4 || len(m.Groups) != 1 {
		t.Errorf("%d members and %d groups", len(m.Members), len(m.Groups))
	}
}

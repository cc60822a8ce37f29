// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package retained

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/flashmq/flashmq/pkg/mqtt"
)

const second = int64(1e9)

func message(name, payload string) *mqtt.Message {
	return (&mqtt.Message{Topic: name, Payload: []byte(payload), Retain: true}).Clone()
}

func expiring(name, payload string, expires int64) *mqtt.Message {
	m := message(name, payload)
	m.Expires = expires
	return m
}

// found returns "topic=payload" of everything a filter finds, sorted, visiting a few nodes
// at a time.
func found(s *Store, filter string, now int64) []string {
	got := []string{}
	for q := s.Search(filter, 0); ; {
		m, done := q.Next(now, 2)
		if done {
			slices.Sort(got)
			return got
		}
		if m != nil {
			got = append(got, m.Topic+"="+string(m.Payload))
		}
	}
}

func expect(t *testing.T, s *Store, filter string, now int64, want string) {
	t.Helper()
	if got := strings.Join(found(s, filter, now), " "); got != want {
		t.Errorf("%q finds %q, want %q", filter, got, want)
	}
}

// settled fails the test unless the totals are what a walk over the trees adds up to, and no node
// is there for nothing.
func settled(t *testing.T, s *Store) {
	t.Helper()
	var count, bytes, nodes, expiring int64
	for _, tree := range []*tree{&s.names, &s.hidden} {
		for c := everything(tree); !c.done(); {
			n, _ := c.step()
			nodes++
			switch v := n.Item.Value.Load(); {
			case v == gone:
				t.Errorf("node %q is gone and in the tree", n.Key())
			case v != nil:
				count, bytes = count+1, bytes+int64(v.message.Size())
				if v.until != 0 {
					expiring++
				}
			case n.Item.First() == nil:
				t.Errorf("node %q is there for nothing", n.Key())
			}
		}
	}
	got := [4]int64{s.Count(), s.Bytes(), s.Nodes(), s.expiring.Load()}
	if want := [4]int64{count, bytes, nodes, expiring}; got != want {
		t.Errorf("count, bytes, nodes, expiring are %v, want %v", got, want)
	}
}

func TestSetGetRemove(t *testing.T) {
	t.Parallel()
	s := New(Options{})
	steps := []struct {
		name, topic, payload string
		want                 Outcome
		count, nodes         int64
	}{
		{"new", "a/b/c", "1", Stored, 1, 3},
		{"update", "a/b/c", "2", Stored, 1, 3},
		{"on an inner node", "a", "3", Stored, 2, 3},
		{"empty levels", "/", "4", Stored, 3, 5},
		{"remove absent", "x", "", Nothing, 3, 5},
		{"remove from a node without a message", "a/b", "", Nothing, 3, 5},
		{"remove a leaf, its parent keeps its message", "a/b/c", "", Removed, 2, 3},
		{"remove twice", "a/b/c", "", Nothing, 2, 3},
		{"the Server's own", "$SYS/x", "5", Stored, 3, 5},
		{"remove an inner node's, nothing below", "a", "", Removed, 2, 4},
		{"remove with empty levels", "/", "", Removed, 1, 2},
		{"remove the Server's own", "$SYS/x", "", Removed, 0, 0},
	}
	for _, step := range steps {
		if got := s.Set(message(step.topic, step.payload), 0); got != step.want {
			t.Errorf("%s: %v, want %v", step.name, got, step.want)
		}
		if s.Count() != step.count || s.Nodes() != step.nodes {
			t.Errorf("%s: %d messages, %d nodes", step.name, s.Count(), s.Nodes())
		}
		switch m := s.Get(step.topic, 0); {
		case step.want != Stored && m != nil:
			t.Errorf("%s: %q is still there", step.name, m.Payload)
		case step.want == Stored && (m == nil || string(m.Payload) != step.payload):
			t.Errorf("%s: not there", step.name)
		}
		settled(t, s)
	}
}

func TestSearch(t *testing.T) {
	t.Parallel()
	s := New(Options{})
	for _, name := range []string{
		"a", "a/b", "a/b/c", "a/", "/a", "b/b", "a/$x", "$SYS/x", "$SYS/x/y",
	} {
		s.Set(message(name, "1"), 0)
	}
	tests := []struct{ filter, want string }{
		{"a/b", "a/b"}, {"a/x", ""}, {"b", ""},
		{"a/#", "a a/ a/$x a/b a/b/c"}, {"a/b/#", "a/b a/b/c"}, {"a/b/c/#", "a/b/c"},
		{"#", "/a a a/ a/$x a/b a/b/c b/b"},
		{"+", "a"}, {"+/b", "a/b b/b"}, {"+/+", "/a a/ a/$x a/b b/b"}, {"a/+", "a/ a/$x a/b"},
		{"/+", "/a"}, {"+/b/#", "a/b a/b/c b/b"}, {"a/+/c", "a/b/c"},
		{"+/#", "/a a a/ a/$x a/b a/b/c b/b"},
		{"$SYS/#", "$SYS/x $SYS/x/y"}, {"$SYS/+", "$SYS/x"}, {"$SYS/x", "$SYS/x"}, {"+/x", ""},
		{"x/#", ""}, {"x/+", ""},
	}
	for _, test := range tests {
		var want []string
		for _, name := range strings.Fields(test.want) {
			want = append(want, name+"=1")
		}
		slices.Sort(want)
		expect(t, s, test.filter, 0, strings.Join(want, " "))
	}
}

func TestSearchInSteps(t *testing.T) {
	t.Parallel()
	s := New(Options{})
	for i := range 100 {
		s.Set(message(fmt.Sprintf("a/%d/b", i), "1"), 0)
	}
	q := s.Search("a/+/b", 0)
	calls, given := 0, 0
	for {
		m, done := q.Next(0, 7)
		if done {
			break
		}
		if m != nil {
			given++
		}
		calls++
	}
	if given != 100 || q.Limited() {
		t.Errorf("%d given, limited %v", given, q.Limited())
	}
	if m, done := s.Search("nothing/+", 0).Next(0, 1); m != nil || !done {
		t.Error("a search for nothing does not end at once")
	}
	if m, done := s.Search("#", 0).Next(0, 0); m != nil || done {
		t.Error("a search visits nodes it may not")
	}
}

func TestSearchLimit(t *testing.T) {
	t.Parallel()
	s := New(Options{})
	for i := range 10 {
		s.Set(message(fmt.Sprint(i), "1"), 0)
	}
	for _, limit := range []int{1, 9, 10, 11} {
		q := s.Search("#", limit)
		given := 0
		for {
			m, done := q.Next(0, math.MaxInt)
			if done {
				break
			}
			if m != nil {
				given++
			}
		}
		if given != min(limit, 10) || q.Limited() != (limit < 10) {
			t.Errorf("limit %d: %d given, limited %v", limit, given, q.Limited())
		}
	}
}

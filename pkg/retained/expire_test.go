// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package retained

import (
	"fmt"
	"slices"
	"testing"

	"github.com/flashmq/flashmq/pkg/mqtt"
)

func TestExpiredIsNotGiven(t *testing.T) {
	t.Parallel()
	s := New(Options{MaxLifetime: 10 * second})
	s.Set(expiring("a/own", "1", 4*second), 0)
	s.Set(expiring("a/later", "1", 40*second), second)
	s.Set(message("a/none", "1"), 2*second)
	s.Set(expiring("a", "1", 3*second), 0)
	for _, test := range []struct {
		now  int64
		want string
	}{
		{0, "a/later=1 a/none=1 a/own=1 a=1"},
		{3*second - 1, "a/later=1 a/none=1 a/own=1 a=1"},
		{3 * second, "a/later=1 a/none=1 a/own=1"},
		{4 * second, "a/later=1 a/none=1"},
		{11*second - 1, "a/later=1 a/none=1"},
		{11 * second, "a/none=1"},
		{12 * second, ""},
	} {
		expect(t, s, "a/#", test.now, test.want)
		if (s.Get("a/own", test.now) != nil) != (test.now < 4*second) {
			t.Errorf("Get at %d is wrong", test.now)
		}
	}
	if m := s.Get("a/none", 3*second); m.Expires != 0 {
		t.Errorf("an expiry of %d was invented", m.Expires)
	}
	if m := s.Get("a/later", 3*second); m.Expires != 40*second {
		t.Errorf("the expiry was changed to %d", m.Expires)
	}
}

func TestExpire(t *testing.T) {
	t.Parallel()
	s := New(Options{})
	for i := range 200 {
		s.Set(expiring(fmt.Sprintf("a/%d/leaf", i), "1", int64(1+i%2)*second), 0)
	}
	s.Set(message("a/0", "inner"), 0)
	s.Set(message("a/1/leaf/deeper", "1"), 0)
	s.Set(expiring("$SYS/x", "1", second), 0)
	before := s.Nodes()
	if s.Expire(second-1, 1<<30, nil); s.Count() != 203 || s.Nodes() != before {
		t.Fatalf("%d left before the time", s.Count())
	}
	var gone []string
	calls := 0
	for more := true; more; calls++ {
		more = s.Expire(second, 10, func(m *mqtt.Message) { gone = append(gone, m.Topic) })
	}
	if calls < int(before)/10 {
		t.Errorf("%d calls for %d nodes, 10 at a time", calls, before)
	}
	slices.Sort(gone)
	if len(gone) != 101 || gone[0] != "$SYS/x" || len(slices.Compact(gone)) != 101 {
		t.Errorf("%d were told to be gone", len(gone))
	}
	expect(t, s, "a/0/#", second, "a/0=inner")
	if s.Get("a/1/leaf/deeper", second) == nil || s.Count() != 102 {
		t.Errorf("%d left, or the wrong ones", s.Count())
	}
	settled(t, s)
	for s.Expire(2*second, 10, nil) {
	}
	if s.Count() != 2 || s.Expire(3*second, 10, nil) {
		t.Errorf("%d left, or still something to expire", s.Count())
	}
	settled(t, s)
}

// TestExpireSparesTheNewer: a message stored in the middle of a sweep is judged by its own time.
func TestExpireSparesTheNewer(t *testing.T) {
	t.Parallel()
	s := New(Options{})
	for i := range 50 {
		s.Set(expiring(fmt.Sprint(i), "old", second), 0)
	}
	more := s.Expire(second, 20, nil)
	for i := range 50 {
		s.Set(expiring(fmt.Sprint(i), "new", 3*second), second)
	}
	for more {
		more = s.Expire(second, 20, func(m *mqtt.Message) {
			t.Errorf("%q %s is gone", m.Topic, m.Payload)
		})
	}
	if len(found(s, "#", second)) != 50 {
		t.Error("new messages were taken away")
	}
	settled(t, s)
}

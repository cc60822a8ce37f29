// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package retained

import (
	"fmt"
	"strings"
	"testing"
)

func TestLimits(t *testing.T) {
	t.Parallel()
	type step struct {
		topic, payload string
		want           Outcome
	}
	tests := []struct {
		name    string
		options Options
		steps   []step
		left    string
	}{
		{"payload", Options{MaxPayload: 3}, []step{
			{"a", "123", Stored}, {"b", "1234", TooLarge}, {"b/c", "12", Stored},
			{"a", "1234", TooLarge}, // and the stale value goes
			{"a", "", Nothing},
		}, "b/c=12"},
		{"messages", Options{MaxMessages: 2}, []step{
			{"a", "1", Stored}, {"b", "1", Stored}, {"c", "1", TooMany}, {"a", "2", Stored},
			{"b", "", Removed}, {"c/d", "1", Stored}, {"c", "1", TooMany},
		}, "a=2 c/d=1"},
		{"bytes", Options{MaxBytes: 8}, []step{
			{"a", "123", Stored}, {"b", "123", Stored}, {"c", "1", TooMany}, {"a", "321", Stored},
			{"a", "1", Stored}, {"c", "1", Stored},
			{"a", "123", TooMany}, // and the stale value goes
			{"a", "1", Stored},
		}, "a=1 b=123 c=1"},
		{"bytes with structures", Options{MaxBytes: 100, MessageCost: 10, NodeCost: 20}, []step{
			{"a", "1", Stored},    // 2 bytes, 10, 20
			{"b", "1", Stored},    // the same: 64
			{"c/d", "1", TooMany}, // 4 bytes, 10, 40: 118
			{"c", "1234", Stored}, // 5 bytes, 10, 20: 99
			{"b", "123", TooMany}, // 101
			{"b", "1", Stored},    // again
		}, "a=1 b=1 c=1234"},
		{"nodes at the root", Options{NodeCreationLimit: 3}, []step{
			{"a/b", "1", Stored}, {"c/d", "1", TooManyNodes}, {"c", "1", Stored},
			{"d", "1", TooManyNodes}, {"a", "1", Stored}, {"a/b", "2", Stored},
			{"c", "", Removed}, {"d", "1", Stored}, {"a/b/c", "1", TooManyNodes},
		}, "a/b=2 a=1 d=1"},
		{"nodes below a depth", Options{NodeCreationLimit: 2, EnforcementDepth: 2}, []step{
			{"a", "1", Stored}, {"a/b", "1", Stored}, {"a/b/1", "1", Stored},
			{"a/b/2", "1", Stored}, {"a/b/3", "1", TooManyNodes}, {"a/b/1/1", "1", TooManyNodes},
			{"a/c/1/1", "1", Stored}, {"a/c/2", "1", TooManyNodes},
			{"d/e/1/2/3", "1", TooManyNodes}, {"d/e/1/2", "1", Stored}, {"f", "1", Stored},
			{"a/b/1", "2", Stored}, {"a/b/1", "", Removed}, {"a/b/3", "1", Stored},
		}, "a/b/2=1 a/b/3=1 a/b=1 a/c/1/1=1 a=1 d/e/1/2=1 f=1"},
		{"nodes, only logged", Options{NodeCreationLimit: 1, EnforcementMode: Log}, []step{
			{"a", "1", Stored}, {"b", "1", StoredAboveLimit}, {"b", "2", Stored},
			{"b", "", Removed}, {"b", "", Nothing},
		}, "a=1"},
		{"the Server's own are not limited",
			Options{MaxPayload: 1, MaxMessages: 1, MaxBytes: 4, NodeCreationLimit: 1}, []step{
				{"a", "1", Stored}, {"$SYS/a/b", "123", Stored}, {"$SYS/a/c", "123", Stored},
				{"b", "1", TooManyNodes},
			}, "a=1"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			s := New(test.options)
			for i, step := range test.steps {
				if got := s.Set(message(step.topic, step.payload), 0); got != step.want {
					t.Errorf("step %d, %s=%s: %v, want %v",
						i, step.topic, step.payload, got, step.want)
				}
				has := s.Get(step.topic, 0) != nil
				if want := step.want == Stored || step.want == StoredAboveLimit; has != want {
					t.Errorf("step %d, %s=%s: %v, but stored is %v",
						i, step.topic, step.payload, step.want, has)
				}
				settled(t, s)
			}
			expect(t, s, "#", 0, test.left)
		})
	}
}

func TestOptionsChange(t *testing.T) {
	t.Parallel()
	s := New(Options{})
	for i := range 10 {
		s.Set(message(fmt.Sprintf("a/%d", i), "123"), 0)
	}
	s.SetOptions(Options{MaxMessages: 5, MaxPayload: 2, MaxLifetime: second})
	if s.Count() != 10 {
		t.Error("a new limit took away what was stored")
	}
	for _, test := range []struct {
		topic, payload string
		want           Outcome
	}{{"b", "1", TooMany}, {"a/1", "1", Stored}, {"a/2", "123", TooLarge}, {"a/3", "", Removed}} {
		if got := s.Set(message(test.topic, test.payload), 0); got != test.want {
			t.Errorf("%s=%s: %v, want %v", test.topic, test.payload, got, test.want)
		}
	}
	if s.Get("a/1", second) != nil || s.Get("a/0", second) == nil {
		t.Error("the lifetime does not count for new messages only")
	}
	settled(t, s)
}

func TestOutcomeNames(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	for o := Stored; o <= TooManyNodes; o++ {
		if name := o.String(); seen[name] || strings.Contains(name, "unknown") {
			t.Errorf("outcome %d is called %q", o, name)
		}
		seen[o.String()] = true
	}
}

// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package conditions

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/flashmq/flashmq/api/v1alpha1"
)

func at(minute int) metav1.Time {
	return metav1.NewTime(time.Date(2030, 1, 1, 0, minute, 0, 0, time.UTC))
}

func condition(kind, status, reason string, generation int64, since int) metav1.Condition {
	return metav1.Condition{Type: kind, Status: metav1.ConditionStatus(status), Reason: reason,
		Message: reason, ObservedGeneration: generation, LastTransitionTime: at(since)}
}

func check(t *testing.T, s *Set, want ...metav1.Condition) {
	t.Helper()
	if d := cmp.Diff(want, s.List(), cmpopts.EquateEmpty()); d != "" {
		t.Error(d)
	}
}

func TestTransitions(t *testing.T) {
	t.Parallel()
	s := From(nil, 1, at(1))
	s.False("A", "Not", "Not")
	check(t, s, condition("A", "False", "Not", 1, 1))
	s = From(s.List(), 2, at(2))
	s.False("A", "Never", "Never")
	check(t, s, condition("A", "False", "Never", 2, 1)) // still False
	s = From(s.List(), 2, at(3))
	s.True("A", "Done", "Done")
	check(t, s, condition("A", "True", "Done", 2, 3))
}

// A pass that ends early leaves the rest as it was, and says of nothing that it is known which was
// never looked at.
func TestPending(t *testing.T) {
	t.Parallel()
	s := From([]metav1.Condition{condition("B", "True", "Done", 1, 1)}, 2, at(2))
	s.False("A", "Not", "Not")
	s.Pending("Pending", "Pending", "A", "B", "C")
	check(t, s, condition("A", "False", "Not", 2, 2), condition("B", "True", "Done", 1, 1),
		condition("C", "Unknown", "Pending", 2, 2))
}

func TestSummarize(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, a, b, want, reason string
	}{
		{"all good", "True", "True", "True", "Sum"},
		{"the second", "True", "False", "False", "b"},
		{"the first of two", "False", "False", "False", "a"},
		{"what is known first", "Unknown", "False", "False", "b"},
		{"not known", "True", "Unknown", "Unknown", "b"},
		{"one that is not there", "", "True", "True", "Sum"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			s := From(nil, 1, at(1))
			for kind, status := range map[string]string{"a": test.a, "b": test.b} {
				if status != "" {
					s.Tell(v1alpha1.ConditionType(kind), metav1.ConditionStatus(status),
						v1alpha1.ConditionReason(kind), kind)
				}
			}
			s.Summarize("Sum", "Sum", "Sum", "a", "b")
			got := s.Get("Sum")
			if string(got.Status) != test.want || got.Reason != test.reason {
				t.Errorf("the sum is %s %s", got.Status, got.Reason)
			}
		})
	}
}

func TestAbsentAndLong(t *testing.T) {
	t.Parallel()
	s := From(nil, 1, at(1))
	s.True("Stalled", "Bad", strings.Repeat("x", 1<<20))
	if n := len(s.Get("Stalled").Message); n != longestMessage {
		t.Errorf("%d bytes", n)
	}
	s.Absent("Stalled")
	check(t, s)
}

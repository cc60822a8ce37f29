// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package conditions

import (
	"slices"
	"strings"

	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/flashmq/flashmq/api/v1alpha1"
)

// Set is the conditions of one object during one pass.
type Set struct {
	list       []metav1.Condition
	generation int64
	now        metav1.Time
}

// From begins a pass over an object of that generation, whose conditions were these. The slice is
// copied.
func From(before []metav1.Condition, generation int64, now metav1.Time) *Set {
	return &Set{list: slices.Clone(before), generation: generation, now: now}
}

// Tell sets one condition. Its transition time changes only with its status.
func (s *Set) Tell(
	kind v1alpha1.ConditionType, status metav1.ConditionStatus, reason v1alpha1.ConditionReason,
	message string,
) {
	meta.SetStatusCondition(&s.list, metav1.Condition{Type: string(kind), Status: status,
		Reason:  string(reason),
		Message: cut(message), ObservedGeneration: s.generation, LastTransitionTime: s.now})
}

// True, False and Unknown set one condition.
func (s *Set) True(
	kind v1alpha1.ConditionType, reason v1alpha1.ConditionReason, message string,
) {
	s.Tell(kind, metav1.ConditionTrue, reason, message)
}

// False is as True.
func (s *Set) False(
	kind v1alpha1.ConditionType, reason v1alpha1.ConditionReason, message string,
) {
	s.Tell(kind, metav1.ConditionFalse, reason, message)
}

// Unknown is as True.
func (s *Set) Unknown(
	kind v1alpha1.ConditionType, reason v1alpha1.ConditionReason, message string,
) {
	s.Tell(kind, metav1.ConditionUnknown, reason, message)
}

// Absent removes a condition that is there only while it is True, such as Stalled.
func (s *Set) Absent(kind v1alpha1.ConditionType) {
	meta.RemoveStatusCondition(&s.list, string(kind))
}

// Pending makes those Unknown that nobody has told yet, in this pass or before, so that all are
// there from the first visit. Those that were told before and not in this pass, because it ended
// early, stay as they were: they say so by their observedGeneration.
func (s *Set) Pending(
	reason v1alpha1.ConditionReason, message string, kinds ...v1alpha1.ConditionType,
) {
	for _, kind := range kinds {
		if s.Get(kind) == nil {
			s.Unknown(kind, reason, message)
		}
	}
}

// Get is the condition, or nil.
func (s *Set) Get(kind v1alpha1.ConditionType) *metav1.Condition {
	return meta.FindStatusCondition(s.list, string(kind))
}

// Summarize sets the sum: True when all parts are; else it passes on status, reason and message of
// the first part that is False, or of the first that is Unknown when none is: not to know something
// explains less.
func (s *Set) Summarize(
	sum v1alpha1.ConditionType, reason v1alpha1.ConditionReason, message string,
	parts ...v1alpha1.ConditionType,
) {
	for _, status := range []metav1.ConditionStatus{metav1.ConditionFalse,
		metav1.ConditionUnknown} {
		for _, kind := range parts {
			if c := s.Get(kind); c != nil && c.Status == status {
				s.Tell(sum, status, v1alpha1.ConditionReason(c.Reason), c.Message)
				return
			}
		}
	}
	s.True(sum, reason, message)
}

// List is the result, in the order of their types, so that it is the same when nothing has changed.
func (s *Set) List() []metav1.Condition {
	slices.SortFunc(s.list, func(a, b metav1.Condition) int {
		return strings.Compare(a.Type,
			b.Type)
	})
	return s.list
}

// From the specification: the longest message that the API server takes.
const longestMessage = 32768

func cut(message string) string {
	if len(message) > longestMessage {
		return message[:longestMessage-3] + "..."
	}
	return message
}

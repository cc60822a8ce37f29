// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package flashmqbroker

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/tools/events"

	"github.com/flashmq/flashmq/api/v1alpha1"
	"github.com/flashmq/flashmq/operator/apply"
)

// Each step may fail with each kind of error: a condition says so, and one that it may.
func TestFailed(t *testing.T) {
	t.Parallel()
	statefulSets := schema.GroupResource{Group: "apps", Resource: "statefulsets"}
	tests := []struct {
		name   string
		err    error
		reason v1alpha1.ConditionReason
		// kind is the condition that says so; that of the step when it is empty.
		kind  v1alpha1.ConditionType
		says  string
		again bool
	}{
		{"the user's", &invalid{v1alpha1.ReasonPatchFailed, "it is wrong"},
			v1alpha1.ReasonPatchFailed, v1alpha1.ConditionConfigValid, "it is wrong", false},
		{"the user's, wrapped",
			fmt.Errorf("here: %w", &invalid{v1alpha1.ReasonInvalidKey, "a key"}),
			v1alpha1.ReasonInvalidKey, v1alpha1.ConditionConfigValid, "a key", false},
		{"somebody else's", fmt.Errorf("Service x: %w", apply.ErrForeign),
			v1alpha1.ReasonNameTaken, v1alpha1.ConditionConfigValid, "Service x", true},
		{"forbidden", apierrors.NewForbidden(statefulSets, "x", errors.New("no")),
			v1alpha1.ReasonApplyFailed, "", "give the operator's ServiceAccount this right", true},
		{"invalid", apierrors.NewInvalid(schema.GroupKind{Group: "apps", Kind: "StatefulSet"}, "x",
			nil), v1alpha1.ReasonApplyFailed, "", "StatefulSet", false},
	}
	for _, s := range steps {
		for _, test := range tests {
			t.Run(s.name+": "+test.name, func(t *testing.T) {
				t.Parallel()
				p := spec(t, "")
				if err := p.failed(&s, test.err); err != nil {
					t.Fatal(err)
				}
				kind := test.kind
				if kind == "" {
					kind = s.tells
				}
				for _, kind := range []v1alpha1.ConditionType{kind, v1alpha1.ConditionStalled} {
					c := p.told.Get(kind)
					if c == nil || c.Reason != string(test.reason) ||
						!strings.Contains(c.Message, test.says) {
						t.Errorf("%s is %+v", kind, c)
					}
				}
				if p.again.IsZero() == test.again {
					t.Errorf("the next visit is at %v", p.again)
				}
				allowed(t, p)
				p.summarize()
				allowed(t, p)
			})
		}
	}
	p := spec(t, "")
	busy := apierrors.NewServiceUnavailable("busy")
	if err := p.failed(&steps[0], busy); !errors.Is(err, busy) ||
		p.told.Get(steps[0].tells).Reason != string(v1alpha1.ReasonApplyFailed) ||
		p.told.Get(v1alpha1.ConditionStalled) != nil {
		t.Errorf("what may go by itself: %v, %v", err, p.told.List())
	}
}

// The first visit leaves every condition there is, each with something it may say.
func TestFirstVisit(t *testing.T) {
	t.Parallel()
	for _, text := range []string{"", "paused: true", "replicas: 0", "proxy: {enabled: true}",
		"image: a", "config: {extra: [{name: max_quos, value: '1'}]}"} {
		p := spec(t, text)
		if err := p.run(); err != nil {
			t.Fatal(err)
		}
		p.summarize()
		allowed(t, p)
		for _, kind := range v1alpha1.ConditionTypes() {
			passing := kind == v1alpha1.ConditionReconciling || kind == v1alpha1.ConditionStalled
			if p.told.Get(kind) == nil && !passing {
				t.Errorf("%q: there is no %s", text, kind)
			}
		}
	}
}

// An event tells of a change of Ready that does not go by itself.
func TestAnnounce(t *testing.T) {
	t.Parallel()
	type word struct {
		status metav1.ConditionStatus
		reason v1alpha1.ConditionReason
	}
	ready := word{metav1.ConditionTrue, v1alpha1.ReasonReady}
	crashing := word{metav1.ConditionFalse, v1alpha1.ReasonCrashLooping}
	tests := []struct {
		name    string
		was, is word
		want    string
	}{
		{"still ready", ready, ready, ""},
		{"ready", crashing, ready, "Normal Ready"},
		{"ready at once", word{}, ready, "Normal Ready"},
		{"a crash", ready, crashing, "Warning CrashLooping why"},
		{"still a crash", crashing, crashing, ""},
		{"another trouble", crashing, word{metav1.ConditionFalse, v1alpha1.ReasonUnschedulable},
			"Warning Unschedulable why"},
		{"what goes by itself", ready, word{metav1.ConditionFalse, v1alpha1.ReasonPropagating}, ""},
		{"no report", ready, word{metav1.ConditionUnknown, v1alpha1.ReasonNoReport}, ""},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			before, p := spec(t, ""), spec(t, "")
			if test.was != (word{}) {
				before.told.Tell(v1alpha1.ConditionReady, test.was.status, test.was.reason, "why")
			}
			p.told.Tell(v1alpha1.ConditionReady, test.is.status, test.is.reason, "why")
			recorder := events.NewFakeRecorder(10)
			p.Events = recorder
			p.announce(&v1alpha1.FlashMQBrokerStatus{Conditions: before.told.List()})
			got := ""
			if len(recorder.Events) > 0 {
				got = <-recorder.Events
			}
			if !strings.HasPrefix(got, test.want) || (got == "") != (test.want == "") ||
				len(recorder.Events) > 0 {
				t.Errorf("the event is %q, want %q", got, test.want)
			}
		})
	}
}

func TestComeBack(t *testing.T) {
	t.Parallel()
	p, now := &pass{}, time.Now()
	for _, test := range []struct{ at, want time.Time }{{time.Time{}, time.Time{}}, {now, now},
		{now.Add(time.Hour), now}, {now.Add(-time.Hour), now.Add(-time.Hour)},
		{time.Time{}, now.Add(-time.Hour)}} {
		if p.comeBack(test.at); !p.again.Equal(test.want) {
			t.Errorf("after %v it is %v", test.at, p.again)
		}
	}
}

// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package flashmqbroker

import (
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"

	"github.com/flashmq/flashmq/api/v1alpha1"
	"github.com/flashmq/flashmq/operator/resources"
	"github.com/flashmq/flashmq/operator/rollout"
)

// brokers are in the cluster, each with a StatefulSet.
func brokers(p *pass, n int) *empty {
	e := p.Client.(*empty)
	for i := range n {
		meta := metav1.ObjectMeta{Namespace: "plant", Name: fmt.Sprint("b", i)}
		e.brokers = append(e.brokers, v1alpha1.FlashMQBroker{ObjectMeta: meta})
		meta.UID = types.UID(meta.Name)
		s := appsv1.StatefulSet{ObjectMeta: meta}
		s.Spec.Template.Spec.Containers = []corev1.Container{
			{Name: resources.BrokerContainer, Image: "flashmq:1"}}
		s.Spec.Replicas = new(int32(1))
		e.sets = append(e.sets, s)
	}
	return e
}

// of is a pass over another of the brokers, by the same operator.
func of(p *pass, s *appsv1.StatefulSet, workload v1alpha1.Revision) *pass {
	other := &pass{Controller: p.Controller, ctx: p.ctx, status: &v1alpha1.FlashMQBrokerStatus{}}
	other.facts.statefulSet, other.revisions.Workload = s, workload
	return other
}

func takes(t *testing.T, p *pass, reason string, want ...string) {
	t.Helper()
	if others, err := p.takeTurn(reason); err != nil || !slices.Equal(others, want) {
		t.Fatalf("it waits for %q, not %q: %v", others, want, err)
	}
}

func exchanging(s *appsv1.StatefulSet, is bool) {
	s.Status.Replicas, s.Status.CurrentRevision, s.Status.UpdateRevision = 1, "old", "old"
	if is {
		s.Status.UpdateRevision = "new"
	}
}

func TestTurns(t *testing.T) {
	t.Parallel()
	p := spec(t, "")
	now := p.Now()
	p.Controller.Now = func() time.Time { return now }
	e := brokers(p, 3)
	first, second := of(p, &e.sets[0], "r1"), of(p, &e.sets[1], "r2")
	takes(t, first, rollout.ConfigChanged)
	takes(t, second, rollout.ConfigChanged, "plant/b0") // although the cache shows nothing yet
	takes(t, first, rollout.ConfigChanged)              // it asks again, as its restart is not seen
	e.sets[0].Annotations = map[string]string{resources.TemplateAnnotation: "r1"}
	resources.Hold(&e.sets[0], true)
	takes(t, second, rollout.ConfigChanged, "plant/b0") // the new template is there, and waits
	e.sets[0].Spec.UpdateStrategy = appsv1.StatefulSetUpdateStrategy{}
	exchanging(&e.sets[0], true)
	takes(t, second, rollout.ConfigChanged, "plant/b0")
	exchanging(&e.sets[0], false)
	takes(t, second, rollout.ConfigChanged)
	takes(t, first, rollout.ConfigChanged, "plant/b1")
	now = now.Add(turnUnseen) // nothing became of it
	takes(t, first, rollout.ConfigChanged)
	e.sets = e.sets[1:] // it has gone, and its turn
	takes(t, second, rollout.ConfigChanged)
	if n := len(p.turns.given); n != 1 {
		t.Errorf("%d turns are kept", n)
	}
}

func TestTurnsOfManyWorkers(t *testing.T) {
	t.Parallel()
	p := spec(t, "")
	p.Rollouts = 3
	e := brokers(p, 40)
	var may atomic.Int32
	var all sync.WaitGroup
	for i := range e.sets {
		all.Go(func() {
			others, err := of(p, &e.sets[i], "r").takeTurn(rollout.ConfigChanged)
			if err != nil || len(others) > p.Rollouts {
				t.Errorf("%q %v", others, err)
			} else if len(others) == 0 {
				may.Add(1)
			}
		})
	}
	all.Wait()
	if may.Load() != 3 {
		t.Errorf("%d restart at a time", may.Load())
	}
}

// A broker that cannot start holds up nobody, except those that would get what it cannot run.
func TestTurnsAfterOneThatIsStuck(t *testing.T) {
	t.Parallel()
	p := spec(t, "")
	e := brokers(p, 2)
	exchanging(&e.sets[0], true)
	q := of(p, &e.sets[1], "r")
	q.status.Image = "flashmq:1"
	say := func(r v1alpha1.ConditionReason) {
		e.brokers[0].Status.Conditions = []metav1.Condition{
			{Type: string(v1alpha1.ConditionRolloutSettled), Reason: string(r)}}
	}
	say(v1alpha1.ReasonInProgress)
	takes(t, q, rollout.ConfigChanged, "plant/b0")
	say(v1alpha1.ReasonStuck)
	takes(t, q, rollout.ImageChanged, "plant/b0")
	takes(t, q, rollout.ConfigChanged)
	q.status.Image = "flashmq:2"
	takes(t, q, rollout.ImageChanged)
}

// Hundreds may wait for one, so who has waited for long asks less often.
func TestWaitingForATurn(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ waited, want time.Duration }{{0, pollPending},
		{20 * time.Second, 5 * time.Second}, {time.Hour, pollSettled}} {
		p := spec(t, "")
		e := brokers(p, 2)
		exchanging(&e.sets[0], true)
		p.facts.statefulSet = &e.sets[1]
		p.status.Restart = &v1alpha1.RestartStatus{Reason: rollout.ConfigChanged}
		p.broker.Status.Conditions = []metav1.Condition{{
			Type:               string(v1alpha1.ConditionRolloutSettled),
			Reason:             string(v1alpha1.ReasonAwaitingTurn),
			LastTransitionTime: metav1.NewTime(p.Now().Add(-test.waited))}}
		if hold, err := p.mustWait("so"); err != nil || !hold {
			t.Fatalf("it does not wait: %v", err)
		}
		if got := p.again.Sub(p.Now()).Round(time.Second); got != test.want {
			t.Errorf("after %v it asks again in %v", test.waited, got)
		}
		c := p.told.Get(v1alpha1.ConditionRolloutSettled)
		if c.Message != "the restart waits for plant/b0 to come back: so" {
			t.Error(c.Message)
		}
		allowed(t, p)
	}
}

func TestSome(t *testing.T) {
	t.Parallel()
	if got := some([]string{"a", "b", "c", "d", "e"}); got != "a, b, c and 2 more" {
		t.Error(got)
	}
	if got := some([]string{"a", "b", "c"}); got != "a, b, c" {
		t.Error(got)
	}
}

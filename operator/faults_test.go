// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package operator_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/meta"
	"k8s.io/apimachinery/pkg/types"
	clocktesting "k8s.io/utils/clock/testing"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/flashmq/flashmq/api/v1alpha1"
	"github.com/flashmq/flashmq/hack/kube/kubetest"
	"github.com/flashmq/flashmq/operator"
	"github.com/flashmq/flashmq/operator/operatortest"
)

// TestFaults cuts the operator off after each of its writes, in every flow and in every way, and
// lets another one go on, which has to come to what an undisturbed one comes to.
//
// All cases whose clocks go the same way share their operators: the wire is cut for one broker.
func TestFaults(t *testing.T) {
	c := operatortest.New(t, "..", kubetest.Definitions(t)...)
	p := &plan{Cluster: c}
	var first []*fault
	for i := range flows {
		first = append(first, p.fault(&flows[i], 0, operatortest.Arrives))
	}
	p.play(t, first)
	want := make(map[*flow]outcome)
	for f, o := range p.outcomes(t, first) {
		want[f.flow] = o
		for _, part := range []string{"certificates", "tier"} {
			if wrong, _ := o[part].([]string); len(wrong) > 0 {
				t.Errorf("%s: %q", f, wrong)
			}
		}
	}
	var faults []*fault
	for _, f := range first {
		t.Logf("%s: %d writes", f.flow.name, f.writes)
		for n := 1; n <= f.writes+1; n++ {
			faults = append(faults, p.after(f.flow, n)...)
		}
	}
	for len(faults) > 0 {
		t.Logf("%d faults", len(faults))
		p.play(t, faults)
		for f, got := range p.outcomes(t, faults) {
			if d := cmp.Diff(want[f.flow], got); d != "" {
				t.Errorf("%s:\n%s", f, d)
			}
		}
		faults = p.more(faults)
	}
}

// more are the faults after one write more, where there was one after as many as there were so far.
func (p *plan) more(played []*fault) (out []*fault) {
	last := make(map[*flow]*fault)
	for _, f := range played {
		if l := last[f.flow]; l == nil || f.n > l.n || f.n == l.n && f.cut {
			last[f.flow] = f
		}
	}
	for _, f := range last {
		if f.cut && f.n < mostWrites {
			out = append(out, p.after(f.flow, f.n+1)...)
		}
	}
	return out
}

// Ours: a flow that takes more writes than this is played no longer.
const mostWrites = 40

// after are the faults after write n: the operator dies, or only the answer is lost. Whether one
// that dies has heard the last answer makes no difference that anybody could see, so they take
// turns.
func (p *plan) after(f *flow, n int) (out []*fault) {
	dies := []operatortest.Answer{operatortest.Arrives, operatortest.Lost}[n%2]
	for _, answer := range []operatortest.Answer{dies, operatortest.LostOnly} {
		if p.chosen++; p.chosen%everyFault == 0 {
			out = append(out, p.fault(f, n, answer))
		}
	}
	return out
}

// plan has the names of what is made.
type plan struct {
	*operatortest.Cluster
	made, chosen int
}

// fault is one broker and what befalls it.
type fault struct {
	flow   *flow
	n      int // the write after which; 0 for none
	answer operatortest.Answer

	broker *v1alpha1.FlashMQBroker
	pod    types.UID // before the last step
	writes int       // of the operator that was cut off, during the last step
	cut    bool
}

// String is for people.
func (f *fault) String() string {
	how := map[operatortest.Answer]string{operatortest.Arrives: "killed",
		operatortest.Lost:     "killed before the answer",
		operatortest.LostOnly: "answer lost"}
	return fmt.Sprintf("%s, after write %d (%s), %s", f.flow.name, f.n, how[f.answer],
		operatortest.Name(f.broker))
}

func (p *plan) fault(f *flow, n int, answer operatortest.Answer) *fault {
	p.made++
	b := &v1alpha1.FlashMQBroker{}
	b.Name = fmt.Sprintf("b%04d", p.made) // its namespace is that of its group
	return &fault{flow: f, n: n, answer: answer, broker: b}
}

// clocks are what the operator's clock shows, in order.
func (f *flow) clocks() string {
	var all []string
	for _, s := range f.steps {
		if text := s.at.String(); !slices.Contains(all, text) {
			all = append(all, text)
		}
	}
	return strings.Join(all, "_")
}

func (f *flow) last() *step { return &f.steps[len(f.steps)-1] }

// Ours: how many brokers share an operator and a namespace, so that none has to look at too many.
const together = 80

// play lets everything happen to all brokers.
func (p *plan) play(t *testing.T, all []*fault) {
	groups := make(map[string][]*fault)
	for _, f := range all {
		groups[f.flow.clocks()] = append(groups[f.flow.clocks()], f)
	}
	t.Run("flows", func(t *testing.T) {
		for name, group := range groups {
			for part := range slices.Chunk(group, together) {
				namespace := p.Namespace(t)
				for _, f := range part {
					f.broker.Namespace = namespace
				}
				t.Run(name, func(t *testing.T) {
					t.Parallel()
					p.group(t, namespace, part)
				})
			}
		}
	})
}

// group lets everything happen to brokers whose operators' clocks go the same way.
func (p *plan) group(t *testing.T, namespace string, group []*fault) {
	var op *operatortest.Operator
	shows := time.Duration(-1)
	begin := func(at time.Duration, wire *operatortest.Wire) {
		if op != nil {
			op.Kill()
		}
		now := midnight.Add(30*time.Minute + at)
		op, shows = p.Start(t, operatortest.Options{Wire: wire,
			Operator: operator.Options{Rollouts: 1000, Workers: 8,
				Namespaces: []string{namespace},
				Clock:      clocktesting.NewFakePassiveClock(now)}}), at
	}
	last := group[0].flow.last().at
	for i := 0; ; i++ {
		var now []*fault
		for _, f := range group {
			if i < len(f.flow.steps)-1 {
				now = append(now, f)
			}
		}
		if len(now) == 0 {
			break
		}
		if at := now[0].flow.steps[i].at; at != shows {
			begin(at, nil)
		}
		p.step(t, now, i)
	}
	wire := &operatortest.Wire{}
	if op != nil && shows == last {
		wire = op.Wire
	}
	p.arm(t, group, wire)
	if op == nil || shows != last {
		begin(last, wire)
	}
	p.strike(t, group, wire)
	begin(last, nil)
	for _, f := range group {
		p.until(t, f, f.flow.last())
	}
	p.Settle(t, op, brokers(group)...)
}

func brokers(group []*fault) (out []*v1alpha1.FlashMQBroker) {
	for _, f := range group {
		out = append(out, f.broker)
	}
	return out
}

// step takes a step that nothing disturbs.
func (p *plan) step(t *testing.T, now []*fault, i int) {
	for _, f := range now {
		p.do(t, f, &f.flow.steps[i])
	}
	for _, f := range now {
		p.until(t, f, &f.flow.steps[i])
	}
}

// do makes the change of a step.
func (p *plan) do(t *testing.T, f *fault, s *step) {
	if s.user != nil {
		s.user(t, p.Client, f.broker)
	}
	if s.create != nil {
		p.Broker(t, func(b *v1alpha1.FlashMQBroker) {
			b.Namespace, b.Name = f.broker.Namespace, f.broker.Name
			s.create(b)
		})
	}
	if s.change != nil {
		p.Change(t, f.broker, s.change)
	}
}

// arm cuts the wire for all brokers after the writes they are to be cut after.
func (p *plan) arm(t *testing.T, group []*fault, wire *operatortest.Wire) {
	for _, f := range group {
		f.pod, f.writes = p.pod(f), wire.Writes(operatortest.Name(f.broker))
		if f.n > 0 {
			wire.Cut(operatortest.Name(f.broker), f.n, f.answer)
		}
	}
}

// strike takes the last step with a wire that was armed, until each broker is cut off or done.
func (p *plan) strike(t *testing.T, group []*fault, wire *operatortest.Wire) {
	for _, f := range group {
		p.do(t, f, f.flow.last())
	}
	for _, f := range group {
		name := operatortest.Name(f.broker)
		operatortest.Until(t, func() bool {
			f.cut = wire.WasCut(name)
			return f.cut && f.answer != operatortest.LostOnly || p.done(f, f.flow.last())
		}, func() string { return f.String() + "\n" + operatortest.Conditions(f.broker) })
		f.writes = wire.Writes(name) - f.writes
	}
}

// pod is the identity of a broker's pod.
func (p *plan) pod(f *fault) types.UID {
	var pod corev1.Pod
	key := client.ObjectKey{Namespace: f.broker.Namespace, Name: f.broker.Name + "-0"}
	if p.Cache.Get(ctx, key, &pod) != nil {
		return ""
	}
	return pod.UID
}

func (p *plan) until(t *testing.T, f *fault, s *step) {
	operatortest.Until(t, func() bool { return p.done(f, s) },
		func() string { return f.String() + "\n" + operatortest.Conditions(f.broker) })
}

// done tells whether a step has been taken. The API server is asked only when the cache, which may
// be late, says so, too.
func (p *plan) done(f *fault, s *step) bool {
	for _, from := range []client.Reader{p.Cache, p.Client} {
		if from.Get(ctx, client.ObjectKeyFromObject(f.broker), f.broker) != nil ||
			!p.says(f.broker, s) {
			return false
		}
	}
	return true
}

// says tells whether a broker says that a step has been taken.
func (p *plan) says(b *v1alpha1.FlashMQBroker, s *step) bool {
	says := func(kind v1alpha1.ConditionType, reason, usual v1alpha1.ConditionReason) bool {
		if reason == "" {
			reason = usual
		}
		c := meta.FindStatusCondition(b.Status.Conditions, string(kind))
		return c != nil && c.Reason == string(reason) && c.ObservedGeneration == b.Generation
	}
	return says(v1alpha1.ConditionRolloutSettled, s.rollout, v1alpha1.ReasonSettled) &&
		says(v1alpha1.ConditionReady, s.ready, v1alpha1.ReasonReady) &&
		(s.rollout != "" || *b.Status.UpdatedReplicas == *b.Spec.Replicas) && isComplete(b) &&
		(s.made == nil || s.made(p.Cache, b))
}

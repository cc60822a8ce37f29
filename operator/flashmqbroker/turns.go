// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package flashmqbroker

import (
	"sync"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/flashmq/flashmq/api/v1alpha1"
	"github.com/flashmq/flashmq/operator/resources"
	"github.com/flashmq/flashmq/operator/rollout"
)

// turns lets so many brokers restart at a time, whoever visits them.
type turns struct {
	mu sync.Mutex
	// given are those that the cache may not show yet.
	given map[types.UID]turn
}

// turn is that of a StatefulSet.
type turn struct {
	workload v1alpha1.Revision
	until    time.Time
}

// Ours: what has been written is in the cache by then, or was refused.
const turnUnseen = 30 * time.Second

// takeTurn lets the broker restart, unless as many others do as may: then it tells which.
func (p *pass) takeTurn(reason string) (others []string, err error) {
	p.turns.mu.Lock()
	defer p.turns.mu.Unlock()
	var sets appsv1.StatefulSetList
	// Of all brokers, and while other workers wait: they are only looked at.
	if err := p.Client.List(p.ctx, &sets, client.UnsafeDisableDeepCopy); err != nil {
		return nil, err
	}
	mine, there := p.facts.statefulSet.UID, make(map[types.UID]bool, len(sets.Items))
	for i := range sets.Items {
		s := &sets.Items[i]
		there[s.UID] = true
		if s.UID == mine || !p.promised(s) && (held(s) || !rolling(s)) {
			continue
		}
		ignore, err := p.nobodyWaitsFor(s, reason)
		if err != nil {
			return nil, err
		}
		if !ignore {
			others = append(others, s.Namespace+"/"+s.Name)
		}
	}
	for uid := range p.turns.given {
		if !there[uid] {
			delete(p.turns.given, uid)
		}
	}
	if len(others) >= p.Rollouts {
		return others, nil
	}
	p.turns.given[mine] = turn{p.revisions.Workload, p.Now().Add(turnUnseen)}
	return nil, nil
}

// promised tells whether s was given a turn that the cache does not show yet.
func (p *pass) promised(s *appsv1.StatefulSet) bool {
	t, ok := p.turns.given[s.UID]
	if !ok {
		return false
	}
	taken := !held(s) && s.Annotations[resources.TemplateAnnotation] == string(t.workload)
	if taken || !p.Now().Before(t.until) {
		delete(p.turns.given, s.UID)
		return false
	}
	return true
}

// nobodyWaitsFor tells whether s does not come back: one broker that cannot start must not hold up
// all others. Only the image that it did not start with goes no further.
func (p *pass) nobodyWaitsFor(s *appsv1.StatefulSet, reason string) (bool, error) {
	if reason == rollout.ImageChanged && running(s) == string(p.status.Image) {
		return false, nil
	}
	b := &v1alpha1.FlashMQBroker{}
	err := p.Client.Get(p.ctx, client.ObjectKeyFromObject(s), b)
	if err != nil {
		return false, client.IgnoreNotFound(err)
	}
	for _, c := range b.Status.Conditions {
		if c.Type == string(v1alpha1.ConditionRolloutSettled) {
			return c.Reason == string(v1alpha1.ReasonStuck), nil
		}
	}
	return false, nil
}

// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package flashmqbroker

import (
	"fmt"
	"slices"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/meta"

	"github.com/flashmq/flashmq/api/v1alpha1"
)

// passing are reasons that go by themselves, and are no event.
var passing = []v1alpha1.ConditionReason{v1alpha1.ReasonPending, v1alpha1.ReasonPropagating,
	v1alpha1.ReasonNoReadyPods, v1alpha1.ReasonNoReport, v1alpha1.ReasonRestartRequired,
	v1alpha1.ReasonNoBackends}

// announce makes events of what has changed since the status before, for people who look at
// kubectl describe.
func (p *pass) announce(before *v1alpha1.FlashMQBrokerStatus) {
	was := meta.FindStatusCondition(before.Conditions, string(v1alpha1.ConditionReady))
	is := p.told.Get(v1alpha1.ConditionReady)
	switch {
	case was != nil && was.Status == is.Status && was.Reason == is.Reason:
	case is.Status == "True":
		p.event(corev1.EventTypeNormal, "Ready", "the broker does what the spec says")
	case !slices.Contains(passing, v1alpha1.ConditionReason(is.Reason)):
		p.event(corev1.EventTypeWarning, is.Reason, is.Message)
	}
	for i := range p.status.Certificates {
		c := &p.status.Certificates[i]
		for j := range before.Certificates {
			old := &before.Certificates[j]
			if old.Listener == c.Listener && old.NotAfter != nil && c.NotAfter != nil &&
				!old.NotAfter.Equal(c.NotAfter) {
				p.event(corev1.EventTypeNormal, "CertificateChanged", fmt.Sprintf(
					"listener %s has a certificate until %s, no restart", c.Listener, c.NotAfter))
			}
		}
	}
}

// event tells one thing. action and reason are the same word: what the operator did is that it
// noticed.
func (p *pass) event(kind, reason, message string) {
	p.Events.Eventf(p.broker, nil, kind, reason, reason, "%s",
		message[:min(len(message), longestEvent)])
}

// From the specification: the longest message of an event that the API server takes.
const longestEvent = 1024

// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package resources

import (
	policyv1 "k8s.io/api/policy/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/intstr"

	"github.com/flashmq/flashmq/api/v1alpha1"
)

// ProxyDisruptionBudget has HAProxy pods evicted one after the other; nil where there are not
// several. The broker, of which there is one, has none: a budget would keep its node from being
// drained for ever.
func ProxyDisruptionBudget(b *v1alpha1.FlashMQBroker) *policyv1.PodDisruptionBudget {
	n := b.Spec.Proxy.EffectiveReplicas()
	if b.Spec.DisruptionBudget == v1alpha1.DisruptionBudgetDisabled || n != nil && *n < 2 {
		return nil
	}
	one, always := intstr.FromInt32(1), policyv1.AlwaysAllow
	return &policyv1.PodDisruptionBudget{ObjectMeta: meta(b, ProxyName(b)),
		Spec: policyv1.PodDisruptionBudgetSpec{MaxUnavailable: &one,
			UnhealthyPodEvictionPolicy: &always,
			Selector:                   &metav1.LabelSelector{MatchLabels: Selector(b, Proxy)}}}
}

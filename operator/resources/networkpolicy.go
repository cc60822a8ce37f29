// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package resources

import (
	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/intstr"

	"github.com/flashmq/flashmq/api/v1alpha1"
	"github.com/flashmq/flashmq/operator/brokerconfig"
	"github.com/flashmq/flashmq/operator/proxyagent"
)

// MetricsNamespaceLabel is on namespaces whose pods may read metrics, as operators made with
// kubebuilder have it.
const MetricsNamespaceLabel = "metrics"

// NetworkPolicy lets in to the broker whom the listeners are for, the HAProxy tier, the operator
// and Prometheus. operatorNamespace is empty where the operator runs outside of the cluster, which
// then reaches pods as nodes do.
func NetworkPolicy(b *v1alpha1.FlashMQBroker,
	operatorNamespace string) *networkingv1.NetworkPolicy {
	var rules []networkingv1.NetworkPolicyIngressRule
	tier := networkingv1.NetworkPolicyPeer{PodSelector: &metav1.LabelSelector{
		MatchLabels: Selector(b, Proxy)}}
	admins := observers(operatorNamespace)
	for i := range b.Spec.Listeners {
		l := &b.Spec.Listeners[i]
		rules = append(rules, ingress(l.NetworkPolicyPeers, int32(l.Port)))
		if b.Spec.Proxied(l) {
			rules = append(rules, ingress([]networkingv1.NetworkPolicyPeer{tier},
				int32(l.EffectiveProxyPort())))
		}
	}
	if b.Spec.ProxyEnabled() {
		admins = append(admins, tier)
	}
	rules = append(rules, ingress(admins, brokerconfig.AdminPort))
	return policy(b, b.Name, Broker, rules)
}

// ProxyNetworkPolicy is the same for the HAProxy tier.
func ProxyNetworkPolicy(
	b *v1alpha1.FlashMQBroker, operatorNamespace string,
) *networkingv1.NetworkPolicy {
	var rules []networkingv1.NetworkPolicyIngressRule
	for i := range b.Spec.Listeners {
		if l := &b.Spec.Listeners[i]; b.Spec.Proxied(l) {
			rules = append(rules, ingress(l.NetworkPolicyPeers, int32(l.Port)))
		}
	}
	rules = append(rules, ingress(observers(operatorNamespace), ProxyPort, proxyagent.Port))
	return policy(b, ProxyName(b), Proxy, rules)
}

func policy(
	b *v1alpha1.FlashMQBroker, name string, c Component,
	rules []networkingv1.NetworkPolicyIngressRule,
) *networkingv1.NetworkPolicy {
	return &networkingv1.NetworkPolicy{ObjectMeta: meta(b, name),
		Spec: networkingv1.NetworkPolicySpec{
			PodSelector: metav1.LabelSelector{MatchLabels: Selector(b, c)},
			PolicyTypes: []networkingv1.PolicyType{networkingv1.PolicyTypeIngress},
			Ingress:     rules}}
}

// ingress lets peers in to ports; no peers are everybody.
func ingress(
	peers []networkingv1.NetworkPolicyPeer, ports ...int32,
) (out networkingv1.NetworkPolicyIngressRule) {
	out.From = peers
	tcp := corev1.ProtocolTCP
	for _, n := range ports {
		port := intstr.FromInt32(n)
		out.Ports = append(out.Ports, networkingv1.NetworkPolicyPort{Protocol: &tcp, Port: &port})
	}
	return out
}

// observers are the operator, and namespaces that may read metrics.
func observers(operatorNamespace string) []networkingv1.NetworkPolicyPeer {
	in := func(key, value string) networkingv1.NetworkPolicyPeer {
		return networkingv1.NetworkPolicyPeer{NamespaceSelector: &metav1.LabelSelector{
			MatchLabels: map[string]string{key: value}}}
	}
	out := []networkingv1.NetworkPolicyPeer{in(MetricsNamespaceLabel, "enabled")}
	if operatorNamespace != "" {
		out = append(out, in(corev1.LabelMetadataName, operatorNamespace))
	}
	return out
}

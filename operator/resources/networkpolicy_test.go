// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package resources_test

import (
	"net/netip"
	"testing"

	networkingv1 "k8s.io/api/networking/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"

	"github.com/flashmq/flashmq/api/v1alpha1"
	"github.com/flashmq/flashmq/operator/fixtures"
	"github.com/flashmq/flashmq/operator/resources"
)

// peer is who connects: a pod, or an address outside of the cluster.
type peer struct {
	namespace string
	of        map[string]string // labels of the namespace
	labels    map[string]string // of the pod
	address   string
}

// admits is a NetworkPolicy as Kubernetes documents it.
func admits(
	t testing.TB, policies []*networkingv1.NetworkPolicy, to map[string]string, from peer,
	port int32,
) bool {
	t.Helper()
	selected, admitted := false, false
	for _, p := range policies {
		if !selects(t, &p.Spec.PodSelector, to) {
			continue
		}
		selected = true
		for _, rule := range p.Spec.Ingress {
			if !opens(t, rule.Ports, port) {
				continue
			}
			admitted = admitted || len(rule.From) == 0
			for i := range rule.From {
				admitted = admitted || is(t, &rule.From[i], p.Namespace, from)
			}
		}
	}
	return !selected || admitted
}

func opens(t testing.TB, ports []networkingv1.NetworkPolicyPort, port int32) bool {
	t.Helper()
	for _, p := range ports {
		if *p.Protocol != "TCP" || p.EndPort != nil || p.Port.StrVal != "" {
			t.Fatalf("the matcher does not know %+v", p)
		}
		if p.Port.IntVal == port {
			return true
		}
	}
	return len(ports) == 0
}

func is(t testing.TB, p *networkingv1.NetworkPolicyPeer, namespace string, who peer) bool {
	t.Helper()
	if p.IPBlock != nil {
		a, err := netip.ParseAddr(who.address)
		if err != nil {
			return false
		}
		in := netip.MustParsePrefix(p.IPBlock.CIDR).Contains(a)
		for _, except := range p.IPBlock.Except {
			in = in && !netip.MustParsePrefix(except).Contains(a)
		}
		return in
	}
	if who.address != "" {
		return false
	}
	if p.NamespaceSelector == nil && who.namespace != namespace ||
		p.NamespaceSelector != nil && !selects(t, p.NamespaceSelector, who.of) {
		return false
	}
	return p.PodSelector == nil || selects(t, p.PodSelector, who.labels)
}

func selects(t testing.TB, s *metav1.LabelSelector, of map[string]string) bool {
	t.Helper()
	selector, err := metav1.LabelSelectorAsSelector(s)
	if err != nil {
		t.Fatal(err)
	}
	return selector.Matches(labels.Set(of))
}

func TestNetworkPolicies(t *testing.T) {
	t.Parallel()
	const broker, proxy = resources.Broker, resources.Proxy
	const policy = "networkPolicy: Enabled\n"
	const listeners = policy + "listeners:\n- {name: all, port: 1883}\n" +
		"- {name: few, port: 1884, networkPolicyPeers: [{podSelector: {matchLabels: {app: a}}}, " +
		"{ipBlock: {cidr: 192.0.2.0/24, except: [192.0.2.128/25]}}]}\n"
	const tier = listeners + "- {name: past, port: 1885, viaProxy: false}\nproxy: {enabled: true}\n"
	in := func(namespace string, pod map[string]string) peer {
		return peer{namespace, map[string]string{"kubernetes.io/metadata.name": namespace}, pod, ""}
	}
	stranger := in("elsewhere", nil)
	gateway := in(fixtures.Namespace, map[string]string{"app": "a"})
	other := in("elsewhere", map[string]string{"app": "a"})
	prometheus := peer{"monitoring", map[string]string{"metrics": "enabled"}, nil, ""}
	controller := in(operatorsNS, nil)
	outside, denied := peer{address: "192.0.2.7"}, peer{address: "192.0.2.200"}
	haproxy := in(fixtures.Namespace, podLabels("factory", proxy))
	foreign := in(fixtures.Namespace, podLabels("other", proxy))
	tests := []struct {
		name, spec string
		to         resources.Component
		from       peer
		port       int32
		want       bool
	}{
		{"no policy", "", broker, stranger, 9090, true},
		{"a listener for all", listeners, broker, stranger, 1883, true},
		{"a listener for all, from outside", listeners, broker, denied, 1883, true},
		{"a listener for few: a pod", listeners, broker, gateway, 1884, true},
		{"a listener for few: a pod elsewhere", listeners, broker, other, 1884, false},
		{"a listener for few: a network", listeners, broker, outside, 1884, true},
		{"a listener for few: beside the network", listeners, broker, denied, 1884, false},
		{"a listener for few: Prometheus", listeners, broker, prometheus, 1884, false},
		{"no listener", listeners, broker, gateway, 1885, false},
		{"administration: a stranger", listeners, broker, stranger, 9090, false},
		{"administration: a pod beside", listeners, broker, gateway, 9090, false},
		{"administration: from outside", listeners, broker, outside, 9090, false},
		{"administration: the operator", listeners, broker, controller, 9090, true},
		{"administration: Prometheus", listeners, broker, prometheus, 9090, true},
		{"administration: HAProxy, which is not wanted", listeners, broker, haproxy, 9090, false},

		{"proxied port: HAProxy", tier, broker, haproxy, 11883, true},
		{"proxied port: HAProxy of another broker", tier, broker, foreign, 11883, false},
		{"proxied port: a stranger", tier, broker, stranger, 11883, false},
		{"proxied port: who may reach the listener", tier, broker, gateway, 11884, false},
		{"proxied port: the operator", tier, broker, controller, 11883, false},
		{"proxied port of a listener that has none", tier, broker, haproxy, 11885, false},
		{"administration: HAProxy", tier, broker, haproxy, 9090, true},
		{"administration: HAProxy of another broker", tier, broker, foreign, 9090, false},
		{"past the proxy", tier, broker, stranger, 1885, true},

		{"HAProxy: a listener for all", tier, proxy, stranger, 1883, true},
		{"HAProxy: a listener for few", tier, proxy, gateway, 1884, true},
		{"HAProxy: a listener for few, a stranger", tier, proxy, stranger, 1884, false},
		{"HAProxy: a listener it does not have", tier, proxy, stranger, 1885, false},
		{"HAProxy: its metrics, Prometheus", tier, proxy, prometheus, 8404, true},
		{"HAProxy: its metrics, a stranger", tier, proxy, stranger, 8404, false},
		{"HAProxy: its agent, the operator", tier, proxy, controller, 8405, true},
		{"HAProxy: its agent, a stranger", tier, proxy, stranger, 8405, false},
		{"HAProxy: the broker's port", tier, proxy, haproxy, 11883, false},
		{"pods of somebody else", tier, "", stranger, 9090, true},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			b := fixtures.Spec(t, test.spec)
			got := admits(t, policiesOf(t, b), podLabels(b.Name, test.to), test.from, test.port)
			if got != test.want {
				t.Errorf("let in is %v", got)
			}
		})
	}
}

func podLabels(broker string, c resources.Component) map[string]string {
	b := &v1alpha1.FlashMQBroker{ObjectMeta: metav1.ObjectMeta{Name: broker}}
	return resources.Selector(b, c)
}

func policiesOf(t testing.TB, b *v1alpha1.FlashMQBroker) (out []*networkingv1.NetworkPolicy) {
	t.Helper()
	for _, child := range children(t, b) {
		if p, ok := child.(*networkingv1.NetworkPolicy); ok {
			out = append(out, p)
		}
	}
	return out
}

// Where the operator runs outside of the cluster, no namespace is let in for it.
func TestNetworkPolicyWithoutANamespace(t *testing.T) {
	t.Parallel()
	b := fixtures.Spec(t, "networkPolicy: Enabled\nproxy: {enabled: true}")
	for _, p := range []*networkingv1.NetworkPolicy{resources.NetworkPolicy(b, ""),
		resources.ProxyNetworkPolicy(b, "")} {
		unlabeled := peer{namespace: "a", of: map[string]string{"kubernetes.io/metadata.name": "a"}}
		for _, port := range []int32{9090, 8404} {
			pods := p.Spec.PodSelector.MatchLabels
			if admits(t, []*networkingv1.NetworkPolicy{p}, pods, unlabeled, port) {
				t.Errorf("%s: port %d is open", p.Name, port)
			}
		}
		if len(p.Spec.PolicyTypes) != 1 || p.Spec.PolicyTypes[0] != networkingv1.PolicyTypeIngress {
			t.Errorf("%s is about %v", p.Name, p.Spec.PolicyTypes)
		}
	}
}

func TestDisruptionBudget(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, spec string
		want       bool
	}{
		{"two by default", "proxy: {enabled: true}", true},
		{"one", "proxy: {enabled: true, replicas: 1}", false},
		{"three", "proxy: {enabled: true, replicas: 3}", true},
		{"somebody else decides", "proxy: {enabled: true, scaling: External}", true},
		{"not wanted", "disruptionBudget: Disabled\nproxy: {enabled: true}", false},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			p := resources.ProxyDisruptionBudget(fixtures.Spec(t, test.spec))
			if (p != nil) != test.want {
				t.Fatalf("the budget is %+v", p)
			}
			if p == nil {
				return
			}
			pods := podLabels("factory", resources.Proxy)
			if p.Spec.MaxUnavailable.IntVal != 1 || p.Spec.MinAvailable != nil ||
				!selects(t, p.Spec.Selector, pods) ||
				selects(t, p.Spec.Selector, podLabels("factory", resources.Broker)) {
				t.Errorf("the budget is %+v", p.Spec)
			}
		})
	}
}

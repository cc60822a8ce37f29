// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package operator_test

import (
	"strings"
	"testing"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	policyv1 "k8s.io/api/policy/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/flashmq/flashmq/api/v1alpha1"
	"github.com/flashmq/flashmq/operator/operatortest"
)

func TestProxy(t *testing.T) {
	w := newWorld(t)
	tests := []struct {
		name string
		run  func(*testing.T, *world)
	}{
		{"a tier comes, grows and goes", tierComesAndGoes},
		{"the tier does TLS", tierDoesTLS},
		{"what cannot be", tierRefused},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) { test.run(t, w) })
	}
}

func withProxy(b *v1alpha1.FlashMQBroker) {
	yes := true
	b.Spec.Proxy = &v1alpha1.Proxy{Enabled: &yes}
	b.Spec.NetworkPolicy = v1alpha1.NetworkPolicyEnabled
}

func tierComesAndGoes(t *testing.T, w *world) {
	b := w.Broker(t, nil)
	w.Says(t, b, v1alpha1.ConditionReady, v1alpha1.ReasonReady)
	broker := operatortest.Get(t, w.Cluster, b, "x-0", &corev1.Pod{})
	w.Change(t, b, withProxy)
	w.Says(t, b, v1alpha1.ConditionReady, v1alpha1.ReasonReady)
	w.Says(t, b, v1alpha1.ConditionProxyReady, v1alpha1.ReasonPodsReady)
	w.Says(t, b, v1alpha1.ConditionClientAddressPreserved, v1alpha1.ReasonNoClients)
	if same := operatortest.Get(t, w.Cluster, b, "x-0", &corev1.Pod{}); same.UID != broker.UID {
		t.Error("the broker was restarted for its proxy")
	}
	node := operatortest.Get(t, w.Cluster, b, "x-node-0", &corev1.Service{})
	text := operatortest.Get(t, w.Cluster, b, "x-proxy", &corev1.ConfigMap{}).Data["haproxy.cfg"]
	if !strings.Contains(text, "server x-0 "+node.Spec.ClusterIP+":11883 id 1 send-proxy-v2") {
		t.Errorf("haproxy.cfg is\n%s", text)
	}
	var pods corev1.PodList
	err := w.Client.List(t.Context(), &pods, client.InNamespace(b.Namespace),
		client.MatchingLabels{"app.kubernetes.io/component": "proxy"})
	if err != nil || len(pods.Items) != 2 {
		t.Fatalf("%d HAProxy pods, %v", len(pods.Items), err)
	}
	conf := operatortest.Get(t, w.Cluster, b, "x-config", &corev1.ConfigMap{}).Data["flashmq.conf"]
	for i := range pods.Items {
		if !strings.Contains(conf, "haproxy_trusted_from "+pods.Items[i].Status.PodIP) {
			t.Errorf("%s is not believed:\n%s", pods.Items[i].Name, conf)
		}
	}
	if s := operatortest.Get(t, w.Cluster, b, "x",
		&corev1.Service{}); s.Spec.Selector["app.kubernetes.io/component"] !=
		"proxy" || s.Spec.Ports[0].TargetPort.IntVal != 1883 {
		t.Errorf("the Service is %+v", s.Spec)
	}
	operatortest.Get(t, w.Cluster, b, "x-proxy", &policyv1.PodDisruptionBudget{})
	operatortest.Get(t, w.Cluster, b, "x-proxy", &networkingv1.NetworkPolicy{})
	if *b.Status.Proxy.ReadyReplicas != 2 || b.Status.Proxy.Image != "haproxy:1" {
		t.Errorf("the status is %+v", b.Status.Proxy)
	}
	no := false
	w.Change(t, b, func(b *v1alpha1.FlashMQBroker) { b.Spec.Proxy.Enabled = &no })
	w.Says(t, b, v1alpha1.ConditionReady, v1alpha1.ReasonReady)
	w.Says(t, b, v1alpha1.ConditionProxyReady, v1alpha1.ReasonNotEnabled)
	w.Settle(t, w.op, b)
	for _, list := range []client.ObjectList{&appsv1.DeploymentList{},
		&policyv1.PodDisruptionBudgetList{}} {
		if err := w.Client.List(t.Context(), list, client.InNamespace(b.Namespace)); err != nil {
			t.Fatal(err)
		}
		if n := length(t, list); n != 0 {
			t.Errorf("%d of %T remain", n, list)
		}
	}
	if b.Status.Proxy != nil {
		t.Errorf("the status still has %+v", b.Status.Proxy)
	}
}

func length(t *testing.T, list client.ObjectList) int {
	t.Helper()
	switch l := list.(type) {
	case *appsv1.DeploymentList:
		return len(l.Items)
	case *policyv1.PodDisruptionBudgetList:
		return len(l.Items)
	}
	t.Fatalf("a list of type %T", list)
	return 0
}

func tierDoesTLS(t *testing.T, w *world) {
	b := w.Broker(t, func(b *v1alpha1.FlashMQBroker) {
		withProxy(b)
		b.Spec.Proxy.TLS = v1alpha1.ProxyTerminate
		b.Spec.Proxy.BackendTLS = v1alpha1.BackendTLSMutual
		b.Spec.Listeners = []v1alpha1.Listener{{Name: "mqtts", Port: 8883,
			TLS: &v1alpha1.ListenerTLS{Generated: &v1alpha1.GeneratedCertificate{}}}}
	})
	w.Says(t, b, v1alpha1.ConditionReady, v1alpha1.ReasonReady)
	text := operatortest.Get(t, w.Cluster, b, "x-proxy", &corev1.ConfigMap{}).Data["haproxy.cfg"]
	for _, line := range []string{"ssl crt /etc/flashmq-proxy/mqtts.crt",
		"crt /etc/flashmq-proxy/backend.pem verifyhost x-nodes." + b.Namespace} {
		if !strings.Contains(text, line) {
			t.Errorf("haproxy.cfg has no %q:\n%s", line, text)
		}
	}
	conf := operatortest.Get(t, w.Cluster, b, "x-config", &corev1.ConfigMap{}).Data["flashmq.conf"]
	for _, line := range []string{"client_verification_identity none",
		"fullchain /etc/flashmq/backend.tls.crt", "port 18883"} {
		if !strings.Contains(conf, line) {
			t.Errorf("flashmq.conf has no %q:\n%s", line, conf)
		}
	}
	served := operatortest.Get(t, w.Cluster, b, "x-certificates", &corev1.Secret{}).Data
	shown := operatortest.Get(t, w.Cluster, b, "x-proxy", &corev1.Secret{}).Data
	if len(served["backend.tls.key"]) == 0 || len(served["backend.ca.crt"]) == 0 ||
		len(shown["backend.pem"]) == 0 || len(shown["backend-ca.crt"]) == 0 {
		t.Errorf("files of the broker %d, of HAProxy %d", len(served), len(shown))
	}
}

func tierRefused(t *testing.T, w *world) {
	tests := []struct {
		name   string
		change func(*v1alpha1.FlashMQBroker)
		reason v1alpha1.ConditionReason
		says   string
	}{
		{"a port of its own", func(b *v1alpha1.FlashMQBroker) {
			b.Spec.Listeners = []v1alpha1.Listener{{Name: "mqtt", Port: 8404}}
		}, v1alpha1.ReasonPortConflict, "8404"},
		{"a section in extraGlobal", func(b *v1alpha1.FlashMQBroker) {
			b.Spec.Proxy.ExtraGlobal = "frontend mine"
		}, v1alpha1.ReasonReservedKey, "spec.proxy.extraGlobal"},
		{"TLS in TLS", func(b *v1alpha1.FlashMQBroker) {
			b.Spec.Proxy.BackendTLS = v1alpha1.BackendTLSMutual
			b.Spec.Proxy.Balance = v1alpha1.BalanceLeastConn
			b.Spec.Listeners = []v1alpha1.Listener{{Name: "mqtts", Port: 8883,
				TLS: &v1alpha1.ListenerTLS{Generated: &v1alpha1.GeneratedCertificate{}}}}
		}, v1alpha1.ReasonInvalidKey, "leaves no room for proxy.backendTLS"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			b := w.Broker(t, func(b *v1alpha1.FlashMQBroker) { withProxy(b); test.change(b) })
			c := w.Says(t, b, v1alpha1.ConditionConfigValid, test.reason)
			if !strings.Contains(c.Message, test.says) {
				t.Errorf("the message is %q", c.Message)
			}
		})
	}
}

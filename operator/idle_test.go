// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package operator_test

import (
	"testing"
	"time"

	"github.com/flashmq/flashmq/api/v1alpha1"
	"github.com/flashmq/flashmq/operator/operatortest"
	"github.com/flashmq/flashmq/operator/pki"
)

// nothingToDo looks again at brokers of every kind, which costs nothing.
func nothingToDo(t *testing.T, w *world) {
	namespace := w.Namespace(t)
	kinds := []struct {
		name   string
		change func(*v1alpha1.FlashMQBroker)
	}{
		{"minimal", func(*v1alpha1.FlashMQBroker) {}},
		{"generated", withTLS},
		{"brought", withSecret},
		{"issued", withIssuer},
		{"clients", withClientAuthority},
		{"alerts", withAlerts},
		{"everything", withEverything},
		{"proxy", withProxy},
		{"tier", withEverythingProxied},
	}
	var all []*v1alpha1.FlashMQBroker
	source := &v1alpha1.FlashMQBroker{}
	source.Namespace = namespace
	s := mine(source, pair(t))
	_, authority, err := pki.EnsureAuthority(nil, pki.AuthorityOptions{Name: "x"}, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	s.Data[pki.BundleKey] = authority.Data[pki.BundleKey]
	if err := w.Client.Create(t.Context(), s); err != nil {
		t.Fatal(err)
	}
	for _, kind := range kinds {
		all = append(all, w.Broker(t, func(b *v1alpha1.FlashMQBroker) {
			b.Namespace, b.Name = namespace, kind.name
			kind.change(b)
		}))
	}
	issued := mine(source, pair(t)) // as cert-manager would
	issued.Name = "issued-mqtts-tls"
	if err := w.Client.Create(t.Context(), issued); err != nil {
		t.Fatal(err)
	}
	for _, b := range all {
		w.Says(t, b, v1alpha1.ConditionReady, v1alpha1.ReasonReady)
		w.Says(t, b, v1alpha1.ConditionRolloutSettled, v1alpha1.ReasonSettled)
	}
	w.Settle(t, w.op, all...)
	for i, b := range all {
		if writes, reads := w.Again(t, w.op, b); writes+reads > 0 {
			log := w.op.Wire.Log(operatortest.Name(b))
			t.Errorf("%s: %d writes, %d reads beyond the cache: %q", kinds[i].name, writes, reads,
				log[max(0, len(log)-writes):])
		}
	}
}

// listen adds listeners.
func listen(b *v1alpha1.FlashMQBroker, more ...v1alpha1.Listener) {
	b.Spec.Listeners = append(b.Spec.Listeners, more...)
}

var (
	plain     = v1alpha1.Listener{Name: "mqtt", Port: 1883}
	generated = v1alpha1.Listener{Name: "mqtts", Port: 8883,
		TLS: &v1alpha1.ListenerTLS{Generated: &v1alpha1.GeneratedCertificate{}}}
)

func withTLS(b *v1alpha1.FlashMQBroker) {
	b.Spec.Listeners = []v1alpha1.Listener{plain, *generated.DeepCopy()}
}

func withIssuer(b *v1alpha1.FlashMQBroker) {
	withTLS(b)
	b.Spec.Listeners[1].TLS = &v1alpha1.ListenerTLS{IssuerRef: &v1alpha1.IssuerRef{Name: "some"}}
}

func withClientAuthority(b *v1alpha1.FlashMQBroker) {
	withTLS(b)
	b.Spec.Listeners[1].TLS.ClientAuth = &v1alpha1.ClientAuth{Mode: v1alpha1.ClientAuthRequire,
		CAFrom: &v1alpha1.CASource{SecretName: "mine"}, Identity: v1alpha1.IdentityCommonName}
}

func withAlerts(b *v1alpha1.FlashMQBroker) {
	b.Spec.Metrics = &v1alpha1.Metrics{
		ServiceMonitor: &v1alpha1.ServiceMonitor{Mode: v1alpha1.MonitorEnabled},
		Rules:          &v1alpha1.MetricsExtra{Mode: v1alpha1.ExtraEnabled}}
}

// withEverythingProxied has all that there can be behind a proxy, which does TLS on both sides.
func withEverythingProxied(b *v1alpha1.FlashMQBroker) {
	withProxy(b)
	withEverything(b)
	terminated(b)
	mutual(b)
	b.Spec.Proxy.Balance = v1alpha1.BalanceSource // also finds brokers for WebSocket
	b.Spec.Listeners[1].TLS.ClientAuth = &v1alpha1.ClientAuth{Mode: v1alpha1.ClientAuthRequire,
		CAFrom: &v1alpha1.CASource{SecretName: "mine"}, Identity: v1alpha1.IdentityCommonName}
}

func withEverything(b *v1alpha1.FlashMQBroker) {
	withTLS(b)
	withAlerts(b)
	listen(b, v1alpha1.Listener{Name: "ws", Port: 8080, Protocol: v1alpha1.ProtocolWebSocket})
	both := map[string]string{"team": "plant"}
	b.Spec.InheritedMetadata = &v1alpha1.TemplateMetadata{Labels: both, Annotations: both}
	b.Spec.Services = []v1alpha1.BrokerService{{Name: "client"}, {Name: "public",
		Listeners: []v1alpha1.ServicePort{{Name: "mqtts", Port: 443}},
		Template: &v1alpha1.ServiceTemplate{Spec: &v1alpha1.ServiceTemplateSpec{
			Type: "LoadBalancer", LoadBalancerSourceRanges: []v1alpha1.CIDR{"10.0.0.0/8"}}}}}
}

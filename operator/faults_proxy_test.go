// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package operator_test

import (
	"bytes"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	policyv1 "k8s.io/api/policy/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/flashmq/flashmq/api/v1alpha1"
	"github.com/flashmq/flashmq/operator/pki"
	"github.com/flashmq/flashmq/operator/resources"
)

// combined makes several changes.
func combined(changes ...func(*v1alpha1.FlashMQBroker)) func(*v1alpha1.FlashMQBroker) {
	return func(b *v1alpha1.FlashMQBroker) {
		for _, change := range changes {
			change(b)
		}
	}
}

// proxied is withProxy with as few pods as can be.
func proxied(b *v1alpha1.FlashMQBroker) { proxies(1)(b) }

func proxies(n int32) func(*v1alpha1.FlashMQBroker) {
	return func(b *v1alpha1.FlashMQBroker) {
		withProxy(b)
		b.Spec.NetworkPolicy, b.Spec.Proxy.Replicas = "", n
	}
}

func noProxy(b *v1alpha1.FlashMQBroker) { b.Spec.Proxy, b.Spec.NetworkPolicy = nil, "" }

// guarded has NetworkPolicies.
func guarded(b *v1alpha1.FlashMQBroker) { b.Spec.NetworkPolicy = v1alpha1.NetworkPolicyEnabled }

func proxyImage(name v1alpha1.ImageName) func(*v1alpha1.FlashMQBroker) {
	return func(b *v1alpha1.FlashMQBroker) { b.Spec.Proxy.Image = name }
}

// bySource needs nothing of what is in TLS.
func bySource(b *v1alpha1.FlashMQBroker) { b.Spec.Proxy.Balance = v1alpha1.BalanceSource }

func terminated(b *v1alpha1.FlashMQBroker) { b.Spec.Proxy.TLS = v1alpha1.ProxyTerminate }

func mutual(b *v1alpha1.FlashMQBroker) { b.Spec.Proxy.BackendTLS = v1alpha1.BackendTLSMutual }

// isComplete tells whether a broker has all the HAProxy pods that it should, and none of before.
func isComplete(b *v1alpha1.FlashMQBroker) bool {
	if !b.Spec.ProxyEnabled() {
		return b.Status.Proxy == nil
	}
	s, want := b.Status.Proxy, *b.Spec.Proxy.EffectiveReplicas()
	return s != nil && s.Replicas != nil && *s.Replicas == want && *s.ReadyReplicas == want
}

// hasNoTier tells whether nothing is left of a tier.
func hasNoTier(k client.Reader, b *v1alpha1.FlashMQBroker) bool {
	names := []string{resources.ProxyName(b), resources.NodeName(b, 0),
		resources.ProxySecretName(b), resources.BackendSecretName(b), resources.AuthorityName(b)}
	for _, name := range names {
		key := client.ObjectKey{Namespace: b.Namespace, Name: name}
		for _, object := range []client.Object{&appsv1.Deployment{}, &corev1.ConfigMap{},
			&corev1.Secret{}, &corev1.Service{}, &policyv1.PodDisruptionBudget{},
			&networkingv1.NetworkPolicy{}} {
			if k.Get(ctx, key, object) == nil {
				return false
			}
		}
	}
	var pods corev1.PodList
	err := k.List(ctx, &pods, client.InNamespace(b.Namespace),
		client.MatchingLabels(resources.Selector(b, resources.Proxy)))
	return err == nil && len(pods.Items) == 0 &&
		secret(k, b.Namespace, resources.CertificatesName(b))["backend.tls.key"] == nil
}

// backendLasts tells whether the certificates between HAProxy and broker were renewed at that time.
func backendLasts(from time.Duration) func(client.Reader, *v1alpha1.FlashMQBroker) bool {
	return func(k client.Reader, b *v1alpha1.FlashMQBroker) bool {
		for _, name := range []string{resources.BackendSecretName(b),
			resources.ProxySecretName(b)} {
			block, _ := pem.Decode(secret(k, b.Namespace, name)[pki.CertificateKey])
			if block == nil {
				return false
			}
			c, err := x509.ParseCertificate(block.Bytes)
			if err != nil || c.NotAfter.Before(midnight.Add(from+80*day)) {
				return false
			}
		}
		return true
	}
}

// tiers are the addresses of all HAProxy pods.
func (p *plan) tiers(t *testing.T) map[client.ObjectKey][]string {
	t.Helper()
	var pods corev1.PodList
	if err := p.Client.List(ctx, &pods, client.MatchingLabels{
		"app.kubernetes.io/component": string(resources.Proxy)}); err != nil {
		t.Fatal(err)
	}
	out := make(map[client.ObjectKey][]string)
	for i := range pods.Items {
		key := client.ObjectKey{Namespace: pods.Items[i].Namespace,
			Name: pods.Items[i].Labels[resources.BrokerLabel]}
		out[key] = append(out[key], pods.Items[i].Status.PodIP)
	}
	return out
}

// tier tells whether the broker believes its HAProxy pods and nobody else, and they find it; empty
// when all is well.
func (p *plan) tier(b *v1alpha1.FlashMQBroker, addresses []string) (wrong []string) {
	believed := make(map[string]bool)
	for line := range strings.Lines(p.text(b, b.Name+"-config", "flashmq.conf")) {
		if address, ok := strings.CutPrefix(strings.TrimSpace(line),
			"haproxy_trusted_from "); ok {
			believed[address] = true
		}
	}
	want := make(map[string]bool)
	switch {
	case !b.Spec.ProxyEnabled():
	case b.Spec.Proxy.BackendTLS == v1alpha1.BackendTLSMutual: // whoever has the certificate
		want["0.0.0.0/0"], want["::/0"] = true, true
	default:
		want["127.0.0.1/32"] = true // nobody comes from there; an empty list means everybody
		for _, address := range addresses {
			want[address+"/32"] = true
		}
	}
	if d := cmp.Diff(want, believed); d != "" {
		wrong = append(wrong, "those who are believed:\n"+d)
	}
	if !b.Spec.ProxyEnabled() {
		return wrong
	}
	var node corev1.Service
	key := client.ObjectKey{Namespace: b.Namespace, Name: resources.NodeName(b, 0)}
	if err := p.Client.Get(ctx, key, &node); err != nil {
		return append(wrong, err.Error())
	}
	text := p.text(b, resources.ProxyName(b), resources.ProxyFile)
	if !strings.Contains(text, "-0 "+node.Spec.ClusterIP+":") {
		wrong = append(wrong, "HAProxy does not know "+node.Spec.ClusterIP)
	}
	if b.Spec.Proxy.BackendTLS == v1alpha1.BackendTLSMutual {
		wrong = append(wrong, p.proofs(b)...)
	}
	return wrong
}

// text is a key of a ConfigMap.
func (p *plan) text(b *v1alpha1.FlashMQBroker, name, key string) string {
	var m corev1.ConfigMap
	if p.Client.Get(ctx, client.ObjectKey{Namespace: b.Namespace, Name: name}, &m) != nil {
		return ""
	}
	return m.Data[key]
}

// proofs tells whether HAProxy and the broker were given what they prove themselves with; empty
// when they were.
func (p *plan) proofs(b *v1alpha1.FlashMQBroker) (wrong []string) {
	of := func(name string) map[string][]byte { return secret(p.Client, b.Namespace, name) }
	bundle := of(resources.AuthorityName(b))[pki.BundleKey]
	server, shown := of(resources.BackendSecretName(b)), of(resources.ProxySecretName(b))
	broker, proxy := of(resources.CertificatesName(b)), of(resources.ProxyName(b))
	for _, file := range []struct {
		name      string
		has, want []byte
	}{
		{"the broker's certificate", broker["backend.tls.crt"], server[pki.CertificateKey]},
		{"the broker's key", broker["backend.tls.key"], server[pki.PrivateKeyKey]},
		{"the broker's authorities", broker["backend.ca.crt"], bundle},
		{"HAProxy's certificate", proxy[resources.ProxyBackendKey],
			slices.Concat(shown[pki.CertificateKey], shown[pki.PrivateKeyKey])},
		{"HAProxy's authorities", proxy[resources.ProxyAuthoritiesKey], bundle},
	} {
		if len(file.has) == 0 || !bytes.Equal(file.has, file.want) {
			wrong = append(wrong, file.name+" is another one, or missing")
		}
	}
	err := errors.Join(verify(server[pki.CertificateKey], bundle, x509.ExtKeyUsageServerAuth),
		verify(shown[pki.CertificateKey], bundle, x509.ExtKeyUsageClientAuth))
	if err != nil {
		wrong = append(wrong, err.Error())
	}
	return wrong
}

// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package resources_test

import (
	"bytes"
	"flag"
	"net/netip"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	clientgoscheme "k8s.io/client-go/kubernetes/scheme"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/client/apiutil"
	"sigs.k8s.io/yaml"

	"github.com/flashmq/flashmq/api/v1alpha1"
	"github.com/flashmq/flashmq/operator/brokerconfig"
	"github.com/flashmq/flashmq/operator/fixtures"
	"github.com/flashmq/flashmq/operator/resources"
)

var update = flag.Bool("update", false, "write the golden files anew")

// Images as they stand in the status of a broker.
const (
	brokerImage = "flashmq:1.0.0"
	proxyImage  = "haproxy:3.2.0"
	agentImage  = "flashmq-operator:1.0.0"
	operatorsNS = "flashmq-system"
)

// compiled is the configuration of a broker that has all its certificates and two HAProxy pods.
func compiled(t testing.TB, b *v1alpha1.FlashMQBroker) *brokerconfig.Compiled {
	t.Helper()
	facts := brokerconfig.Facts{Materials: map[v1alpha1.ListenerName]brokerconfig.Materials{},
		Tier: []netip.Addr{netip.MustParseAddr("10.244.0.7"), netip.MustParseAddr("fd00::7")}}
	for i := range b.Spec.Listeners {
		facts.Materials[b.Spec.Listeners[i].Name] = brokerconfig.Materials{Certificate: true,
			Authorities: true, Revocations: true}
	}
	c, err := brokerconfig.Compile(b, facts)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// stand is what Secrets hold in tests.
func stand(keys ...string) map[string][]byte {
	out := make(map[string][]byte)
	for _, key := range keys {
		out[key] = []byte("what is in " + key)
	}
	return out
}

// children are those of a broker in a cluster that has all optional kinds, before patches. The
// tests of flashmqbroker see that the operator makes just these.
func children(t testing.TB, b *v1alpha1.FlashMQBroker) []client.Object {
	t.Helper()
	c := compiled(t, b)
	out := []client.Object{resources.ServiceAccount(b),
		resources.AdminSecret(b, []byte("a token")), resources.ConfigMap(b, c.Text),
		resources.NodesService(b), resources.MetricsService(b)}
	services := b.Spec.EffectiveServices()
	for i := range services {
		out = append(out, resources.ClientService(b, &services[i]))
	}
	out = append(out, certificates(b)...)
	out = append(out, resources.StatefulSet(b, resources.Workload{Image: brokerImage,
		Restart: c.Restart}))
	if b.Spec.NetworkPolicy == v1alpha1.NetworkPolicyEnabled {
		out = append(out, resources.NetworkPolicy(b, operatorsNS))
	}
	if b.Spec.ProxyEnabled() {
		out = append(out, tier(b)...)
	}
	m := b.Spec.Metrics
	if m.ServiceMonitor.Mode != v1alpha1.MonitorDisabled {
		out = append(out, resources.ServiceMonitor(b))
	}
	if m.Rules.Mode == v1alpha1.ExtraEnabled {
		out = append(out, resources.PrometheusRule(b))
	}
	if m.Dashboard.Mode == v1alpha1.ExtraEnabled {
		out = append(out, resources.Dashboard(b))
	}
	return out
}

func certificates(b *v1alpha1.FlashMQBroker) (out []client.Object) {
	var files []string
	authority := mutual(b)
	for i := range b.Spec.Listeners {
		l := &b.Spec.Listeners[i]
		if l.TLS == nil {
			continue
		}
		name := string(l.Name)
		files = append(files, brokerconfig.CertificateKey(name), brokerconfig.PrivateKeyKey(name))
		if l.TLS.VerifiesClients() {
			files = append(files, brokerconfig.AuthoritiesKey(name))
			if l.TLS.ClientAuth.CRLSecretName != "" {
				files = append(files, brokerconfig.RevocationsKey(name))
			}
		}
		switch {
		case l.TLS.IssuerRef != nil:
			out = append(out, resources.Certificate(b, l, []string{b.Name}))
		case l.TLS.Generated != nil:
			authority = true
			out = append(out, leaf(b, resources.ListenerSecretName(b, l.Name)))
		}
	}
	if mutual(b) {
		files = append(files, brokerconfig.BackendCertificateKey,
			brokerconfig.BackendPrivateKeyKey, brokerconfig.BackendAuthoritiesKey)
		out = append(out, leaf(b, resources.BackendSecretName(b)),
			leaf(b, resources.ProxySecretName(b)))
	}
	if authority {
		out = append(out, leaf(b, resources.AuthorityName(b)))
	}
	return append(out, resources.CertificatesSecret(b, stand(files...)))
}

func leaf(b *v1alpha1.FlashMQBroker, name string) client.Object {
	return resources.TLSSecret(b, name, stand("ca.crt", "tls.crt", "tls.key"))
}

func mutual(b *v1alpha1.FlashMQBroker) bool {
	return b.Spec.ProxyEnabled() && b.Spec.Proxy.BackendTLS == v1alpha1.BackendTLSMutual
}

// tier is what belongs to HAProxy.
func tier(b *v1alpha1.FlashMQBroker) []client.Object {
	image := proxyImage
	if b.Spec.Proxy.Image != "" {
		image = string(b.Spec.Proxy.Image)
	}
	out := []client.Object{resources.NodeService(b, 0), resources.ProxyService(b),
		resources.ProxyConfigMap(b, []byte("what operator/haproxy writes")),
		resources.ProxyDeployment(b, resources.Tier{Image: image, AgentImage: agentImage})}
	if mutual(b) {
		out = append(out, resources.ProxySecret(b, stand(resources.ProxyBackendKey,
			resources.ProxyAuthoritiesKey)))
	}
	if budget := resources.ProxyDisruptionBudget(b); budget != nil {
		out = append(out, budget)
	}
	if b.Spec.NetworkPolicy == v1alpha1.NetworkPolicyEnabled {
		out = append(out, resources.ProxyNetworkPolicy(b, operatorsNS))
	}
	return out
}

// patched are the children as they are applied.
func patched(t testing.TB, b *v1alpha1.FlashMQBroker) []client.Object {
	t.Helper()
	all := children(t, b)
	for i, child := range all {
		var err error
		if all[i], err = resources.Patch(b, child, kindOf(t, child).Kind); err != nil {
			t.Fatal(err)
		}
	}
	return all
}

func kindOf(t testing.TB, child client.Object) schema.GroupVersionKind {
	t.Helper()
	kind, err := apiutil.GVKForObject(child, clientgoscheme.Scheme)
	if err != nil {
		t.Fatal(err)
	}
	return kind
}

func TestChildren(t *testing.T) {
	t.Parallel()
	examples := fixtures.Examples(t)
	for _, e := range examples {
		t.Run(e.Name, func(t *testing.T) {
			t.Parallel()
			var text bytes.Buffer
			text.WriteString("# Written by go test -update. What the operator makes of " +
				e.Name + ".\n")
			for _, child := range patched(t, fixtures.Broker(t, e.Text)) {
				text.WriteString("---\n")
				text.Write(document(t, child))
			}
			golden(t, e.Name+".children.yaml", text.String())
		})
	}
	files, err := filepath.Glob("testdata/*.children.yaml")
	if err != nil || len(files) != len(examples) {
		t.Errorf("%d files for %d examples, %v: remove those of examples that are gone", len(files),
			len(examples), err)
	}
}

// document is an object in YAML, without what Go types write although nobody has set it.
func document(t testing.TB, child client.Object) []byte {
	t.Helper()
	object, err := runtime.DefaultUnstructuredConverter.ToUnstructured(child)
	if err != nil {
		t.Fatal(err)
	}
	kind := kindOf(t, child)
	object["apiVersion"], object["kind"] = kind.GroupVersion().String(), kind.Kind
	delete(object, "status")
	text, err := yaml.Marshal(object)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

func golden(t testing.TB, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(string(want), got); d != "" {
		t.Errorf("other than %s (-update writes it anew):\n%s", path, d)
	}
}

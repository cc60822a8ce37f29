// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package operator_test

import (
	"context"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/discovery"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/flashmq/flashmq/api/v1alpha1"
	"github.com/flashmq/flashmq/operator/pki"
	"github.com/flashmq/flashmq/operator/resources"
)

// ctx is for requests of tests that end with the test's cluster.
var ctx = context.Background()

// outcome is everything that there is of a broker, by kind and name, without what is different each
// time.
type outcome map[string]any

// made by others of our children, and looked at in other ways.
var derived = []string{"Endpoints", "EndpointSlice", "Event", "Pod", "PodMetrics"}

// outcomes are those of all faults.
func (p *plan) outcomes(t *testing.T, all []*fault) map[*fault]outcome {
	t.Helper()
	found := make(map[client.ObjectKey]outcome)
	for _, f := range all {
		o := p.status(t, f.broker)
		o["another pod"] = f.pod != p.pod(f)
		found[client.ObjectKeyFromObject(f.broker)] = o
	}
	for _, kind := range listable(t, p) {
		list := &unstructured.UnstructuredList{}
		list.SetGroupVersionKind(kind)
		err := p.Client.List(ctx, list, client.HasLabels{resources.BrokerLabel})
		if err != nil {
			t.Fatal(err)
		}
		for i := range list.Items {
			u := &list.Items[i]
			broker := u.GetLabels()[resources.BrokerLabel]
			o := found[client.ObjectKey{Namespace: u.GetNamespace(), Name: broker}]
			if o == nil {
				continue // of another play
			}
			name := kind.Kind + " " + strings.Replace(u.GetName(), broker, "BROKER", 1)
			if slices.Contains([]string{"ControllerRevision", "ReplicaSet"}, kind.Kind) {
				n, _ := o[kind.Kind].(int)
				o[kind.Kind] = n + 1 // one for each template there ever was
				continue
			}
			o[name] = normal(t, u, broker)
		}
	}
	out := make(map[*fault]outcome)
	tiers := p.tiers(t)
	for _, f := range all {
		key := client.ObjectKeyFromObject(f.broker)
		out[f] = found[key]
		out[f]["certificates"] = p.chain(f.broker)
		out[f]["tier"] = p.tier(f.broker, tiers[key])
	}
	return out
}

// listable are the kinds in namespaces.
func listable(t *testing.T, p *plan) (out []schema.GroupVersionKind) {
	t.Helper()
	d, err := discovery.NewDiscoveryClientForConfig(p.Config)
	if err != nil {
		t.Fatal(err)
	}
	groups, err := d.ServerPreferredNamespacedResources()
	if err != nil {
		t.Fatal(err)
	}
	for _, group := range groups {
		version, err := schema.ParseGroupVersion(group.GroupVersion)
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range group.APIResources {
			if slices.Contains(r.Verbs, "list") && !slices.Contains(derived, r.Kind) {
				out = append(out, version.WithKind(r.Kind+"List"))
			}
		}
	}
	for i := range out {
		out[i].Kind = strings.TrimSuffix(out[i].Kind, "List")
	}
	return out
}

// status is what the broker says itself.
func (p *plan) status(t *testing.T, b *v1alpha1.FlashMQBroker) outcome {
	t.Helper()
	if err := p.Client.Get(ctx, client.ObjectKeyFromObject(b), b); err != nil {
		t.Fatal(err)
	}
	u, err := runtime.DefaultUnstructuredConverter.ToUnstructured(&b.Status)
	if err != nil {
		t.Fatal(err)
	}
	conditions, _, _ := unstructured.NestedSlice(u, "conditions")
	for _, c := range conditions {
		delete(c.(map[string]any), "lastTransitionTime")
		delete(c.(map[string]any), "observedGeneration") // creating and touching count, too
	}
	u["conditions"] = conditions
	delete(u, "observedGeneration")
	return outcome{"status": text(t, u, b.Namespace, b.Name)}
}

// normal is an object without what is different each time.
func normal(t *testing.T, u *unstructured.Unstructured, broker string) any {
	t.Helper()
	u = u.DeepCopy()
	namespace := u.GetNamespace()
	delete(u.Object, "status")
	for _, field := range []string{"uid", "resourceVersion", "creationTimestamp", "managedFields",
		"generation", "ownerReferences"} {
		unstructured.RemoveNestedField(u.Object, "metadata", field)
	}
	if spec, ok := u.Object["spec"].(map[string]any); ok && u.GetKind() == "Service" {
		delete(spec, "clusterIPs")
		if spec["clusterIP"] != "None" {
			delete(spec, "clusterIP")
		}
		ports, _ := spec["ports"].([]any)
		for _, port := range ports {
			delete(port.(map[string]any), "nodePort")
		}
	}
	if data, ok := u.Object["data"].(map[string]any); ok && u.GetKind() == "Secret" {
		for key := range data {
			data[key] = "..." // keys and certificates; see chain
		}
	}
	return text(t, u.Object, namespace, broker)
}

var (
	hashes = regexp.MustCompile(`\b[0-9a-f]{16,64}\b`)
	// addresses are those of pods and Services; see tier.
	addresses = regexp.MustCompile(`\b[0-9]+\.[0-9]+\.[0-9]+\.[0-9]+\b`)
)

func text(t *testing.T, v any, namespace, broker string) string {
	t.Helper()
	raw, err := json.MarshalIndent(v, "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	s := hashes.ReplaceAllString(string(raw), "HASH")
	s = addresses.ReplaceAllString(s, "ADDRESS")
	return strings.NewReplacer(namespace, "NAMESPACE", broker, "BROKER").Replace(s)
}

// chain tells whether the certificates of a broker belong together; empty when all is well.
func (p *plan) chain(b *v1alpha1.FlashMQBroker) (wrong []string) {
	served := secret(p.Client, b.Namespace, resources.CertificatesName(b))
	token := secret(p.Client, b.Namespace, resources.AdminName(b))["admin-token"]
	if len(token) == 0 {
		wrong = append(wrong, "no token")
	}
	for i := range b.Spec.Listeners {
		l := &b.Spec.Listeners[i]
		if l.TLS == nil || l.TLS.Generated == nil {
			continue
		}
		leaf := secret(p.Client, b.Namespace, resources.ListenerSecretName(b, l.Name))
		bundle := secret(p.Client, b.Namespace, resources.AuthorityName(b))[pki.BundleKey]
		if string(served[string(l.Name)+".crt"]) != string(leaf[pki.CertificateKey]) ||
			string(served[string(l.Name)+".key"]) != string(leaf[pki.PrivateKeyKey]) {
			wrong = append(wrong, "another certificate than that of the listener is served")
		}
		if string(bundle) != string(leaf[pki.BundleKey]) {
			wrong = append(wrong, "another bundle than that of the authority")
		}
		if err := verify(leaf[pki.CertificateKey], bundle,
			x509.ExtKeyUsageServerAuth); err != nil {
			wrong = append(wrong, err.Error())
		}
	}
	return wrong
}

func verify(leaf, bundle []byte, usage x509.ExtKeyUsage) error {
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(bundle)
	block, _ := pem.Decode(leaf)
	if block == nil {
		return x509.ErrUnsupportedAlgorithm
	}
	c, err := x509.ParseCertificate(block.Bytes)
	if err != nil {
		return err
	}
	_, err = c.Verify(x509.VerifyOptions{Roots: roots, CurrentTime: c.NotBefore.Add(time.Hour * 2),
		KeyUsages: []x509.ExtKeyUsage{usage}})
	return err
}

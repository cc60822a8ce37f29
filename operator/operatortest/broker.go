// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package operatortest

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"sigs.k8s.io/yaml"

	"github.com/flashmq/flashmq/api/v1alpha1"
)

// Namespace is that of brokers which name none.
const Namespace = "plant"

// Defaulted is a FlashMQBroker written in YAML, with its defaults.
func Defaulted(t testing.TB, text string) *unstructured.Unstructured {
	t.Helper()
	u := &unstructured.Unstructured{}
	if err := yaml.Unmarshal([]byte(text), &u.Object); err != nil {
		t.Fatalf("%v in\n%s", err, text)
	}
	fill(u.Object, Schema(t))
	if u.GetNamespace() == "" {
		u.SetNamespace(Namespace)
	}
	return u
}

// Broker is a FlashMQBroker as a reconciler sees it: with its defaults, and complete.
func Broker(t testing.TB, text string) *v1alpha1.FlashMQBroker {
	t.Helper()
	b := &v1alpha1.FlashMQBroker{}
	err := runtime.DefaultUnstructuredConverter.FromUnstructuredWithValidation(
		Defaulted(t, text).Object, b, true)
	if err != nil {
		t.Fatalf("%v in\n%s", err, text)
	}
	b.Spec.Complete()
	return b
}

// Spec is a broker called factory with a spec written in YAML.
func Spec(t testing.TB, spec string) *v1alpha1.FlashMQBroker {
	t.Helper()
	if strings.TrimSpace(spec) == "" {
		spec = "{}"
	}
	return Broker(t, "apiVersion: flashmq.io/v1alpha1\nkind: FlashMQBroker\n"+
		"metadata:\n  name: factory\nspec:\n  "+
		strings.ReplaceAll(strings.TrimSpace(spec), "\n", "\n  "))
}

// Example is a file with a FlashMQBroker.
type Example struct {
	// Name is that of the file without its end; samples begin with sample-.
	Name string
	Text string
}

// Examples are the samples that users are shown, and the FlashMQBrokers whose children are pinned
// in operator/resources/testdata.
func Examples(t testing.TB) (out []Example) {
	t.Helper()
	root := Root(t)
	for _, from := range []struct{ folder, prefix string }{
		{"deploy/samples", "sample-"}, {"operator/resources/testdata", ""}} {
		files, err := filepath.Glob(filepath.Join(root, from.folder, "*.yaml"))
		if err != nil {
			t.Fatal(err)
		}
		for _, file := range files {
			name := strings.TrimSuffix(filepath.Base(file), ".yaml")
			if strings.HasSuffix(name, ".children") {
				continue
			}
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			out = append(out, Example{from.prefix + name, string(text)})
		}
	}
	return out
}

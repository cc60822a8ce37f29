// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package operatortest

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/yaml"

	"github.com/flashmq/flashmq/hack/kube/kubetest"
)

// What tests take for a FlashMQBroker with its defaults is what a real API server makes of it. It
// refuses what is against the schema or its rules, so all examples are such as users can have.
func TestDefaultsAreTheServers(t *testing.T) {
	cluster := kubetest.Start(t, kubetest.Options{CRDs: []string{"../../deploy/crds"}})
	api, err := client.New(cluster.Config, client.Options{Scheme: runtime.NewScheme()})
	if err != nil {
		t.Fatal(err)
	}
	examples := Examples(t)
	if len(examples) < 14 {
		t.Fatalf("only %d examples", len(examples))
	}
	for _, e := range examples {
		t.Run(e.Name, func(t *testing.T) {
			theirs := &unstructured.Unstructured{}
			if err := yaml.Unmarshal([]byte(e.Text), &theirs.Object); err != nil {
				t.Fatal(err)
			}
			theirs.SetNamespace("default")
			err := api.Create(t.Context(), theirs, client.DryRunAll,
				client.FieldValidation("Strict"))
			if err != nil {
				t.Fatal(err)
			}
			ours := Defaulted(t, e.Text)
			d := cmp.Diff(numbers(theirs.Object["spec"]), numbers(ours.Object["spec"]))
			if d != "" {
				t.Errorf("the API server has -, the tests have +:\n%s", d)
			}
		})
	}
}

// numbers makes all of them alike: YAML and JSON are read into different types.
func numbers(v any) any {
	switch v := v.(type) {
	case map[string]any:
		for key, value := range v {
			v[key] = numbers(value)
		}
	case []any:
		for i, value := range v {
			v[i] = numbers(value)
		}
	case int64:
		return float64(v)
	}
	return v
}

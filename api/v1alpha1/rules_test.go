// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package v1alpha1

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/yaml"
)

// try has the API server judge an object as kubectl would send it: unknown fields are errors.
func try(t *testing.T, api client.Client, text string) (*unstructured.Unstructured, error) {
	t.Helper()
	o := parse(t, text)
	err := api.Create(t.Context(), o, client.DryRunAll, client.FieldValidation("Strict"))
	return o, err
}

func parse(t *testing.T, text string) *unstructured.Unstructured {
	t.Helper()
	o := &unstructured.Unstructured{}
	if err := yaml.UnmarshalStrict([]byte(text), &o.Object); err != nil {
		t.Fatalf("%v in\n%s", err, text)
	}
	return o
}

// broker is the manifest of one with that spec.
func broker(name, spec string) string {
	return "apiVersion: flashmq.io/v1alpha1\nkind: FlashMQBroker\nmetadata:\n" +
		"  name: " + name + "\n  namespace: default\nspec:\n" + indent(spec)
}

func indent(text string) string {
	if strings.TrimSpace(text) == "" {
		return "  {}\n"
	}
	return "  " + strings.ReplaceAll(strings.TrimSpace(text), "\n", "\n  ") + "\n"
}

func testRules(t *testing.T, api client.Client) {
	rules := ruleMessages(t)
	for _, c := range refusals() {
		t.Run(c.name, func(t *testing.T) {
			name := c.object
			if name == "" {
				name = "factory"
			}
			_, err := try(t, api, broker(name, c.spec))
			if err == nil {
				t.Fatal("accepted")
			}
			if !strings.Contains(err.Error(), c.field+": ") ||
				!strings.Contains(err.Error(), c.message) {
				t.Errorf("got:\n%v\nwant field %s with:\n%s", err, c.field, c.message)
			}
			var status apierrors.APIStatus
			if rules[c.message] && errors.As(err, &status) &&
				len(status.Status().Details.Causes) != 1 {
				t.Errorf("not that rule alone is violated: %v", err)
			}
		})
	}
}

// ruleMessages are what the rules of the definition say.
func ruleMessages(t *testing.T) map[string]bool {
	t.Helper()
	messages := map[string]bool{}
	walk(definition(t), "", func(_ string, schema map[string]any) {
		list, _ := schema["x-kubernetes-validations"].([]any)
		for _, rule := range list {
			message, _ := rule.(map[string]any)["message"].(string)
			messages[message] = true
		}
	})
	return messages
}

// Every rule of the definition has its case, and the message a user sees stands in the table whole.
func TestEveryRuleHasItsCase(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	for _, c := range refusals() {
		seen[c.message] = true
	}
	rules := ruleMessages(t)
	if len(rules) < 50 {
		t.Errorf("only %d rules were found", len(rules))
	}
	for message := range rules {
		if !seen[message] {
			t.Errorf("no case in refusals for %q", message)
		}
	}
}

func testDefaults(t *testing.T, api client.Client) {
	tests := []struct{ name, spec, file string }{
		{"minimal", "", "minimal.yaml"},
		{"everything begun", begun, "begun.yaml"},
	}
	for _, c := range tests {
		t.Run(c.name, func(t *testing.T) {
			o, err := try(t, api, broker("factory", c.spec))
			if err != nil {
				t.Fatal(err)
			}
			got, err := yaml.Marshal(o.Object["spec"])
			if err != nil {
				t.Fatal(err)
			}
			golden(t, filepath.Join("testdata", c.file), string(got))
		})
	}
	t.Run("without a spec", func(t *testing.T) {
		text, _, _ := strings.Cut(broker("factory", ""), "spec:")
		without, err := try(t, api, text)
		if err != nil {
			t.Fatal(err)
		}
		with, err := try(t, api, broker("factory", ""))
		if err != nil {
			t.Fatal(err)
		}
		if d := cmp.Diff(with.Object["spec"], without.Object["spec"]); d != "" {
			t.Error(d)
		}
	})
}

// begun opens every block that has defaults and says nothing in it that has one.
const begun = `
listeners:
- name: mqtt
  port: 1883
  tls:
    generated: {}
    clientAuth: {}
  proxyProtocol: {}
- name: issued
  port: 8883
  tls:
    issuerRef: {name: ca}
proxy: {}
podTemplate: {}
patches:
- target: {kind: Service}
  patch: "metadata: {}"
update:
  strategy: Windows
  windows:
  - cron: 0 3 * * 0
    durationMinutes: 60
`

func testSamples(t *testing.T, api client.Client) {
	files, err := filepath.Glob("../../deploy/samples/*.yaml")
	if err != nil || len(files) < 4 {
		t.Fatalf("%d samples: %v", len(files), err)
	}
	for _, file := range files {
		t.Run(filepath.Base(file), func(t *testing.T) {
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			o := parse(t, string(text))
			if want := strings.TrimSuffix(filepath.Base(file), ".yaml"); o.GetName() != want {
				t.Errorf("is called %s, want %s", o.GetName(), want)
			}
			o.SetNamespace("default")
			err = api.Create(t.Context(), o, client.DryRunAll, client.FieldValidation("Strict"))
			if err != nil {
				t.Error(err)
			}
		})
	}
}

// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package resources_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/yaml"

	"github.com/flashmq/flashmq/operator/fixtures"
	"github.com/flashmq/flashmq/operator/resources"
)

// patchOf writes one entry of spec.patches.
func patchOf(kind, suffix, how, text string) string {
	out := "patches:\n- target:\n    kind: " + kind + "\n"
	if suffix != "" {
		out += "    nameSuffix: " + suffix + "\n"
	}
	if how != "" {
		out += "  type: " + how + "\n"
	}
	return out + "  patch: |\n    " + strings.ReplaceAll(text, "\n", "\n    ") + "\n"
}

const withTier = "proxy: {enabled: true}\nmetrics: {serviceMonitor: {mode: Enabled}}\n"

func TestPatchTargets(t *testing.T) {
	t.Parallel()
	const note = `metadata: {annotations: {example.com/patched: "true"}}`
	tests := []struct {
		name, kind, suffix string
		want               []string
	}{
		{"all of a kind", "Service", "", []string{"factory", "factory-metrics", "factory-node-0",
			"factory-nodes", "factory-proxy"}},
		{"one by its suffix", "Service", "-nodes", []string{"factory-nodes"}},
		{"a kind called as the broker is", "StatefulSet", "", []string{"factory"}},
		{"a kind called otherwise", "Deployment", "", []string{"factory-proxy"}},
		{"no such suffix", "Service", "-other", nil},
		{"the suffix is all of it", "Service", "-node", nil},
		{"a custom kind", "ServiceMonitor", "", []string{"factory"}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			b := fixtures.Spec(t, withTier+patchOf(test.kind, test.suffix, "", note))
			var got []string
			for _, child := range patched(t, b) {
				if child.GetAnnotations()["example.com/patched"] != "" {
					got = append(got, child.GetName())
					if kind := kindOf(t, child).Kind; kind != test.kind {
						t.Errorf("%s %s was patched", kind, child.GetName())
					}
				}
			}
			slices.Sort(got)
			if !slices.Equal(got, test.want) {
				t.Errorf("patched are %q, want %q", got, test.want)
			}
		})
	}
}

// Patches are applied in their order, each to what the one before has left.
func TestPatchesAddUp(t *testing.T) {
	t.Parallel()
	b := fixtures.Spec(t, patchOf("StatefulSet", "", "", "spec: {minReadySeconds: 5}")+
		strings.TrimPrefix(patchOf("StatefulSet", "", "JSON",
			"- {op: test, path: /spec/minReadySeconds, value: 5}\n"+
				"- {op: replace, path: /spec/minReadySeconds, value: 7}"), "patches:\n"))
	set := resources.StatefulSet(b, resources.Workload{})
	after, err := resources.Patch(b, set, "StatefulSet")
	if err != nil {
		t.Fatal(err)
	}
	text, err := yaml.Marshal(after)
	if err != nil || !strings.Contains(string(text), "minReadySeconds: 7") {
		t.Errorf("%v\n%s", err, text)
	}
	if set.Spec.MinReadySeconds != 0 {
		t.Error("what was patched has changed, too")
	}
}

// Lists of custom kinds are replaced: nobody knows how they would be merged.
func TestPatchOfACustomKind(t *testing.T) {
	t.Parallel()
	b := fixtures.Spec(t, withTier+patchOf("ServiceMonitor", "", "",
		"spec: {targetLabels: [a], selector: null}"))
	after, err := resources.Patch(b, resources.ServiceMonitor(b), "ServiceMonitor")
	if err != nil {
		t.Fatal(err)
	}
	spec := after.(*unstructured.Unstructured).Object["spec"].(map[string]any)
	if fmt.Sprint(spec["targetLabels"]) != "[a]" || spec["selector"] != nil ||
		spec["endpoints"] == nil {
		t.Errorf("the spec is %v", spec)
	}
}

func TestPatchRefusals(t *testing.T) {
	t.Parallel()
	doubling := "- {op: add, path: /metadata/annotations, value: {a: b}}\n"
	for i := range 24 {
		doubling += fmt.Sprintf("- {op: copy, from: /metadata/annotations, "+
			"path: /metadata/annotations/a%d}\n", i)
	}
	tests := []struct{ name, kind, how, patch, want string }{
		{"no YAML", "StatefulSet", "", "a: [", "spec.patches[0]: "},
		{"no object", "StatefulSet", "", "just words", "spec.patches[0]: "},
		{"no operations", "StatefulSet", "JSON", "spec: {}", "spec.patches[0]: "},
		{"an operation that is none", "StatefulSet", "JSON", "- {op: ad, path: /a}",
			"Unexpected kind: ad"},
		{"a test that fails", "StatefulSet", "JSON",
			"- {op: test, path: /spec/replicas, value: 3}", "testing value /spec/replicas failed"},
		{"what is not there", "StatefulSet", "JSON", "- {op: remove, path: /spec/no}", "/spec/no"},
		{"another name", "StatefulSet", "", "metadata: {name: other}",
			"a patch cannot rename factory"},
		{"another namespace", "Service", "", "metadata: {namespace: kube-system}",
			"a patch cannot rename factory"},
		{"all of it", "StatefulSet", "", "$patch: delete", "a patch cannot rename factory"},
		{"another name by an operation", "Service", "JSON",
			"- {op: replace, path: /metadata/name, value: other}", "a patch cannot rename factory"},
		{"another type", "StatefulSet", "", "spec: {replicas: many}", "cannot unmarshal string"},
		{"a field that is none", "StatefulSet", "", "sepc: {replicas: 0}", `unknown field "sepc"`},
		{"another kind", "StatefulSet", "", "kind: Deployment", "a patch cannot make factory a"},
		{"another custom kind", "ServiceMonitor", "", "{apiVersion: v1, kind: Secret}",
			"a patch cannot make factory a /v1, Kind=Secret"},
		{"another version of a custom kind", "ServiceMonitor", "JSON",
			"- {op: replace, path: /apiVersion, value: monitoring.coreos.com/v2}",
			"a patch cannot make factory a"},
		{"no kind", "ServiceMonitor", "", "kind: null", "'Kind' is missing"},
		{"copies without end", "ServiceMonitor", "JSON", doubling,
			"exceeding the limit"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			b := fixtures.Spec(t, withTier+patchOf(test.kind, "", test.how, test.patch))
			for _, child := range children(t, b) {
				_, err := resources.Patch(b, child, kindOf(t, child).Kind)
				switch {
				case kindOf(t, child).Kind != test.kind:
					if err != nil {
						t.Errorf("%s: %v", child.GetName(), err)
					}
				case err == nil || !strings.HasPrefix(err.Error(), "spec.patches[0]: ") ||
					!strings.Contains(err.Error(), test.want):
					t.Errorf("the error is %v, want %q in it", err, test.want)
				default:
					return
				}
			}
		})
	}
}

// A patch may say what it is for, as one would write it for kubectl.
func TestPatchNamesItsKind(t *testing.T) {
	t.Parallel()
	b := fixtures.Spec(t, patchOf("StatefulSet", "", "",
		"apiVersion: apps/v1\nkind: StatefulSet\nspec: {minReadySeconds: 5}"))
	if _, err := resources.Patch(b, resources.StatefulSet(b, resources.Workload{}),
		"StatefulSet"); err != nil {
		t.Error(err)
	}
}

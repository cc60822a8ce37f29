// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package charts

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	appsv1 "k8s.io/api/apps/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/util/yaml"

	"github.com/flashmq/flashmq/hack/kube/kubetest"
)

func decode(t *testing.T, text []byte, into any) {
	t.Helper()
	if err := yaml.Unmarshal(text, into); err != nil {
		t.Fatal(err)
	}
}

// deployment is the operator's.
func deployment(t *testing.T, s set) *appsv1.Deployment {
	t.Helper()
	o := s["Deployment flashmq-system/flashmq-operator"]
	if o == nil {
		t.Fatalf("no Deployment among %q", s.names())
	}
	var d appsv1.Deployment
	if err := runtime.DefaultUnstructuredConverter.FromUnstructured(o.Object, &d); err != nil {
		t.Fatal(err)
	}
	return &d
}

// settings are the environment variables of the operator.
func settings(t *testing.T, s set) map[string]string {
	t.Helper()
	out := make(map[string]string)
	for _, v := range deployment(t, s).Spec.Template.Spec.Containers[0].Env {
		out[strings.TrimPrefix(v.Name, "FLASHMQ_OPERATOR_")] = v.Value
	}
	return out
}

// images are our own in a Deployment, with the names that they should have.
func images(t *testing.T, s set) map[string]string {
	t.Helper()
	env := settings(t, s)
	return map[string]string{
		deployment(t, s).Spec.Template.Spec.Containers[0].Image: "flashmq-operator",
		env["AGENT_IMAGE"]: "flashmq-operator", env["IMAGE"]: "flashmq"}
}

func TestHelmLint(t *testing.T) {
	t.Parallel()
	_, err := run(t, kubetest.Program(t, "helm"), "lint", "--strict", chart)
	if err != nil {
		t.Error(err)
	}
}

func TestValuesAreRefused(t *testing.T) {
	t.Parallel()
	tests := []struct{ name, set, want string }{
		{"misspelt", "wacth.namespaces={a}", "'wacth' not allowed"},
		{"misspelt below", "watch.namspaces={a}", "'namspaces' not allowed"},
		{"misspelt further below", "metrics.serviceMonitor.labls.a=b", "'labls' not allowed"},
		{"wrong kind", "crds.keep=3", "want boolean"},
		{"too few", "workers=0", "/workers"},
		{"no namespace", "watch.namespaces={A_b}", "/watch/namespaces/0"},
		{"no digest", "image.digest=sha256:12", "/image/digest"},
		{"no level", "log.level=loud", "/log/level"},
		{"old Kubernetes", "", "chart requires kubeVersion"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			args := []string{"--kube-version", "1.29.9"}
			if test.set != "" {
				args = []string{"--set", test.set}
			}
			_, err := render(t, args...)
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("the error is %v, want %q", err, test.want)
			}
		})
	}
}

// TestSchemaKnowsEveryValue walks through values.yaml and values.schema.json side by side.
func TestSchemaKnowsEveryValue(t *testing.T) {
	t.Parallel()
	type schema struct {
		Ref         string `json:"$ref"`
		Closed      *bool  `json:"additionalProperties"`
		Properties  map[string]json.RawMessage
		Definitions map[string]json.RawMessage
	}
	var values map[string]any
	decode(t, read(t, chart+"/values.yaml"), &values)
	var top schema
	if err := json.Unmarshal(read(t, chart+"/values.schema.json"), &top); err != nil {
		t.Fatal(err)
	}
	var walk func(path string, s schema, values map[string]any)
	walk = func(path string, s schema, values map[string]any) {
		for name, raw := range s.Properties {
			var below schema
			_ = json.Unmarshal(raw, &below) // additionalProperties may also be a schema
			if definition, ok := strings.CutPrefix(below.Ref, "#/definitions/"); ok {
				_ = json.Unmarshal(top.Definitions[definition], &below)
			}
			value, there := values[name]
			if !there && !slices.Contains([]string{"resources.claims"}, path+name) {
				t.Errorf("values.yaml has no %s%s", path, name)
			}
			if object, ok := value.(map[string]any); ok && below.Properties != nil {
				walk(path+name+".", below, object)
			}
		}
		for name := range values {
			if s.Properties[name] == nil {
				t.Errorf("values.schema.json has no %s%s", path, name)
			}
		}
		if path != "global." && (s.Closed == nil || *s.Closed) {
			t.Errorf("values.schema.json takes anything below %q", path)
		}
	}
	walk("", top, values)
}

func TestNamespaced(t *testing.T) {
	t.Parallel()
	s := rendered(t, "--values", chart+"/profile-namespaced.yaml",
		"--set", "watch.namespaces={a,b}")
	for _, kind := range []string{"ClusterRole", "ClusterRoleBinding", "CustomResourceDefinition"} {
		if slices.Contains(s.kinds(), kind) {
			t.Errorf("there is a %s", kind)
		}
	}
	all := installed(t)["ClusterRole /flashmq-operator"]
	for _, namespace := range []string{"a", "b"} {
		role := s["Role "+namespace+"/flashmq-operator"]
		if role == nil || s["RoleBinding "+namespace+"/flashmq-operator"] == nil {
			t.Fatalf("no Role or no RoleBinding in %s", namespace)
		}
		if d := cmp.Diff(all.Object["rules"], role.Object["rules"]); d != "" {
			t.Errorf("other rules than those of the ClusterRole: %s", d)
		}
	}
	if got := settings(t, s)["NAMESPACES"]; got != "a,b" {
		t.Errorf("the operator looks after %q", got)
	}
}

// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package charts

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"maps"
	"os/exec"
	"path/filepath"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/util/yaml"

	"github.com/flashmq/flashmq/hack/kube/kubetest"
)

// The folders, seen from this one.
const (
	chart  = "../../charts/flashmq-operator"
	deploy = "../../deploy"
)

// set is objects by kind, namespace and name.
type set map[string]*unstructured.Unstructured

func (s set) names() []string { return slices.Sorted(maps.Keys(s)) }

// kinds are those of the objects.
func (s set) kinds() []string {
	var out []string
	for _, o := range s {
		out = append(out, o.GetKind())
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// objects reads YAML.
func objects(t *testing.T, texts ...[]byte) set {
	t.Helper()
	out := make(set)
	for _, text := range texts {
		decoder := yaml.NewYAMLOrJSONDecoder(bytes.NewReader(text), 4096)
		for {
			u := &unstructured.Unstructured{}
			err := decoder.Decode(&u.Object)
			if errors.Is(err, io.EOF) {
				break
			}
			if err != nil {
				t.Fatal(err)
			}
			if u.Object == nil {
				continue
			}
			name := fmt.Sprintf("%s %s/%s", u.GetKind(), u.GetNamespace(), u.GetName())
			if out[name] != nil {
				t.Errorf("%s is there twice", name)
			}
			out[name] = u
		}
	}
	return out
}

// compare complains about each difference.
func compare(t *testing.T, want, got set) {
	t.Helper()
	if d := cmp.Diff(want.names(), got.names()); d != "" {
		t.Errorf("other objects: %s", d)
	}
	for name, o := range want {
		if got[name] == nil {
			continue
		}
		if d := cmp.Diff(o.Object, got[name].Object); d != "" {
			t.Errorf("%s: %s", name, d)
		}
	}
}

// render is what helm makes of the chart.
func render(t *testing.T, args ...string) ([]byte, error) {
	t.Helper()
	return run(t, kubetest.Program(t, "helm"), append([]string{"template", "flashmq-operator",
		chart, "--namespace", "flashmq-system"}, args...)...)
}

// rendered is the same when it has to work.
func rendered(t *testing.T, args ...string) set {
	t.Helper()
	text, err := render(t, args...)
	if err != nil {
		t.Fatal(err)
	}
	return objects(t, text)
}

// run is the output of a program, or an error with what it complained of.
func run(t *testing.T, program string, args ...string) ([]byte, error) {
	t.Helper()
	command := exec.CommandContext(t.Context(), program, args...)
	var complaint bytes.Buffer
	command.Stderr = &complaint
	text, err := command.Output()
	if err != nil {
		return nil, fmt.Errorf("%s %q: %w\n%s", program, args, err, complaint.String())
	}
	return text, nil
}

// manifests are what kubectl apply -f FOLDER reads.
func manifests(t *testing.T, folder string) (texts [][]byte) {
	t.Helper()
	for _, pattern := range []string{"*.yaml", "*.yml", "*.json"} {
		names, err := filepath.Glob(filepath.Join(deploy, folder, pattern))
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range names {
			texts = append(texts, read(t, name))
		}
	}
	if len(texts) == 0 {
		t.Fatalf("nothing in deploy/%s", folder)
	}
	return texts
}

// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package v1alpha1

import (
	"flag"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
	"sigs.k8s.io/yaml"
)

var update = flag.Bool("update", false, "write the golden files and docs/conditions.md anew")

func golden(t *testing.T, path, got string) {
	t.Helper()
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
		t.Errorf("%s differs (go test -update writes it anew):\n%s", path, d)
	}
}

// definitionFile is the generated CustomResourceDefinition.
var definitionFile = filepath.Join(definitions, "flashmq.io_flashmqbrokers.yaml")

// definition returns the schema of a FlashMQBroker.
func definition(t *testing.T) map[string]any {
	t.Helper()
	text, err := os.ReadFile(definitionFile)
	if err != nil {
		t.Fatal(err)
	}
	var d struct {
		Spec struct {
			Versions []struct {
				Schema struct {
					OpenAPIV3Schema map[string]any `json:"openAPIV3Schema"`
				} `json:"schema"`
			} `json:"versions"`
		} `json:"spec"`
	}
	if err := yaml.Unmarshal(text, &d); err != nil {
		t.Fatal(err)
	}
	if len(d.Spec.Versions) != 1 {
		t.Fatalf("%d versions", len(d.Spec.Versions))
	}
	return d.Spec.Versions[0].Schema.OpenAPIV3Schema
}

// walk visits a schema and all below it.
func walk(schema map[string]any, path string, visit func(path string, schema map[string]any)) {
	visit(path, schema)
	if properties, ok := schema["properties"].(map[string]any); ok {
		for name, below := range properties {
			walk(below.(map[string]any), path+"."+name, visit)
		}
	}
	for key, mark := range map[string]string{"items": "[]", "additionalProperties": "{}"} {
		if below, ok := schema[key].(map[string]any); ok {
			walk(below, path+mark, visit)
		}
	}
}

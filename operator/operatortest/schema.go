// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package operatortest

import (
	"os"
	"path/filepath"
	"sync"
	"testing"

	"k8s.io/apimachinery/pkg/runtime"
	"sigs.k8s.io/yaml"
)

// Root is the folder of go.mod.
func Root(t testing.TB) string {
	t.Helper()
	folder, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	for {
		if _, err := os.Stat(filepath.Join(folder, "go.mod")); err == nil {
			return folder
		}
		if filepath.Dir(folder) == folder {
			t.Fatal("operatortest: no folder above has a go.mod")
		}
		folder = filepath.Dir(folder)
	}
}

// Schema is that of a FlashMQBroker. It is read once: nobody may change it.
func Schema(t testing.TB) map[string]any {
	t.Helper()
	once.Do(func() {
		file := filepath.Join(Root(t), "deploy/crds/flashmq.io_flashmqbrokers.yaml")
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		schema = parse(t, text)
	})
	if schema == nil {
		t.Fatal("operatortest: the schema could not be read")
	}
	return schema
}

var (
	once   sync.Once
	schema map[string]any
)

func parse(t testing.TB, text []byte) map[string]any {
	t.Helper()
	var definition struct {
		Spec struct {
			Versions []struct {
				Schema struct {
					OpenAPIV3Schema map[string]any `json:"openAPIV3Schema"`
				} `json:"schema"`
			} `json:"versions"`
		} `json:"spec"`
	}
	if err := yaml.Unmarshal(text, &definition); err != nil {
		t.Fatal(err)
	}
	if n := len(definition.Spec.Versions); n != 1 {
		t.Fatalf("operatortest: %d versions", n)
	}
	return definition.Spec.Versions[0].Schema.OpenAPIV3Schema
}

// Fields visits the schema of each field below path, which begins with a dot. Elements of a list
// are [] and values of a map {}.
func Fields(schema map[string]any, path string, visit func(path string, schema map[string]any)) {
	visit(path, schema)
	properties, _ := schema["properties"].(map[string]any)
	for name, below := range properties {
		Fields(below.(map[string]any), path+"."+name, visit)
	}
	for key, mark := range map[string]string{"items": "[]", "additionalProperties": "{}"} {
		if below, ok := schema[key].(map[string]any); ok {
			Fields(below, path+mark, visit)
		}
	}
}

// fill puts defaults where nothing is, as the API server does: from outside to inside, so that a
// default is filled, too.
func fill(value any, schema map[string]any) {
	switch value := value.(type) {
	case map[string]any:
		properties, _ := schema["properties"].(map[string]any)
		for name, below := range properties {
			standard, ok := below.(map[string]any)["default"]
			if ok && value[name] == nil {
				value[name] = runtime.DeepCopyJSONValue(standard)
			}
		}
		others, _ := schema["additionalProperties"].(map[string]any)
		for name, inner := range value {
			if below, ok := properties[name].(map[string]any); ok {
				fill(inner, below)
			} else if others != nil {
				fill(inner, others)
			}
		}
	case []any:
		below, _ := schema["items"].(map[string]any)
		for _, inner := range value {
			fill(inner, below)
		}
	}
}

// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package main

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
	"sigs.k8s.io/yaml"
)

// A definition as it is generated, cut down to one field of each kind.
const generated = `
kind: CustomResourceDefinition
spec:
  versions:
  - name: v1alpha1
    schema:
      openAPIV3Schema:
        description: ours
        properties:
          apiVersion: {type: string, description: theirs}
          spec:
            description: ours
            properties:
              listeners:
                description: ours
                items:
                  description: the same once more
                  properties:
                    name: {type: string, description: ours}
                    networkPolicyPeers:
                      description: ours
                      items:
                        description: theirs
                        properties:
                          ipBlock: {type: object, description: theirs}
              podTemplate:
                description: ours
                properties:
                  nodeSelector:
                    description: ours
                    additionalProperties: {type: string}
                  hostAliases:
                    description: ours
                    items:
                      properties:
                        description: {type: string, description: theirs}
`

const wanted = `
kind: CustomResourceDefinition
spec:
  versions:
  - name: v1alpha1
    schema:
      openAPIV3Schema:
        description: ours
        properties:
          apiVersion: {type: string}
          spec:
            description: ours
            properties:
              listeners:
                description: ours
                items:
                  properties:
                    name: {type: string, description: ours}
                    networkPolicyPeers:
                      description: ours
                      items:
                        properties:
                          ipBlock: {type: object}
              podTemplate:
                description: ours
                properties:
                  nodeSelector:
                    description: ours
                    additionalProperties: {type: string}
                  hostAliases:
                    description: ours
                    items:
                      properties:
                        description: {type: string}
`

func TestShorten(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "a.yaml")
	if err := os.WriteFile(file, []byte(generated), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := shorten(file); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var got, want map[string]any
	for text, into := range map[string]*map[string]any{string(text): &got, wanted: &want} {
		if err := yaml.Unmarshal([]byte(text), into); err != nil {
			t.Fatal(err)
		}
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
}

func TestShortenRefuses(t *testing.T) {
	t.Parallel()
	for name, text := range map[string]string{
		"no YAML":      "\t",
		"no versions":  "spec: {}",
		"no schema":    "spec: {versions: [{name: v1}]}",
		"two versions": "spec: {versions: [{name: v1}, {name: v2}]}",
	} {
		file := filepath.Join(t.TempDir(), "a.yaml")
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if shorten(file) == nil {
			t.Errorf("%s: accepted", name)
		}
	}
}

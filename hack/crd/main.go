// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

// Command crd shortens CustomResourceDefinitions. Descriptions of fields that are Kubernetes' own
// (affinity, environment variables) are three quarters of the generated file, and every reader of a
// manifest knows them; ours stay. It reads one file and writes it anew.
package main

import (
	"fmt"
	"os"
	"reflect"
	"strings"

	"sigs.k8s.io/yaml"

	"github.com/flashmq/flashmq/api/v1alpha1"
)

func main() {
	if len(os.Args) != 2 {
		fmt.Fprintln(os.Stderr, "usage: crd FILE")
		os.Exit(2)
	}
	if err := shorten(os.Args[1]); err != nil {
		fmt.Fprintln(os.Stderr, "crd:", err)
		os.Exit(1)
	}
}

func shorten(file string) error {
	text, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	var definition map[string]any
	if err := yaml.Unmarshal(text, &definition); err != nil {
		return fmt.Errorf("%s: %w", file, err)
	}
	schema, err := schemaOf(definition)
	if err != nil {
		return fmt.Errorf("%s: %w", file, err)
	}
	keepOurs(schema, reflect.TypeFor[v1alpha1.FlashMQBroker]())
	if text, err = yaml.Marshal(definition); err != nil {
		return err
	}
	return os.WriteFile(file, append([]byte("---\n"), text...), 0o644)
}

// schemaOf returns the schema of the only version.
func schemaOf(definition map[string]any) (map[string]any, error) {
	spec, _ := definition["spec"].(map[string]any)
	versions, _ := spec["versions"].([]any)
	if len(versions) != 1 {
		return nil, fmt.Errorf("has %d versions, want 1", len(versions))
	}
	version, _ := versions[0].(map[string]any)
	validation, _ := version["schema"].(map[string]any)
	schema, ok := validation["openAPIV3Schema"].(map[string]any)
	if !ok {
		return nil, fmt.Errorf("has no schema")
	}
	return schema, nil
}

// keepOurs walks a schema beside the Go type that it was made of, as far as that is ours. The
// description of a field is ours when the struct is, whatever the type of the field.
func keepOurs(schema map[string]any, t reflect.Type) {
	switch t.Kind() {
	case reflect.Pointer:
		keepOurs(schema, t.Elem())
	case reflect.Slice:
		items, _ := schema["items"].(map[string]any)
		if items == nil {
			return
		}
		delete(items, "description")
		keepOurs(items, t.Elem())
	case reflect.Struct:
		properties, _ := schema["properties"].(map[string]any)
		for name, below := range properties {
			field, ours := fieldOf(t, name)
			below, _ := below.(map[string]any)
			if !ours {
				drop(below)
				continue
			}
			keepOurs(below, field)
		}
	}
}

// fieldOf returns the type of a field of a struct of ours by its name in JSON.
func fieldOf(t reflect.Type, name string) (reflect.Type, bool) {
	for i := range t.NumField() {
		field := t.Field(i)
		tag, _, _ := strings.Cut(field.Tag.Get("json"), ",")
		if tag == "" && field.Anonymous {
			if found, ours := fieldOf(field.Type, name); ours {
				return found, true
			}
		}
		if tag == name && t.PkgPath() == reflect.TypeFor[v1alpha1.FlashMQBroker]().PkgPath() {
			return field.Type, true
		}
	}
	return nil, false
}

// drop removes the descriptions of a schema and of all below it. A field that is called description
// is a map, and stays.
func drop(schema map[string]any) {
	for name, below := range schema {
		switch below := below.(type) {
		case map[string]any:
			drop(below)
		case string:
			if name == "description" {
				delete(schema, name)
			}
		}
	}
}

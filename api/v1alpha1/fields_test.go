// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package v1alpha1

//go:generate go test -run ^TestFieldsAreDocumented$ -update .

import (
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"
)

func TestFieldsAreDocumented(t *testing.T) {
	t.Parallel()
	golden(t, "../../docs/fields.md", fieldsPage(t))
}

const fieldsIntroduction = "<!-- Generated from api/v1alpha1 by `go generate " +
	"./api/v1alpha1`. -->\n\n" + `# Fields of a FlashMQBroker

What kubectl explain flashmqbroker says, on one page. A field without a default may be left out.
The API server refuses what breaks a rule, and says so in the words below. Fields of Kubernetes' own
types mean what they mean there.
`

// fieldsPage describes spec and status in the order of the Go types.
func fieldsPage(t *testing.T) string {
	t.Helper()
	properties := definition(t)["properties"].(map[string]any)
	page := &strings.Builder{}
	page.WriteString(fieldsIntroduction)
	for _, part := range []struct {
		name, title string
		kind        reflect.Type
	}{
		{"spec", "Spec", reflect.TypeFor[FlashMQBrokerSpec]()},
		{"status", "Status", reflect.TypeFor[FlashMQBrokerStatus]()},
	} {
		schema := properties[part.name].(map[string]any)
		fmt.Fprintf(page, "\n## %s\n\n%s\n", part.title, oneLine(schema["description"]))
		page.WriteString("\n| Field | Values | Default | Meaning |\n|---|---|---|---|\n")
		fieldRows(page, part.kind, schema, "")
		if part.name == "spec" {
			page.WriteString("\n### Rules\n\n| Where | What is refused |\n|---|---|\n" +
				ruleRows(schema, part.name))
		}
	}
	return page.String()
}

// fieldRows are those of a struct and of the structs in it that are ours.
func fieldRows(page *strings.Builder, kind reflect.Type, schema map[string]any, path string) {
	properties, _ := schema["properties"].(map[string]any)
	for field := range fieldsOf(kind) {
		name, options, _ := strings.Cut(field.Tag.Get("json"), ",")
		if strings.Contains(options, "inline") {
			fieldRows(page, field.Type, schema, path)
			continue
		}
		below := properties[name].(map[string]any)
		fmt.Fprintf(page, "| `%s` | %s | %s | %s |\n", path+name, values(below),
			defaultOf(below), strings.ReplaceAll(oneLine(below["description"]), "|", "\\|"))
		inner, mark := field.Type, ""
		for inner.Kind() == reflect.Pointer || inner.Kind() == reflect.Slice {
			if inner.Kind() == reflect.Slice {
				mark = "[]"
				below = below["items"].(map[string]any)
			}
			inner = inner.Elem()
		}
		if inner.Kind() == reflect.Struct && inner.PkgPath() == kind.PkgPath() {
			fieldRows(page, inner, below, path+name+mark+".")
		}
	}
}

func fieldsOf(kind reflect.Type) func(yield func(reflect.StructField) bool) {
	return func(yield func(reflect.StructField) bool) {
		for i := range kind.NumField() {
			if !yield(kind.Field(i)) {
				return
			}
		}
	}
}

// values tells what a field takes.
func values(schema map[string]any) string {
	if enum, ok := schema["enum"].([]any); ok {
		var all []string
		for _, v := range enum {
			all = append(all, fmt.Sprintf("`%v`", v))
		}
		return strings.Join(all, ", ")
	}
	bound := func(key string) string {
		if n, ok := schema[key].(float64); ok {
			return fmt.Sprintf("%.0f", n)
		}
		return ""
	}
	switch schema["type"] {
	case "integer":
		switch low, high := bound("minimum"), bound("maximum"); {
		case low != "" && high != "":
			return low + " to " + high
		case low != "":
			return "from " + low
		}
		return "number"
	case "boolean":
		return "`true`, `false`"
	case "array":
		if most := bound("maxItems"); most != "" {
			return "list, at most " + most
		}
		return "list"
	case "object", nil:
		return ""
	}
	return "text"
}

func defaultOf(schema map[string]any) string {
	value, there := schema["default"]
	if !there {
		return ""
	}
	if m, ok := value.(map[string]any); ok && len(m) == 0 {
		return "its defaults"
	}
	text, err := json.Marshal(value)
	if err != nil {
		panic(err)
	}
	return "`" + strings.Trim(string(text), `"`) + "`"
}

// ruleRows are the messages of CEL rules, wherever they are below a schema.
func ruleRows(schema map[string]any, name string) string {
	var rows []string
	walk(schema, name, func(path string, schema map[string]any) {
		list, _ := schema["x-kubernetes-validations"].([]any)
		for _, rule := range list {
			r := rule.(map[string]any)
			rows = append(rows, fmt.Sprintf("| `%s` | %s |\n", path, oneLine(r["message"])))
		}
	})
	return strings.Join(sorted(rows), "")
}

func oneLine(text any) string {
	s, _ := text.(string)
	return strings.Join(strings.Fields(s), " ")
}

func sorted(rows []string) []string {
	seen := map[string]bool{}
	var out []string
	for _, row := range rows {
		if !seen[row] {
			seen[row] = true
			out = append(out, row)
		}
	}
	slices.Sort(out)
	return out
}

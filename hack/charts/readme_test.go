// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package charts

//go:generate go test -run ^TestReadmeIsCurrent$ -update .

import (
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"go.yaml.in/yaml/v3"
)

var update = flag.Bool("update", false, "write the chart's README.md")

// row is a line of the table.
type row struct{ name, value, meaning string }

// mark begins the comment of a value that stands in the table.
const mark = "# -- "

// rows are the values that have such a comment, in their order. Whatever is below one belongs to
// it; a value without one is an error.
func rows(prefix string, n *yaml.Node) (out []row, err error) {
	for i := 0; i+1 < len(n.Content); i += 2 {
		key, value := n.Content[i], n.Content[i+1]
		name := prefix + key.Value
		if meaning, ok := meaning(key.HeadComment); ok {
			text, err := inline(value)
			if err != nil {
				return nil, err
			}
			out = append(out, row{name, text, meaning})
			continue
		}
		if value.Kind != yaml.MappingNode || len(value.Content) == 0 {
			return nil, fmt.Errorf("%s has no comment that begins with %q", name, mark)
		}
		below, err := rows(name+".", value)
		if err != nil {
			return nil, err
		}
		out = append(out, below...)
	}
	return out, nil
}

// meaning is a comment on one line, from its mark.
func meaning(comment string) (string, bool) {
	_, text, ok := strings.Cut("\n"+comment, "\n"+mark)
	return strings.ReplaceAll(text, "\n# ", " "), ok
}

// inline is a value as JSON.
func inline(n *yaml.Node) (string, error) {
	var value any
	if err := n.Decode(&value); err != nil {
		return "", err
	}
	text, err := json.Marshal(value)
	return string(text), err
}

// readme is the whole page.
func readme(head, values []byte) (string, error) {
	var n yaml.Node
	if err := yaml.Unmarshal(values, &n); err != nil {
		return "", err
	}
	if len(n.Content) != 1 {
		return "", fmt.Errorf("no values")
	}
	table, err := rows("", n.Content[0])
	if err != nil {
		return "", err
	}
	var page strings.Builder
	page.Write(head)
	for _, r := range table {
		fmt.Fprintf(&page, "| `%s` | `%s` | %s |\n", r.name, r.value, r.meaning)
	}
	return page.String(), nil
}

func TestReadmeIsCurrent(t *testing.T) {
	want, err := readme(read(t, "readme.txt"), read(t, chart+"/values.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	const page = chart + "/README.md"
	if *update {
		if err := os.WriteFile(page, []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if d := cmp.Diff(want, string(read(t, page))); d != "" {
		t.Errorf("README.md is not current; run make generate\n%s", d)
	}
}

func TestReadmeOfValues(t *testing.T) {
	t.Parallel()
	tests := []struct{ name, values, want, err string }{
		{name: "plain", values: "# -- What it is\na: 1\n", want: "| `a` | `1` | What it is |\n"},
		{name: "below", values: "a:\n  # other words\n  # -- One\n  # and two\n  b: \"x\"\n",
			want: "| `a.b` | `\"x\"` | One and two |\n"},
		{name: "as a whole", values: "# -- All\na: {b: [1], c: {}}\n",
			want: "| `a` | `{\"b\":[1],\"c\":{}}` | All |\n"},
		{name: "none", values: "a: 1\n", err: "a has no comment"},
		{name: "none below", values: "a:\n  # -- b\n  b: 1\n  c: []\n", err: "a.c has no comment"},
		{name: "empty", err: "no values"},
		{name: "broken", values: "a: [", err: "yaml: "},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			got, err := readme(nil, []byte(test.values))
			if test.err != "" && (err == nil || !strings.Contains(err.Error(), test.err)) ||
				test.err == "" && err != nil || got != test.want {
				t.Errorf("got %q, %v", got, err)
			}
		})
	}
}

func read(t *testing.T, path string) []byte {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

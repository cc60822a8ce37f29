// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package conformance

//go:generate go test -run ^TestDocumentationIsCurrent$ -update .

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/flashmq/flashmq/pkg/mqtt"
)

func TestDocumentationIsCurrent(t *testing.T) {
	t.Parallel()
	frame, err := os.ReadFile("testdata/conformance.md")
	if err != nil {
		t.Fatal(err)
	}
	tables := strings.NewReplacer(
		"{{sums}}", sums(),
		"{{3.1.1}}", statementTable(mqtt.V311),
		"{{5.0}}", statementTable(mqtt.V50),
		"{{others}}", otherServers(t),
	)
	golden(t, "../../docs/conformance.md", tables.Replace(string(frame)))
}

// cell makes text harmless inside a table.
var cell = strings.NewReplacer("|", `\|`, "*", `\*`, "<", "&lt;")

// sums is a table of how many statements there are.
func sums() string {
	var b strings.Builder
	b.WriteString("| MQTT | Statements | Bind Servers | Tested | Bind Servers, tested | Checks |\n")
	b.WriteString("|---|---|---|---|---|---|\n")
	for _, v := range versions {
		var servers, tested, both int
		all := Statements(v)
		for _, s := range all {
			if s.Binds&Server != 0 {
				servers++
			}
			if s.Untested == "" {
				tested++
			}
			if s.Binds&Server != 0 && s.Untested == "" {
				both++
			}
		}
		fmt.Fprintf(&b, "| %s | %d | %d | %d | %d | %d |\n",
			v, len(all), servers, tested, both, len(Checks(v)))
	}
	return strings.TrimSuffix(b.String(), "\n")
}

// statementTable is a row for every statement of a version.
func statementTable(v mqtt.Version) string {
	names := map[string][]string{}
	for _, c := range Checks(v) {
		for _, clause := range c.Clauses {
			names[clause] = append(names[clause], c.Name)
		}
	}
	var b strings.Builder
	b.WriteString("| Clause | Binds | What it demands | Test, or why there is none |\n")
	b.WriteString("|---|---|---|---|\n")
	for _, s := range Statements(v) {
		shown := strings.Join(names[s.Clause], "; ")
		if s.Untested != "" {
			shown = "Not tested: " + s.Untested
		}
		fmt.Fprintf(&b, "| %s | %s | %s | %s |\n",
			s.Clause, s.Binds, cell.Replace(s.Text), cell.Replace(shown))
	}
	return strings.TrimSuffix(b.String(), "\n")
}

// otherServers is a section for every server in testdata.
func otherServers(t *testing.T) string {
	t.Helper()
	files, err := filepath.Glob("testdata/*.json")
	if err != nil || len(files) == 0 {
		t.Fatalf("no other servers in testdata (%v)", err)
	}
	slices.Sort(files)
	var b strings.Builder
	for _, name := range files {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		var o other
		if err := json.Unmarshal(text, &o); err != nil {
			t.Fatal(err)
		}
		fmt.Fprintf(&b, "### %s\n\n", o.Server)
		for _, v := range versions {
			fmt.Fprintf(&b, "%s: %d checks pass. ", v, o.Passed[v.String()])
		}
		b.WriteString("The others:\n\n| MQTT | Clause | Test | Verdict | What it does |\n")
		b.WriteString("|---|---|---|---|---|\n")
		for _, d := range o.Differences {
			fmt.Fprintf(&b, "| %s | %s | %s | %s | %s |\n", d.Version, d.Clause,
				cell.Replace(d.Name), d.Verdict, cell.Replace(d.Note))
		}
		b.WriteString("\n")
	}
	return strings.TrimSpace(b.String())
}

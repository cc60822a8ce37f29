// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package conformance

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"testing"

	"github.com/flashmq/flashmq/pkg/mqtt"
)

var versions = []mqtt.Version{mqtt.V311, mqtt.V50}

var clauseForm = regexp.MustCompile(`^MQTT-(\d+)\.(\d+)\.(\d+)-(\d+)$`)

// numbers takes a clause apart.
func numbers(t *testing.T, clause string) []int {
	t.Helper()
	m := clauseForm.FindStringSubmatch(clause)
	if m == nil {
		t.Fatalf("%q is no clause", clause)
	}
	var list []int
	for _, digits := range m[1:] {
		n, err := strconv.Atoi(digits)
		if err != nil {
			t.Fatal(err)
		}
		list = append(list, n)
	}
	return list
}

// Statements come in the order of the specification, each once.
func TestOrder(t *testing.T) {
	for _, v := range versions {
		last := []int{0, 0, 0, 0}
		for _, s := range Statements(v) {
			next := numbers(t, s.Clause)
			if slices.Compare(last, next) >= 0 {
				t.Errorf("%s: %s stands behind %v", v, s.Clause, last)
			}
			last = next
		}
	}
}

// The appendix of 3.1.1 numbers the statements of each section without gaps.
func TestNoGaps311(t *testing.T) {
	var last []int
	for _, s := range Statements(mqtt.V311) {
		next := numbers(t, s.Clause)
		want := 1
		if last != nil && slices.Equal(last[:3], next[:3]) {
			want = last[3] + 1
		}
		if next[3] != want {
			t.Errorf("%s follows %v", s.Clause, last)
		}
		last = next
	}
}

// As many as the appendices have; who counts anew compares with them.
func TestCounts(t *testing.T) {
	for v, want := range map[mqtt.Version]int{mqtt.V311: 141, mqtt.V50: 251} {
		if got := len(Statements(v)); got != want {
			t.Errorf("%s: %d statements, want %d", v, got, want)
		}
	}
}

// A statement is tested, or says why not; what only binds Clients need not be.
func TestEveryStatementIsTested(t *testing.T) {
	for _, v := range versions {
		tested := map[string]bool{}
		for _, c := range Checks(v) {
			for _, clause := range c.Clauses {
				tested[clause] = true
			}
		}
		for _, s := range Statements(v) {
			if tested[s.Clause] == (s.Untested != "") {
				t.Errorf("%s %s: named by a Check: %v, reason for none: %q",
					v, s.Clause, tested[s.Clause], s.Untested)
			}
			if s.Text == "" || s.Binds == 0 {
				t.Errorf("%s %s does not say what it demands of whom", v, s.Clause)
			}
		}
	}
}

// The name of a Check and its clauses say what it is about.
func TestChecksAreNamed(t *testing.T) {
	for _, v := range versions {
		known := map[string]bool{}
		for _, s := range Statements(v) {
			known[s.Clause] = true
		}
		names := map[string]bool{}
		for _, c := range Checks(v) {
			name := fmt.Sprintf("%s %q", v, c.Name)
			if names[c.Name] || c.Name == "" || c.Run == nil || len(c.Clauses) == 0 {
				t.Errorf("%s is there twice, or incomplete", name)
			}
			names[c.Name] = true
			for _, clause := range c.Clauses {
				if !known[clause] {
					t.Errorf("%s names %s, which is not in %s", name, clause, v)
				}
			}
		}
	}
}

func TestKnown(t *testing.T) {
	tests := []struct {
		clause     string
		in311, in5 bool
	}{
		{"MQTT-3.1.0-1", true, true},
		{"[MQTT-3.1.0-1]", true, true},
		{"MQTT-1.5.3-1", true, false},
		{"MQTT-3.14.4-3", true, true},
		{"MQTT-4.13.1-1", false, true},
		{"MQTT-3.1.0-9", false, false},
		{"", false, false},
	}
	for _, test := range tests {
		if in311, in5 := Known(test.clause); in311 != test.in311 || in5 != test.in5 {
			t.Errorf("%q: %v, %v", test.clause, in311, in5)
		}
	}
}

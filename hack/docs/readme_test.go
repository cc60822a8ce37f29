// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package docs

import (
	"go/format"
	"regexp"
	"strings"
	"testing"
)

// Ours.
const (
	// longestReadme is one page, a long one.
	longestReadme = 120
	// figures marks the table of measurements, whoever measures looks for it.
	figures = "<!-- figures -->\n| Scenario | kernel floor | flashmq (this) | mosquitto 2.0.11 |\n"
)

// example is a fenced block that pkg/servertest/realclient runs, with the line before it.
var example = regexp.MustCompile("(?ms)^([^\n]*)\n```(sh|go|js)\n(.*?)^```$")

var mark = regexp.MustCompile(`^<!-- test: ([a-z0-9]+) -->$`)

func TestReadmeIsOnePage(t *testing.T) {
	t.Parallel()
	text := read(t, "README.md").text
	if n := strings.Count(text, "\n"); n > longestReadme {
		t.Errorf("%d lines, want at most %d", n, longestReadme)
	}
	if !strings.Contains(text, figures) {
		t.Errorf("no table of measurements that begins with\n%s", figures)
	}
}

func TestExamplesOfTheReadmeCanBeRun(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	for _, m := range example.FindAllStringSubmatch(read(t, "README.md").text, -1) {
		before, language, text := m[1], m[2], m[3]
		name := mark.FindStringSubmatch(before)
		if name == nil {
			t.Errorf("a block of %s follows %q instead of <!-- test: name -->", language, before)
			continue
		}
		if seen[name[1]] {
			t.Errorf("two examples are called %s", name[1])
		}
		seen[name[1]], seen[language] = true, true
		if !strings.Contains(text, "1883") {
			t.Errorf("%s names no port 1883, which the test replaces", name[1])
		}
		if language == "go" {
			checkProgram(t, name[1], text)
		}
	}
	for _, language := range []string{"sh", "go", "js"} {
		if !seen[language] {
			t.Errorf("no example in %s", language)
		}
	}
}

func checkProgram(t *testing.T, name, text string) {
	t.Helper()
	formatted, err := format.Source([]byte(text))
	switch {
	case err != nil:
		t.Errorf("%s: %v", name, err)
	case string(formatted) != text:
		t.Errorf("%s is not formatted", name)
	case !strings.HasPrefix(text, "package main\n"):
		t.Errorf("%s is no program", name)
	}
}

// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package docs

import (
	"regexp"
	"slices"
	"strings"
	"testing"
)

var (
	figureLine = regexp.MustCompile(`(?m)^\t\{"([a-z_ /]+)", `)
	singleLine = regexp.MustCompile(`publishSys\("([a-z_ /]+)"`)
	topicRow   = regexp.MustCompile("(?m)^\\| `([a-z_ /]+)` \\| [^|]* \\|$")
)

// TestSysTopics compares the table of $SYS topics with what the broker publishes.
func TestSysTopics(t *testing.T) {
	t.Parallel()
	code := source(t, "pkg/broker/sys.go")
	var published []string
	for _, lines := range []*regexp.Regexp{figureLine, singleLine} {
		for _, m := range lines.FindAllStringSubmatch(code, -1) {
			published = append(published, m[1])
		}
	}
	if len(published) < 10 {
		t.Fatalf("only %d topics found in the code: %q", len(published), published)
	}
	_, section, _ := strings.Cut(read(t, "docs/operations.md").text, "\n## `$SYS`\n")
	var documented []string
	for _, m := range topicRow.FindAllStringSubmatch(section, -1) {
		if !strings.HasSuffix(m[1], "_total") { // a counter
			documented = append(documented, m[1])
		}
	}
	for _, topic := range published {
		if !slices.Contains(documented, topic) {
			t.Errorf("$SYS/broker/%s is not in docs/operations.md", topic)
		}
	}
	for _, topic := range documented {
		if !slices.Contains(published, topic) {
			t.Errorf("docs/operations.md has $SYS/broker/%s, which is not published", topic)
		}
	}
}

// TestDropCounters wants every counter of lost messages explained.
func TestDropCounters(t *testing.T) {
	t.Parallel()
	text := read(t, "docs/operations.md").text
	names := regexp.MustCompile(`"(messages_dropped_[a-z_]+)"`)
	found := names.FindAllStringSubmatch(source(t, "pkg/metrics/metrics.go"), -1)
	if len(found) == 0 {
		t.Fatal("no counters of dropped messages in the code")
	}
	for _, m := range found {
		if !strings.Contains(text, "| `"+m[1]+"` |") {
			t.Errorf("%s is not in docs/operations.md", m[1])
		}
	}
}

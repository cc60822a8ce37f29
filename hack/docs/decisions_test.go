// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package docs

import (
	"fmt"
	"path"
	"regexp"
	"strings"
	"testing"
)

// longestDecision is one page.
const longestDecision = 80

var decisionFile = regexp.MustCompile(`^docs/decisions/(\d{4})-[a-z0-9-]+\.md$`)

// TestDecisions wants records of one form, numbered without gaps, listed, and linked from the page
// that explains the whole.
func TestDecisions(t *testing.T) {
	t.Parallel()
	list := read(t, "docs/decisions/README.md").text
	whole := read(t, "docs/architecture.md").text
	n := 0
	for _, p := range pages(t) {
		if path.Dir(p.path) != "docs/decisions" || path.Base(p.path) == "README.md" {
			continue
		}
		n++
		m := decisionFile.FindStringSubmatch(p.path)
		if m == nil || m[1] != fmt.Sprintf("%04d", n) {
			t.Errorf("%s is not called %04d-title.md", p.path, n)
			continue
		}
		if !strings.HasPrefix(p.text, "# "+m[1]+". ") {
			t.Errorf("%s does not begin with \"# %s. \" and its title", p.path, m[1])
		}
		at := 0
		for _, part := range []string{"Context", "Decision", "Consequences"} {
			next := strings.Index(p.text[at:], "\n## "+part+"\n")
			if next < 0 {
				t.Errorf("%s has no part %s, or in another order", p.path, part)
				break
			}
			at += next
		}
		if lines := strings.Count(p.text, "\n"); lines > longestDecision {
			t.Errorf("%s has %d lines, want at most %d", p.path, lines, longestDecision)
		}
		if base := path.Base(p.path); !strings.Contains(list, "("+base+")") {
			t.Errorf("%s is not in the list of docs/decisions/README.md", base)
		}
		if !strings.Contains(whole, "(decisions/"+path.Base(p.path)+")") {
			t.Errorf("docs/architecture.md does not link to %s", p.path)
		}
	}
	if n == 0 {
		t.Error("no decisions")
	}
}

// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package docs

import (
	"path"
	"regexp"
	"slices"
	"strings"
	"testing"
)

var (
	target  = regexp.MustCompile(`\]\(([^)\s]+)\)`)
	heading = regexp.MustCompile(`(?m)^#+ +(.*)$`)
)

// brokenLinks returns the relative links of a page that lead nowhere. exists answers for paths from
// the top, find returns the page there.
func brokenLinks(p page, exists func(string) bool, find func(string) (page, bool)) []string {
	var broken []string
	for _, m := range target.FindAllStringSubmatch(p.prose(), -1) {
		if strings.Contains(m[1], "://") {
			continue
		}
		file, anchor, _ := strings.Cut(m[1], "#")
		goal := p.path
		if file != "" {
			goal = path.Join(path.Dir(p.path), file)
		}
		if !exists(goal) {
			broken = append(broken, m[1])
			continue
		}
		other, isPage := find(goal)
		if anchor != "" && !(isPage && slices.Contains(anchors(other), anchor)) {
			broken = append(broken, m[1])
		}
	}
	return broken
}

var unspoken = regexp.MustCompile(`[^a-z0-9 _-]`)

// anchors are the names under which a page's headings can be linked to.
func anchors(p page) []string {
	var names []string
	for _, m := range heading.FindAllStringSubmatch(p.prose(), -1) {
		name := unspoken.ReplaceAllString(strings.ToLower(m[1]), "")
		names = append(names, strings.ReplaceAll(name, " ", "-"))
	}
	return names
}

func TestLinks(t *testing.T) {
	t.Parallel()
	all := pages(t)
	find := func(path string) (page, bool) {
		i := slices.IndexFunc(all, func(p page) bool { return p.path == path })
		if i < 0 {
			return page{}, false
		}
		return all[i], true
	}
	for _, p := range all {
		for _, link := range brokenLinks(p, exists, find) {
			t.Errorf("%s links to %s, which is not there", p.path, link)
		}
	}
}

func TestBrokenLinksAreFound(t *testing.T) {
	t.Parallel()
	here := page{"docs/here.md", "# One `two`: three!\n"}
	find := func(path string) (page, bool) { return here, path == here.path }
	exists := func(path string) bool { return path == "docs/here.md" || path == "README.md" }
	tests := []struct {
		name, text string
		broken     bool
	}{
		{"elsewhere", "[x](https://example.org/nothing)", false},
		{"beside", "[x](here.md)", false},
		{"above", "[x](../README.md)", false},
		{"missing", "[x](there.md)", true},
		{"wrong folder", "[x](README.md)", true},
		{"text on two lines", "[x\ny](there.md)", true},
		{"anchor", "[x](here.md#one-two-three)", false},
		{"missing anchor", "[x](here.md#two)", true},
		{"anchor of what is no page", "[x](../README.md#a)", true},
		{"in a fence", "```\n[x](there.md)\n```\n", false},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			got := brokenLinks(page{"docs/page.md", test.text}, exists, find)
			if (len(got) > 0) != test.broken {
				t.Errorf("broken: %q", got)
			}
		})
	}
}

// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package docs

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// top is the top of the repository, seen from this folder.
const top = "../.."

// page is one Markdown file.
type page struct {
	// path is relative to the top of the repository, with slashes.
	path string
	text string
}

// pages returns every page of the repository.
func pages(t *testing.T) []page {
	t.Helper()
	var found []page
	err := filepath.WalkDir(top, func(name string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case entry.IsDir() && name != top && outside(entry.Name()):
			return fs.SkipDir
		case entry.IsDir() || filepath.Ext(name) != ".md":
			return nil
		}
		text, err := os.ReadFile(name)
		relative, _ := filepath.Rel(top, name)
		found = append(found, page{filepath.ToSlash(relative), string(text)})
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(found) < 5 {
		t.Fatalf("only %d pages below %s", len(found), top)
	}
	return found
}

func outside(folder string) bool {
	return folder == "testdata" || folder == "node_modules" || strings.HasPrefix(folder, ".")
}

// generated reports whether a program wrote the page; the program's own tests look after it.
func (p page) generated() bool { return strings.HasPrefix(p.text, "<!-- Generated") }

// read returns the page with a path from the top.
func read(t *testing.T, path string) page {
	t.Helper()
	all := pages(t)
	i := slices.IndexFunc(all, func(p page) bool { return p.path == path })
	if i < 0 {
		t.Fatalf("no page %s", path)
	}
	return all[i]
}

// source returns a file of the repository that is not a page.
func source(t *testing.T, path string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(top, path))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func exists(path string) bool {
	_, err := os.Stat(filepath.Join(top, path))
	return err == nil
}

var fence = regexp.MustCompile("(?ms)^```.*?^```\n?")

// prose is the page without its fenced blocks.
func (p page) prose() string { return fence.ReplaceAllString(p.text, "") }

var codeSpan = regexp.MustCompile("`([^`\n]+)`")

// spans are the pieces of prose set as code.
func (p page) spans() []string {
	var spans []string
	for _, m := range codeSpan.FindAllStringSubmatch(p.prose(), -1) {
		spans = append(spans, m[1])
	}
	return spans
}

func TestPagesArePlain(t *testing.T) {
	t.Parallel()
	for _, p := range pages(t) {
		for i, line := range strings.Split(p.text, "\n") {
			for _, path := range []string{"/work/", "/root/", "/home/", "/tmp/"} {
				if strings.Contains(line, path) {
					t.Errorf("%s:%d: %s is a path of somebody's machine", p.path, i+1, path)
				}
			}
			if strings.ContainsFunc(line, func(r rune) bool { return r > '~' }) {
				t.Errorf("%s:%d: not ASCII: %s", p.path, i+1, line)
			}
			if strings.TrimRight(line, " \t") != line {
				t.Errorf("%s:%d: ends in white space", p.path, i+1)
			}
		}
	}
}

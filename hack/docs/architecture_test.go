// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package docs

import (
	"go/parser"
	"go/token"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// oneScreen is the most lines a function may have that docs/architecture.md leads through.
const oneScreen = 60

func TestFunctionsOfTheWalkFitOnAScreen(t *testing.T) {
	t.Parallel()
	found, _ := declared(t)
	for _, span := range read(t, "docs/architecture.md").spans() {
		if d, ok := found[span]; ok && d.lines > oneScreen {
			t.Errorf("%s in %s has %d lines", span, d.file, d.lines)
		}
	}
}

var (
	fileRow    = regexp.MustCompile("(?m)^\\| ([1-6]) \\| `pkg/([a-z_/]+\\.go)` \\|")
	atRow      = regexp.MustCompile("`([a-z]+\\.[\\w.]+)`(?:\\*\\*)? \\(file ([1-6])[ )]")
	beside     = regexp.MustCompile("`([a-z]+\\.[\\w.]+)`\\s+\\(`([a-z]+/[a-z_]+\\.go)`")
	roomRow    = regexp.MustCompile("(?m)^\\| `((?:cmd|pkg)/[a-z]+)` \\| .* \\| ([a-z ,]+) \\|$")
	importPath = "github.com/flashmq/flashmq/"
)

// TestNamesStandInTheFilesGiven: a name with a file behind it, by path or by its number in the
// table of six, is declared in that file.
func TestNamesStandInTheFilesGiven(t *testing.T) {
	t.Parallel()
	found, _ := declared(t)
	text := read(t, "docs/architecture.md").text
	six := map[string]string{}
	for _, m := range fileRow.FindAllStringSubmatch(text, -1) {
		six[m[1]] = m[2]
	}
	if len(six) != 6 {
		t.Fatalf("the table has %d files", len(six))
	}
	checked := map[string]bool{}
	for _, m := range atRow.FindAllStringSubmatch(text, -1) {
		checked[m[2]] = true
		if got := found[m[1]].file; got != six[m[2]] {
			t.Errorf("%s is in %s, not in file %s, %s", m[1], got, m[2], six[m[2]])
		}
	}
	if len(checked) != 6 {
		t.Errorf("the walk comes through %d of the six files", len(checked))
	}
	for _, m := range beside.FindAllStringSubmatch(text, -1) {
		if got := found[m[1]].file; got != m[2] {
			t.Errorf("%s is in %s, not in %s", m[1], got, m[2])
		}
	}
}

// TestRooms compares the table of rooms with the folders and what they import.
func TestRooms(t *testing.T) {
	t.Parallel()
	var order []string
	for _, m := range roomRow.FindAllStringSubmatch(read(t, "docs/architecture.md").text, -1) {
		order = append(order, m[1])
		if m[2] == "all below" {
			continue
		}
		var want []string
		if m[2] != "none" {
			want = strings.Split(m[2], ", ")
		}
		slices.Sort(want)
		if got := imports(t, m[1]); !slices.Equal(got, want) {
			t.Errorf("%s imports %q, the table says %q", m[1], got, want)
		}
	}
	for i, room := range order {
		for _, below := range imports(t, room) {
			if slices.Index(order, "pkg/"+below) <= i {
				t.Errorf("%s imports %s, which does not stand below it", room, below)
			}
		}
	}
	entries, err := filepath.Glob(filepath.Join(top, "pkg/*"))
	if err != nil {
		t.Fatal(err)
	}
	for _, entry := range entries {
		room := "pkg/" + filepath.Base(entry)
		// Rooms that exist for tests are not part of the product.
		forTests := strings.HasSuffix(room, "test") || room == "pkg/conformance"
		if !forTests && !slices.Contains(order, room) {
			t.Errorf("%s is not in the table of rooms", room)
		}
	}
}

// imports are the rooms that the product code of a folder imports, sorted.
func imports(t *testing.T, room string) []string {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(top, room, "*.go"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no Go files in %s: %v", room, err)
	}
	var rooms []string
	for _, name := range files {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		syntax, err := parser.ParseFile(token.NewFileSet(), name, text, parser.ImportsOnly)
		if err != nil {
			t.Fatal(err)
		}
		for _, spec := range syntax.Imports {
			full, err := strconv.Unquote(spec.Path.Value)
			if err == nil && strings.HasPrefix(full, importPath) {
				rooms = append(rooms, path.Base(full))
			}
		}
	}
	slices.Sort(rooms)
	return slices.Compact(rooms)
}

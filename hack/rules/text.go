// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package rules

import (
	"bytes"
	"go/format"
	"path"
	"regexp"
	"strings"
	"unicode/utf8"
)

// Ours.
const (
	// widest is how wide a line of Go may be: two files fit side by side on a screen.
	widest = 100
	// tabWidth is what a tab counts for, as in .editorconfig.
	tabWidth = 4
)

// checkASCII finds what looks like one character and is another. Tests need the real thing.
func checkASCII(f *file) []problem {
	if f.test() || f.generated() {
		return nil
	}
	var found []problem
	for i, line := range bytes.Split(f.source, []byte("\n")) {
		at := bytes.IndexFunc(line, func(r rune) bool { return r >= utf8.RuneSelf })
		if at < 0 {
			continue
		}
		r, _ := utf8.DecodeRune(line[at:])
		found = append(found, f.atLine(i+1, "%q is not ASCII: write it in plain letters, or as "+
			"an escape (%+q) in a string", r, r))
	}
	return found
}

// whole matches lines that cannot be broken: a marker that a generator reads, and a field with its
// tag.
var whole = regexp.MustCompile("^\\s*// \\+[a-z]+:|^\t[A-Za-z]+ +\\S+ +`[^`]*`$")

func checkColumns(f *file) []problem {
	if f.generated() {
		return nil
	}
	var found []problem
	for i, line := range bytes.Split(f.source, []byte("\n")) {
		if strings.HasPrefix(f.path, "api/") && whole.Match(line) {
			continue
		}
		width := utf8.RuneCount(line) + bytes.Count(line, []byte("\t"))*(tabWidth-1)
		if width > widest {
			found = append(found, f.atLine(i+1, "%d columns (a tab counts %d): break the line "+
				"at or before column %d", width, tabWidth, widest))
		}
	}
	return found
}

func checkFormat(f *file) []problem {
	want, err := format.Source(f.source)
	if err != nil {
		return []problem{{f.path, 0, err.Error()}}
	}
	if bytes.Equal(want, f.source) {
		return nil
	}
	return []problem{{f.path, 0, "not formatted: run gofmt -w " + f.path}}
}

// refused are names that say nothing about what is inside.
var refused = map[string]bool{
	"util": true, "utils": true, "common": true, "helper": true, "helpers": true, "base": true,
	"manager": true, "managers": true, "core": true, "types": true,
}

// checkNames refuses such names for packages, folders and files.
func checkNames(f *file) []problem {
	const fix = "%q says nothing: name the %s after what it holds"
	var found []problem
	if name := strings.TrimSuffix(f.syntax.Name.Name, "_test"); refused[name] {
		found = append(found, f.at(f.syntax.Package, fix, name, "package"))
	}
	for _, name := range strings.Split(f.folder(), "/") {
		if refused[name] {
			found = append(found, f.atLine(1, fix, name, "folder"))
		}
	}
	stem := strings.TrimSuffix(strings.TrimSuffix(path.Base(f.path), ".go"), "_test")
	for _, name := range strings.Split(stem, "_") {
		// Kubernetes keeps the Go types of a Kind in <kind>_types.go, and people look there.
		if refused[name] && !(name == "types" && strings.HasPrefix(f.path, "api/")) {
			found = append(found, f.atLine(1, fix, name, "file"))
		}
	}
	return found
}

// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package rules

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strconv"
	"strings"
)

// file is one Go source file.
type file struct {
	// path is relative to the top of the repository, with slashes.
	path   string
	source []byte
	syntax *ast.File
	set    *token.FileSet
}

// problem is one place where a rule is broken. line is 0 when the whole file or folder is meant.
type problem struct {
	path string
	line int
	text string
}

func (p problem) String() string {
	if p.line == 0 {
		return p.path + ": " + p.text
	}
	return fmt.Sprintf("%s:%d: %s", p.path, p.line, p.text)
}

// parse makes a file of its source, which it keeps.
func parse(name string, source []byte) (*file, error) {
	set := token.NewFileSet()
	syntax, err := parser.ParseFile(set, name, source, parser.ParseComments)
	if err != nil {
		return nil, err
	}
	return &file{path: name, source: source, syntax: syntax, set: set}, nil
}

// load parses every Go file below top, except in folders the go command does not look into.
func load(top string) ([]*file, error) {
	var files []*file
	walk := func(name string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if entry.IsDir() && name != top && ignored(entry.Name()) {
			return fs.SkipDir
		}
		if entry.IsDir() || path.Ext(name) != ".go" {
			return nil
		}
		source, err := os.ReadFile(name)
		if err != nil {
			return err
		}
		relative, err := filepath.Rel(top, name)
		if err != nil {
			return err
		}
		f, err := parse(filepath.ToSlash(relative), source)
		if err != nil {
			return err
		}
		files = append(files, f)
		return nil
	}
	return files, filepath.WalkDir(top, walk)
}

func ignored(folder string) bool {
	return folder == "testdata" || folder == "vendor" || folder == "node_modules" ||
		strings.HasPrefix(folder, ".") || strings.HasPrefix(folder, "_")
}

// folder is where f lies.
func (f *file) folder() string { return path.Dir(f.path) }

// test reports whether f is compiled only for tests.
func (f *file) test() bool { return strings.HasSuffix(f.path, "_test.go") }

// generated reports whether a program wrote f.
func (f *file) generated() bool { return ast.IsGenerated(f.syntax) }

// at is a problem at a place in the syntax tree.
func (f *file) at(p token.Pos, format string, args ...any) problem {
	return problem{f.path, f.set.Position(p).Line, fmt.Sprintf(format, args...)}
}

// atLine is a problem in a line of the text, counted from 1.
func (f *file) atLine(line int, format string, args ...any) problem {
	return problem{f.path, line, fmt.Sprintf(format, args...)}
}

// importedAs returns the name by which f calls the package with an import path, "" if it does
// not import it.
func (f *file) importedAs(importPath string) string {
	for _, spec := range f.syntax.Imports {
		if imported(spec) != importPath {
			continue
		}
		if spec.Name != nil {
			return spec.Name.Name
		}
		return path.Base(importPath)
	}
	return ""
}

// imported returns the import path of one import line.
func imported(spec *ast.ImportSpec) string {
	name, err := strconv.Unquote(spec.Path.Value)
	if err != nil {
		return spec.Path.Value
	}
	return name
}

// within returns the longest key of places that is name or a folder above it.
func within[V any](places map[string]V, name string) (string, bool) {
	for ; name != "." && name != "/"; name = path.Dir(name) {
		if _, ok := places[name]; ok {
			return name, true
		}
	}
	return "", false
}

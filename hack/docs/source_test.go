// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package docs

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path"
	"path/filepath"
	"strings"
	"testing"
)

// declaration is where a name is declared, and how many lines that takes.
type declaration struct {
	file  string // from pkg: "reactor/loop.go"
	lines int
}

// declarations are those of all rooms by name: "reactor.Loop.turn", "broker.maxHops".
type declarations map[string]declaration

// declared parses the Go files of every folder of pkg, tests included.
func declared(t *testing.T) (found declarations, rooms map[string]bool) {
	t.Helper()
	found, rooms = declarations{}, map[string]bool{}
	files, err := filepath.Glob(filepath.Join(top, "pkg/*/*.go"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no Go files: %v", err)
	}
	for _, name := range files {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		room := filepath.Base(filepath.Dir(name))
		rooms[room] = true
		if err := found.add(path.Join(room, filepath.Base(name)), string(text)); err != nil {
			t.Fatal(err)
		}
	}
	return found, rooms
}

// add takes in what one file declares.
func (d declarations) add(file, text string) error {
	set := token.NewFileSet()
	syntax, err := parser.ParseFile(set, file, text, parser.SkipObjectResolution)
	if err != nil {
		return err
	}
	note := func(n ast.Node, names ...string) {
		lines := set.Position(n.End()).Line - set.Position(n.Pos()).Line + 1
		d[strings.Join(append([]string{path.Dir(file)}, names...), ".")] = declaration{file, lines}
	}
	for _, decl := range syntax.Decls {
		switch decl := decl.(type) {
		case *ast.FuncDecl:
			if decl.Recv == nil {
				note(decl, decl.Name.Name)
			} else {
				note(decl, typeName(decl.Recv.List[0].Type), decl.Name.Name)
			}
		case *ast.GenDecl:
			for _, spec := range decl.Specs {
				noteSpec(spec, note)
			}
		}
	}
	return nil
}

// noteSpec notes types with their fields and methods, constants and variables.
func noteSpec(spec ast.Spec, note func(n ast.Node, names ...string)) {
	switch spec := spec.(type) {
	case *ast.ValueSpec:
		for _, name := range spec.Names {
			note(spec, name.Name)
		}
	case *ast.TypeSpec:
		note(spec, spec.Name.Name)
		var members *ast.FieldList
		switch x := spec.Type.(type) {
		case *ast.StructType:
			members = x.Fields
		case *ast.InterfaceType:
			members = x.Methods
		default:
			return
		}
		for _, field := range members.List {
			for _, name := range field.Names {
				note(field, spec.Name.Name, name.Name)
			}
		}
	}
}

// typeName is the name in a receiver: T, *T, T[S] or *T[S].
func typeName(e ast.Expr) string {
	switch e := e.(type) {
	case *ast.StarExpr:
		return typeName(e.X)
	case *ast.IndexExpr:
		return typeName(e.X)
	case *ast.IndexListExpr:
		return typeName(e.X)
	case *ast.Ident:
		return e.Name
	}
	return ""
}

func TestDeclarations(t *testing.T) {
	t.Parallel()
	d := declarations{}
	err := d.add("room/file.go", `package room

const limit = 1

type Box[T any] struct{ lid T }

type Door interface{ Open() }

func (b *Box[T]) Close() {
	_ = b
}

func New() {}
`)
	if err != nil {
		t.Fatal(err)
	}
	for name, lines := range map[string]int{
		"room.limit": 1, "room.Box": 1, "room.Box.lid": 1, "room.Box.Close": 3,
		"room.Door.Open": 1, "room.New": 1,
	} {
		if got := d[name]; got != (declaration{"room/file.go", lines}) {
			t.Errorf("%s: %+v", name, got)
		}
	}
	if len(d) != 7 {
		t.Errorf("%d names: %v", len(d), d)
	}
}

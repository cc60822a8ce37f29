// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package v1alpha1

import (
	"go/ast"
	"go/parser"
	"go/token"
	"go/types"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
)

// goField is one field of the API as it stands in our source.
type goField struct {
	owner, name, json string
	// kind is the type as written: *int32, []CIDR, corev1.Volume.
	kind string
	// options are what follows the name in the tag: omitempty.
	options []string
	comment string
	markers []string
}

// goType is one named type of the API.
type goType struct {
	underlying string
	markers    []string
}

// marker returns what follows a marker's name and =, and whether the marker is there.
func marker(markers []string, name string) (string, bool) {
	for _, m := range markers {
		if m == name {
			return "", true
		}
		if value, ok := strings.CutPrefix(m, name+"="); ok {
			return value, true
		}
	}
	return "", false
}

func has(markers []string, name string) bool {
	_, ok := marker(markers, name)
	return ok
}

// goSource reads our types and their fields.
func goSource(t *testing.T) ([]goField, map[string]goType) {
	t.Helper()
	names, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	var fields []goField
	kinds := map[string]goType{}
	for _, name := range names {
		if strings.HasSuffix(name, "_test.go") || strings.HasPrefix(name, "zz_") {
			continue
		}
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		f, err := parser.ParseFile(token.NewFileSet(), name, text, parser.ParseComments)
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range f.Decls {
			g, ok := d.(*ast.GenDecl)
			if !ok || g.Tok != token.TYPE {
				continue
			}
			for _, spec := range g.Specs {
				fields = append(fields, readType(g, spec.(*ast.TypeSpec), kinds)...)
			}
		}
	}
	return fields, kinds
}

func readType(g *ast.GenDecl, spec *ast.TypeSpec, kinds map[string]goType) []goField {
	_, markers := split(g.Doc)
	kinds[spec.Name.Name] = goType{types.ExprString(spec.Type), markers}
	s, ok := spec.Type.(*ast.StructType)
	if !ok || !ast.IsExported(spec.Name.Name) {
		return nil
	}
	var fields []goField
	for _, f := range s.Fields.List {
		if len(f.Names) != 1 || f.Tag == nil {
			continue
		}
		tag := reflect.StructTag(strings.Trim(f.Tag.Value, "`")).Get("json")
		parts := strings.Split(tag, ",")
		comment, markers := split(f.Doc)
		fields = append(fields, goField{owner: spec.Name.Name, name: f.Names[0].Name,
			json: parts[0], kind: types.ExprString(f.Type), options: parts[1:], comment: comment,
			markers: markers})
	}
	return fields
}

// split parts a comment into prose and markers.
func split(doc *ast.CommentGroup) (prose string, markers []string) {
	if doc == nil {
		return "", nil
	}
	for _, c := range doc.List {
		line := strings.TrimSpace(strings.TrimPrefix(c.Text, "//"))
		if m, ok := strings.CutPrefix(line, "+"); ok {
			markers = append(markers, strings.Replace(m, ":=", "=", 1))
		} else {
			prose = strings.TrimSpace(prose + " " + line)
		}
	}
	return prose, slices.Clip(markers)
}

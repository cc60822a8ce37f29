// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package rules

import (
	"os/exec"
	"strings"
	"testing"
)

// top is the top of the repository, seen from this folder.
const top = "../.."

func TestTree(t *testing.T) {
	files, err := load(top)
	if err != nil {
		t.Fatal(err)
	}
	if len(files) == 0 {
		t.Fatalf("no Go files below %s", top)
	}
	for _, r := range all {
		t.Run(r.name, func(t *testing.T) {
			for _, p := range r.check(files) {
				t.Error(p)
			}
		})
	}
}

// Tags of normative statements outside Go files: in pages and scenarios.
func TestTexts(t *testing.T) {
	texts, err := loadTexts(top)
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"docs/architecture.md", "pkg/client/testdata/disconnect.txt"} {
		if len(texts[name]) == 0 {
			t.Errorf("%s was not read", name)
		}
	}
	for name, text := range texts {
		for _, p := range clauseProblems(name, text) {
			t.Error(p)
		}
	}
}

func TestLinked(t *testing.T) {
	for program := range absent {
		t.Run(program, func(t *testing.T) {
			list := exec.Command("go", "list", "-deps", "./"+program)
			list.Dir = top
			var complaints strings.Builder
			list.Stderr = &complaints
			packages, err := list.Output()
			if err != nil {
				t.Fatalf("cannot list what %s links: %v; if the program is gone, remove it from "+
					"absent in hack/rules/binaries.go\n%s", program, err, complaints.String())
			}
			for _, complaint := range linked(program, strings.Fields(string(packages))) {
				t.Error(complaint)
			}
		})
	}
}

// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package rules

import (
	"bytes"
	"regexp"
	"slices"
	"strings"
)

// header is how every Go file begins.
const header = "// SPDX-License-Identifier: Apache-2.0\n" +
	"// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors\n"

// checkHeader wants the two lines about the license, and an empty one below, so that they do
// not become part of a package comment.
func checkHeader(f *file) []problem {
	if bytes.HasPrefix(f.source, []byte(header+"\n")) {
		return nil
	}
	return []problem{f.atLine(1, "begin the file with these two lines and an empty one:\n%s",
		header)}
}

// checkPackageComments wants one comment a package, with the sign on the door.
func checkPackageComments(files []*file) []problem {
	folders := map[string][]*file{}
	for _, f := range files {
		folders[f.folder()] = append(folders[f.folder()], f)
	}
	var found []problem
	for folder, inside := range folders {
		found = append(found, checkPackageComment(folder, inside)...)
	}
	slices.SortFunc(found, func(a, b problem) int { return strings.Compare(a.path, b.path) })
	return found
}

func checkPackageComment(folder string, inside []*file) []problem {
	// Test files count only where there is nothing else.
	product := slices.DeleteFunc(slices.Clone(inside), (*file).test)
	if len(product) == 0 {
		product = inside
	}
	commented := slices.DeleteFunc(slices.Clone(product), func(f *file) bool {
		return strings.TrimSpace(f.syntax.Doc.Text()) == ""
	})
	switch len(commented) {
	case 0:
		return []problem{{folder, 0, "the package has no comment: say in one sentence what it " +
			"is, above the package clause of doc.go (or of the only file)"}}
	case 1:
		return checkDoorSign(commented[0])
	}
	var found []problem
	for _, f := range commented {
		found = append(found, f.at(f.syntax.Package, "the package has %d comments: keep the one "+
			"in doc.go, and put an empty line between other comments and the package clause",
			len(commented)))
	}
	return found
}

// checkDoorSign wants "Knows:" and "Does not know:" in a package comment. Commands need a
// comment only; so do tools and tests alone in their folder.
func checkDoorSign(f *file) []problem {
	name := f.syntax.Name.Name
	if name == "main" || f.test() || strings.HasPrefix(f.path, "hack/") {
		return nil
	}
	text := f.syntax.Doc.Text()
	var found []problem
	if !strings.HasPrefix(text, "Package "+name+" ") {
		found = append(found, f.at(f.syntax.Package,
			"begin the package comment with \"Package %s ...\"", name))
	}
	for _, sign := range []string{"Knows:", "Does not know:"} {
		if !strings.Contains("\n"+text, "\n"+sign+" ") {
			found = append(found, f.at(f.syntax.Package, "the package comment has no line "+
				"\"%s ...\": say what the room knows and what is none of its business", sign))
		}
	}
	return found
}

// openWork matches the marks people leave beside unfinished code.
var openWork = regexp.MustCompile(`\b(TO` + `DO|FIX` + `ME|XXX)\b`)

// checkOpenWork finds marks of unfinished work in comments.
func checkOpenWork(f *file) []problem {
	var found []problem
	for _, group := range f.syntax.Comments {
		for _, c := range group.List {
			if mark := openWork.FindString(c.Text); mark != "" {
				found = append(found, f.at(c.Pos(), "%s: do it now, or open an issue and say "+
					"in the comment what holds until then", mark))
			}
		}
	}
	return found
}

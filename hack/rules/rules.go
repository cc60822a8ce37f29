// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package rules

// rule is one house rule.
type rule struct {
	name  string
	check func(files []*file) []problem
}

// all is every rule over source files. What a linked program may contain is in binaries.go.
var all = []rule{
	{"imports", each(checkImports)},
	{"libraries", each(checkLibraries)},
	{"package comment", checkPackageComments},
	{"header", each(checkHeader)},
	{"ascii", each(checkASCII)},
	{"columns", each(checkColumns)},
	{"gofmt", each(checkFormat)},
	{"names", each(checkNames)},
	{"open work", each(checkOpenWork)},
	{"clauses", each(checkClauses)},
	{"skipped tests", each(checkSkips)},
	{"panics", each(checkPanics)},
	{"goroutines", each(checkGoroutines)},
	{"clock", each(checkClock)},
}

// each makes a rule of a check that looks at one file at a time.
func each(check func(*file) []problem) func([]*file) []problem {
	return func(files []*file) []problem {
		var found []problem
		for _, f := range files {
			found = append(found, check(f)...)
		}
		return found
	}
}

// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package rules

import (
	"go/ast"
	"go/token"
	"strconv"
	"strings"
)

// runners are where goroutines may be started: each has an owner that waits for it.
var runners = map[string]string{
	"cmd":            "main",
	"pkg/reactor":    "one per loop",
	"pkg/server":     "starts and stops the rest",
	"pkg/store":      "commits in groups",
	"pkg/transport":  "handshakes of TLS, which cannot be interrupted",
	"pkg/bridge":     "dials",
	"pkg/admin":      "serves HTTP",
	"pkg/plugin":     "waits for processes",
	"pkg/servertest": "is test code",
	"hack/kube":      "starts programs and waits for them",

	"operator/kubectl/podlogs": "reads several logs at a time, and waits for all",
	"operator/kubectl/podport": "dials, which cannot be interrupted",
	"operator/kubectl/podtest": "is test code",

	"operator/operatortest": "is test code",
}

// checkGoroutines finds goroutines started where everything runs on the caller's.
func checkGoroutines(f *file) []problem {
	if _, ok := within(runners, f.folder()); ok || f.test() {
		return nil
	}
	const fix = "%s starts a goroutine, and %s runs on its caller's: let one of the rooms in " +
		"runners (hack/rules/calls.go) start it"
	var found []problem
	ast.Inspect(f.syntax, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.GoStmt:
			found = append(found, f.at(n.Pos(), fix, "go", f.folder()))
		case *ast.CallExpr:
			// sync.WaitGroup, errgroup.Group; time and context.
			s, ok := n.Fun.(*ast.SelectorExpr)
			if ok && (s.Sel.Name == "Go" || s.Sel.Name == "AfterFunc") {
				found = append(found, f.at(n.Pos(), fix, s.Sel.Name, f.folder()))
			}
		}
		return true
	})
	return found
}

// clocks are where the time of day may be read and waited for.
var clocks = map[string]string{
	"cmd":                             "main",
	"pkg/reactor":                     "hands now to everybody else",
	"pkg/server":                      "log lines, deadlines of shutdown",
	"pkg/rawclient":                   "waits for packets",
	"pkg/credentials/credentialstest": "is test code",
	"pkg/conformance":                 "waits for servers",
	"pkg/servertest":                  "is test code",
	"hack/kube":                       "starts programs and waits for them",
	"operator/operatortest":           "is test code",
	"operator/optional":               "asks the cluster once in a while",
}

// timeOf are the functions of package time that look at a clock.
var timeOf = map[string]bool{
	"Now": true, "Since": true, "Until": true, "Sleep": true, "After": true, "AfterFunc": true,
	"Tick": true, "NewTicker": true, "NewTimer": true,
}

// checkClock finds machines that read the clock.
func checkClock(f *file) []problem {
	name := f.importedAs("time")
	if _, ok := within(clocks, f.folder()); ok || f.test() || name == "" {
		return nil
	}
	var found []problem
	ast.Inspect(f.syntax, func(n ast.Node) bool {
		s, ok := n.(*ast.SelectorExpr)
		if ok && timeOf[s.Sel.Name] && isNamed(s.X, name) {
			found = append(found, f.at(n.Pos(), "time.%s: machines never look at a clock; take "+
				"now (nanoseconds, int64) as an argument, and a timer.Timer to wait", s.Sel.Name))
		}
		return true
	})
	return found
}

// checkSkips finds tests that may choose not to run.
func checkSkips(f *file) []problem {
	testing := f.importedAs("testing")
	if testing == "" {
		return nil
	}
	// Every name that a parameter of a type of package testing has in this file.
	handles := map[string]bool{}
	ast.Inspect(f.syntax, func(n ast.Node) bool {
		if field, ok := n.(*ast.Field); ok && fromPackage(field.Type, testing) {
			for _, name := range field.Names {
				handles[name.Name] = true
			}
		}
		return true
	})
	var found []problem
	ast.Inspect(f.syntax, func(n ast.Node) bool {
		s, ok := n.(*ast.SelectorExpr)
		if !ok || s.Sel.Name != "Skip" && s.Sel.Name != "Skipf" && s.Sel.Name != "SkipNow" {
			return true
		}
		if x, ok := s.X.(*ast.Ident); ok && handles[x.Name] {
			found = append(found, f.at(n.Pos(), "%s.%s: a skipped test proves nothing; install "+
				"what it needs in hack/install-test-tools, or put it behind a build tag",
				x.Name, s.Sel.Name))
		}
		return true
	})
	return found
}

// checkPanics wants the room's name at the front of every panic, so that whoever reads the
// trace knows whose invariant broke.
func checkPanics(f *file) []problem {
	if f.test() || strings.HasPrefix(f.path, "hack/") {
		return nil
	}
	prefix := f.syntax.Name.Name + ": "
	var found []problem
	ast.Inspect(f.syntax, func(n ast.Node) bool {
		call, ok := n.(*ast.CallExpr)
		if !ok || !isNamed(call.Fun, "panic") || len(call.Args) != 1 {
			return true
		}
		if !strings.HasPrefix(firstText(call.Args[0]), prefix) {
			found = append(found, f.at(n.Pos(), "begin the panic's text with the package's "+
				"name: panic(%q), or panic(fmt.Sprintf(%q, ...)); and panic only for a broken "+
				"invariant", prefix+"what broke", prefix+"what broke: %v"))
		}
		return true
	})
	return found
}

// firstText returns the text a panic begins with: of a literal, of the left end of a sum, of the
// first argument of a call such as fmt.Sprintf. Empty when it cannot be seen.
func firstText(e ast.Expr) string {
	switch e := e.(type) {
	case *ast.BasicLit:
		if text, err := strconv.Unquote(e.Value); err == nil && e.Kind == token.STRING {
			return text
		}
	case *ast.BinaryExpr:
		return firstText(e.X)
	case *ast.ParenExpr:
		return firstText(e.X)
	case *ast.CallExpr:
		if len(e.Args) > 0 {
			return firstText(e.Args[0])
		}
	}
	return ""
}

func isNamed(e ast.Expr, name string) bool {
	ident, ok := e.(*ast.Ident)
	return ok && ident.Name == name
}

// fromPackage reports whether e is name.T or *name.T.
func fromPackage(e ast.Expr, name string) bool {
	if star, ok := e.(*ast.StarExpr); ok {
		e = star.X
	}
	s, ok := e.(*ast.SelectorExpr)
	return ok && isNamed(s.X, name)
}

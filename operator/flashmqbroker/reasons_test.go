// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package flashmqbroker

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/flashmq/flashmq/api/v1alpha1"
)

// verdictsOf are the conditions that the verdicts of a function are about.
var verdictsOf = map[string][]v1alpha1.ConditionType{
	"confirmation": {v1alpha1.ConditionConfigApplied,
		v1alpha1.ConditionCertificatesReady},
	"judgeConfig":       {v1alpha1.ConditionConfigApplied},
	"judgeCertificates": {v1alpha1.ConditionCertificatesReady},
	"judgeAddresses":    {v1alpha1.ConditionClientAddressPreserved},
	"askProxy":          {v1alpha1.ConditionProxyReady},
}

// decidedLater are functions that say what another one has found out, and the test that has tried
// all of that.
var decidedLater = map[string]string{
	"available":    "TestTrouble",
	"proxyReady":   "TestTrouble",
	"failed":       "TestFailed",
	"confirmation": "the faults in this test",
	// In package operator.
	"proxyConfiguration": "TestProxy",
	"clientAuthorities":  "TestOperator",
	"mustWait":           "TestOperator",
}

// faultOf is the condition that speaks of what is wrong with certificates.
const faultOf = v1alpha1.ConditionCertificatesReady

// Whatever the code says about a condition, the documentation says that it may.
func TestReasonsAreAllowed(t *testing.T) {
	t.Parallel()
	w := &walk{t: t, words: words(t)}
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range files {
		if !strings.HasSuffix(name, "_test.go") {
			w.file(name)
		}
	}
	if w.told < 20 || w.verdicts < 20 || w.faults < 5 || w.invalid < 8 {
		t.Errorf("the walk saw only %d told, %d verdicts, %d faults and %d errors", w.told,
			w.verdicts, w.faults, w.invalid)
	}
}

// words are the values of our constants of conditions and reasons, by their names.
func words(t *testing.T) map[string]string {
	t.Helper()
	f, err := parser.ParseFile(token.NewFileSet(), "../../api/v1alpha1/conditions.go", nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]string{}
	ast.Inspect(f, func(n ast.Node) bool {
		if s, ok := n.(*ast.ValueSpec); ok && len(s.Values) == 1 {
			value, err := strconv.Unquote(s.Values[0].(*ast.BasicLit).Value)
			if err != nil {
				t.Fatal(err)
			}
			out[s.Names[0].Name] = value
		}
		return true
	})
	return out
}

// walk goes over our source.
type walk struct {
	t     *testing.T
	words map[string]string
	// where it is
	fset     *token.FileSet
	name     string
	function string
	// what it has seen
	told, verdicts, faults, invalid int
}

func (w *walk) file(name string) {
	w.fset, w.name = token.NewFileSet(), name
	f, err := parser.ParseFile(w.fset, name, nil, 0)
	if err != nil {
		w.t.Fatal(err)
	}
	faulty := map[ast.Node]bool{} // literals that are a fault, not an error
	for _, d := range f.Decls {
		fn, ok := d.(*ast.FuncDecl)
		if !ok || fn.Name.Name == "tell" || fn.Name.Name == "yes" || fn.Name.Name == "no" {
			continue
		}
		w.function = fn.Name.Name
		ast.Inspect(fn, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.CallExpr:
				w.call(n)
			case *ast.AssignStmt:
				if s, ok := n.Lhs[0].(*ast.SelectorExpr); ok && s.Sel.Name == "fault" {
					faulty[literal(n.Rhs[0])] = true
				}
			case *ast.KeyValueExpr:
				if key, ok := n.Key.(*ast.Ident); ok && key.Name == "fault" {
					faulty[literal(n.Value)] = true
				}
			case *ast.CompositeLit:
				if kind, ok := n.Type.(*ast.Ident); ok && kind.Name == "invalid" {
					w.problem(n, faulty[n])
				}
			case *ast.ReturnStmt:
				if w.function == "reasonOf" {
					w.say(n, faultOf, metav1.ConditionFalse, w.word(n.Results[0]))
				}
			}
			return true
		})
	}
}

// literal is what stands behind an &.
func literal(e ast.Expr) ast.Node {
	if u, ok := e.(*ast.UnaryExpr); ok {
		return u.X
	}
	return e
}

// word is the value of v1alpha1.Name; empty when it is something else.
func (w *walk) word(e ast.Expr) string {
	if s, ok := e.(*ast.SelectorExpr); ok {
		return w.words[s.Sel.Name]
	}
	return ""
}

var statuses = map[string]metav1.ConditionStatus{"True": metav1.ConditionTrue,
	"False": metav1.ConditionFalse, "Unknown": metav1.ConditionUnknown,
	"yes": metav1.ConditionTrue, "no": metav1.ConditionFalse, "unknown": metav1.ConditionUnknown}

func (w *walk) call(call *ast.CallExpr) {
	switch f := call.Fun.(type) {
	case *ast.SelectorExpr:
		status, ok := statuses[f.Sel.Name]
		if x, told := f.X.(*ast.SelectorExpr); !ok || !told || x.Sel.Name != "told" {
			return
		}
		w.told++
		w.say(call, v1alpha1.ConditionType(w.word(call.Args[0])), status, w.word(call.Args[1]))
	case *ast.Ident:
		status, ok := statuses[f.Name]
		if !ok {
			return
		}
		w.verdicts++
		kinds := verdictsOf[w.function]
		if len(kinds) == 0 {
			w.t.Errorf("%s: %s is not in verdictsOf", w.fset.Position(call.Pos()), w.function)
		}
		for _, kind := range kinds {
			w.say(call, kind, status, w.word(call.Args[0]))
		}
	}
}

// problem is what only a user can put right: a fault is told of certificates, an error by failed.
func (w *walk) problem(n *ast.CompositeLit, fault bool) {
	reason := w.word(n.Elts[0])
	if fault {
		w.faults++
		if call, ok := n.Elts[0].(*ast.CallExpr); ok && call.Fun.(*ast.Ident).Name == "reasonOf" {
			return // each of which is looked at
		}
		w.say(n, faultOf, metav1.ConditionFalse, reason)
		return
	}
	w.invalid++
	told := v1alpha1.ConditionConfigValid
	if !v1alpha1.SaysReason(told, metav1.ConditionFalse, v1alpha1.ConditionReason(reason)) {
		told = tellsOf(w.name)
	}
	w.say(n, told, metav1.ConditionFalse, reason)
}

// tellsOf is the condition of the step in a file.
func tellsOf(file string) v1alpha1.ConditionType {
	name := strings.TrimSuffix(strings.TrimPrefix(file, "step_"), ".go")
	if name == "backend" {
		name = "certificates"
	}
	for _, s := range steps {
		if s.name == name {
			return s.tells
		}
	}
	return ""
}

func (w *walk) say(
	n ast.Node, kind v1alpha1.ConditionType, status metav1.ConditionStatus, reason string,
) {
	if kind == "" || reason == "" {
		if decidedLater[w.function] == "" {
			w.t.Errorf("%s: what %s says is not a constant: add it to decidedLater and test it",
				w.fset.Position(n.Pos()), w.function)
		}
		return
	}
	if !v1alpha1.SaysReason(kind, status, v1alpha1.ConditionReason(reason)) {
		w.t.Errorf("%s: %s must not be %s with %s: see api/v1alpha1/reasons.go",
			w.fset.Position(n.Pos()), kind, status, reason)
	}
}

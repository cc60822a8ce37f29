// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package v1alpha1

//go:generate go test -run ^TestConditionsAreDocumented$ -update .

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"slices"
	"strconv"
	"strings"
	"testing"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// word is a constant of conditions.go with its comment.
type word struct{ kind, value, meaning string }

// conditionWords are the constants of conditions.go, in their order.
func conditionWords(t *testing.T) []word {
	t.Helper()
	f, err := parser.ParseFile(token.NewFileSet(), "conditions.go", nil, parser.ParseComments)
	if err != nil {
		t.Fatal(err)
	}
	var words []word
	for _, d := range f.Decls {
		g, ok := d.(*ast.GenDecl)
		if !ok || g.Tok != token.CONST {
			continue
		}
		for _, spec := range g.Specs {
			v := spec.(*ast.ValueSpec)
			value, err := strconv.Unquote(v.Values[0].(*ast.BasicLit).Value)
			if err != nil {
				t.Fatal(err)
			}
			text := strings.Join(strings.Fields(v.Doc.Text()), " ")
			name := v.Names[0].Name
			kind := v.Type.(*ast.Ident).Name
			if want := strings.TrimPrefix(kind, "Condition") + value; kind == "ConditionReason" &&
				name != want || kind == "ConditionType" && name != "Condition"+value {
				t.Errorf("%s is called %s", value, name)
			}
			meaning := strings.TrimPrefix(strings.TrimPrefix(text, name+": "), name+" ")
			if meaning == text || !strings.HasSuffix(text, ".") {
				t.Errorf("the comment of %s says nothing about it: %q", name, text)
			}
			words = append(words, word{kind, value, meaning})
		}
	}
	return words
}

func TestConditionsAreDocumented(t *testing.T) {
	t.Parallel()
	golden(t, "../../docs/conditions.md", conditionsPage(t))
}

const conditionsIntroduction = "<!-- Generated from api/v1alpha1/conditions.go by " +
	"`go generate ./api/v1alpha1`. -->\n\n" + `# Conditions of a FlashMQBroker

All conditions are there from the first visit of the operator, Unknown with the reason Pending,
except Reconciling and Stalled, which are there only while they are True. Each says by its
observedGeneration which generation of the spec it is about. The reasons below are all there are.

    kubectl wait --for=condition=Ready flashmqbroker/NAME
`

func conditionsPage(t *testing.T) string {
	t.Helper()
	meaning := map[string]string{}
	var page strings.Builder
	page.WriteString(conditionsIntroduction)
	words := conditionWords(t)
	for _, w := range words {
		meaning[w.kind+w.value] = w.meaning
	}
	for _, w := range words {
		if w.kind != "ConditionType" {
			continue
		}
		fmt.Fprintf(&page, "\n## %s\n\n%s\n\n| Status | Reason | Meaning |\n|---|---|---|\n",
			w.value, sentence(w.meaning))
		for _, s := range Reasons(ConditionType(w.value)) {
			fmt.Fprintf(&page, "| %s | `%s` | %s |\n", s.Status, s.Reason,
				sentence(meaning["ConditionReason"+string(s.Reason)]))
		}
		switch ConditionType(w.value) {
		case ConditionReady:
			page.WriteString("| False, Unknown | | " + summed() + " |\n")
		case ConditionStalled:
			page.WriteString("| True | | " + summed() + " |\n")
		}
	}
	return page.String()
}

func summed() string {
	var names []string
	for _, c := range conditionReasons {
		if c.blocking {
			names = append(names, string(c.kind))
		}
	}
	last := len(names) - 1
	return "That of " + strings.Join(names[:last], ", ") + " or " + names[last] + "."
}

func sentence(s string) string { return strings.ToUpper(s[:1]) + s[1:] }

// The list is closed: each constant is in the table, and the table has nothing else.
func TestReasonsAreAClosedList(t *testing.T) {
	t.Parallel()
	used := map[string]bool{}
	for _, kind := range ConditionTypes() {
		used["ConditionType"+string(kind)] = true
		for _, s := range Reasons(kind) {
			used["ConditionReason"+string(s.Reason)] = true
		}
	}
	words := conditionWords(t)
	for _, w := range words {
		if !used[w.kind+w.value] {
			t.Errorf("no condition has %s %s", w.kind, w.value)
		}
		delete(used, w.kind+w.value)
	}
	for name := range used {
		t.Errorf("%s has no constant", name)
	}
	if Reasons("Happy") != nil {
		t.Error("there are reasons for a condition that does not exist")
	}
}

func TestSaysReason(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name   string
		kind   ConditionType
		status metav1.ConditionStatus
		reason ConditionReason
		want   bool
	}{
		{"its own", ConditionAvailable, metav1.ConditionFalse, ReasonCrashLooping, true},
		{"with another", ConditionAvailable, metav1.ConditionTrue, ReasonCrashLooping, false},
		{"of another", ConditionAvailable, metav1.ConditionFalse, ReasonExpired, false},
		{"summed up", ConditionReady, metav1.ConditionFalse, ReasonExpired, true},
		{"not summed up", ConditionReady, metav1.ConditionFalse, ReasonNoHeaderSeen, false},
		{"ready", ConditionReady, metav1.ConditionTrue, ReasonReady, true},
		{"ready for another", ConditionReady, metav1.ConditionTrue, ReasonPodsReady, false},
		{"stalled", ConditionStalled, metav1.ConditionTrue, ReasonSecretMissing, true},
		{"stalled over nothing", ConditionStalled, metav1.ConditionTrue, ReasonApplied, false},
		{"not stalled", ConditionStalled, metav1.ConditionFalse, ReasonSecretMissing, false},
		{"pending", ConditionPaused, metav1.ConditionUnknown, ReasonPending, true},
		{"pending, which is not there", ConditionReconciling, metav1.ConditionUnknown,
			ReasonPending, false},
		{"no such condition", "Happy", metav1.ConditionTrue, ReasonReady, false},
	}
	for _, c := range tests {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			if got := SaysReason(c.kind, c.status, c.reason); got != c.want {
				t.Errorf("got %v", got)
			}
		})
	}
}

// Kubernetes wants reasons that a program can compare.
func TestReasonsAreWords(t *testing.T) {
	t.Parallel()
	for _, w := range conditionWords(t) {
		if !slices.Contains([]string{"ConditionType", "ConditionReason"}, w.kind) ||
			!camel.MatchString(strings.ToLower(w.value[:1])+w.value[1:]) ||
			strings.ToUpper(w.value[:1]) != w.value[:1] {
			t.Errorf("%s %q", w.kind, w.value)
		}
	}
}

// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package rules

import (
	"strings"
	"testing"
)

// source is a file in memory: its path and its text below the header.
type source struct{ path, text string }

// door is a package comment with everything in it.
const door = "// Package session is.\n//\n// Knows: a.\n// Does not know: b.\n"

// bad holds, for each rule, sources that break it; want is part of the complaint.
var bad = []struct {
	name  string
	rule  string
	files []source
	want  string
}{
	{"upwards", "imports", []source{{"pkg/mqtt/a.go",
		"package mqtt\n\nimport _ \"" + module + "pkg/broker\"\n"}},
		"pkg/mqtt/a.go:6: pkg/mqtt must not import pkg/broker"},
	{"upwards from a folder inside the room", "imports", []source{{"pkg/mqtt/in/a.go",
		"package in\n\nimport _ \"" + module + "pkg/broker\"\n"}}, "pkg/mqtt must not import"},
	{"into a folder inside a room", "imports", []source{{"pkg/packet/a.go",
		"package packet\n\nimport _ \"" + module + "pkg/reactor/poll\"\n"}}, "pkg/reactor/poll"},
	{"server imports a program", "imports", []source{{"pkg/server/a.go",
		"package server\n\nimport _ \"" + module + "cmd/flashmq\"\n"}}, "must not import cmd"},
	{"import of an unknown room", "imports", []source{{"pkg/server/a.go",
		"package server\n\nimport _ \"" + module + "nowhere\"\n"}}, "must not import nowhere"},
	{"unknown room", "imports", []source{{"pkg/attic/a.go", "package attic\n"}},
		"not on the floor plan"},

	{"evio in the product", "libraries", []source{{"pkg/reactor/a.go",
		"package reactor\n\nimport _ \"github.com/tidwall/evio\"\n"}}, "must not import"},
	{"evio in a test elsewhere", "libraries", []source{{"pkg/server/a_test.go",
		"package server\n\nimport _ \"github.com/tidwall/evio\"\n"}}, "must not import"},
	{"kubernetes in the broker", "libraries", []source{{"pkg/broker/a.go",
		"package broker\n\nimport _ \"k8s.io/api/core/v1\"\n"}}, "must not import"},
	{"unknown library", "libraries", []source{{"pkg/session/a.go",
		"package session\n\nimport _ \"example.org/left/pad\"\n"}}, "library nobody uses"},

	{"none", "package comment", []source{{"pkg/session/a.go", "package session\n"}},
		"no comment"},
	{"only in a test", "package comment", []source{{"pkg/session/a.go", "package session\n"},
		{"pkg/session/a_test.go", door + "package session\n"}}, "no comment"},
	{"two", "package comment", []source{{"pkg/session/a.go", door + "package session\n"},
		{"pkg/session/b.go", "// Another one.\npackage session\n"}}, "2 comments"},
	{"command without", "package comment", []source{{"cmd/flashmq/a.go", "package main\n"}},
		"no comment"},
	{"no name", "package comment", []source{{"pkg/session/a.go",
		strings.Replace(door, "Package ", "Room ", 1) + "package session\n"}},
		`"Package session ..."`},
	{"no knows", "package comment", []source{{"pkg/session/a.go",
		strings.Replace(door, "// Knows: a.\n", "", 1) + "package session\n"}}, `"Knows: ..."`},
	{"no does not know", "package comment", []source{{"pkg/session/a.go",
		strings.Replace(door, "// Does not know: b.\n", "", 1) + "package session\n"}},
		`"Does not know: ..."`},

	{"letters", "ascii", []source{{"pkg/session/a.go", "package session // gr\u00f6\u00dfer\n"}},
		"is not ASCII"},
	{"long", "columns", []source{{"pkg/session/a.go",
		"package session\n\n//" + strings.Repeat("x", 99) + "\n"}}, "101 columns"},
	{"tabs", "columns", []source{{"pkg/session/a.go",
		"package session\n\n" + strings.Repeat("\t", 26) + "\n"}}, "104 columns"},
	{"long line of a tag elsewhere", "columns", []source{{"pkg/session/a.go",
		"package session\n\ntype a struct {\n\tB string `json:\"" + strings.Repeat("x", 90) +
			"\"`\n}\n"}}, "112 columns"},
	{"long comment in api", "columns", []source{{"api/v1alpha1/a.go",
		"package v1alpha1\n\n// +" + strings.Repeat("x", 99) + "\n"}}, "103 columns"},
	{"long in a test", "columns", []source{{"pkg/session/a_test.go",
		"package session\n\n//" + strings.Repeat("x", 99) + "\n"}}, "101 columns"},
	{"spaces", "gofmt", []source{{"pkg/session/a.go", "package session\n\nvar  a int\n"}},
		"gofmt -w pkg/session/a.go"},

	{"package", "names", []source{{"pkg/session/a.go", "package util\n"}}, `"util"`},
	{"test package", "names", []source{{"pkg/session/a_test.go", "package common_test\n"}},
		`"common"`},
	{"folder", "names", []source{{"pkg/core/a.go", "package session\n"}}, "name the folder"},
	{"file", "names", []source{{"pkg/session/helpers.go", "package session\n"}}, `"helpers"`},
	{"test file", "names", []source{{"pkg/session/helper_test.go", "package session\n"}},
		`"helper"`},
	{"part of a file name", "names", []source{{"pkg/session/session_manager.go",
		"package session\n"}}, `"manager"`},
	{"types outside api", "names", []source{{"pkg/session/types.go", "package session\n"}},
		`"types"`},

	{"mark", "open work", []source{{"pkg/session/a.go",
		"package session\n\n// TODO: finish.\n"}}, "pkg/session/a.go:6: TODO"},
	{"mark in a test", "open work", []source{{"pkg/session/a_test.go",
		"package session\n\n/* here\nFIXME */\n"}}, "FIXME"},
	{"mark behind code", "open work", []source{{"pkg/session/a.go",
		"package session\n\nvar a int // XXX\n"}}, "XXX"},

	{"no statement", "clauses", []source{{"pkg/session/a.go",
		"package session\n\n// [MQTT" + "-3.3.1]\n"}}, "is no tag"},
	{"two numbers", "clauses", []source{{"pkg/session/a.go",
		"package session\n\n// [MQTT" + "-3.3-5]\n"}}, "is no tag"},
	{"space", "clauses", []source{{"pkg/session/a_test.go",
		"package session\n\n// [MQTT" + "-3.3.1-5, -6]\n"}}, "is no tag"},
	{"two lines", "clauses", []source{{"pkg/session/a.go",
		"package session\n\n// [MQTT" + "-3.3.1-5,\n// -6]\n"}}, "is no tag"},
	{"second of a line", "clauses", []source{{"pkg/session/a.go",
		"package session\n\n// [MQTT" + "-3.3.1-5] [MQTT" + "-x]\n"}}, "is no tag"},
	{"unknown", "clauses", []source{{"pkg/session/a.go",
		"package session\n\n// [MQTT" + "-3.3.1-99]\n"}}, "3.3.1-99 is no normative statement"},
	{"second number unknown", "clauses", []source{{"pkg/session/a.go",
		"package session\n\n// [MQTT" + "-3.3.1-5,-99]\n"}}, "3.3.1-99 is no normative statement"},

	{"test", "skipped tests", []source{{"pkg/session/a_test.go", "package session\n\n" +
		"import \"testing\"\n\nfunc TestA(t *testing.T) { t.Skip() }\n"}},
		"pkg/session/a_test.go:8: t.Skip"},
	{"renamed, in a closure", "skipped tests", []source{{"pkg/session/a_test.go",
		"package session\n\nimport check \"testing\"\n\n" +
			"var a = func(tb check.TB) { func() { tb.Skipf(\"a\") }() }\n"}}, "tb.Skipf"},
	{"as a value", "skipped tests", []source{{"pkg/servertest/a.go", "package servertest\n\n" +
		"import \"testing\"\n\nfunc A(t *testing.T) func() { return t.SkipNow }\n"}},
		"t.SkipNow"},

	{"plain", "panics", []source{{"pkg/session/a.go",
		"package session\n\nfunc a() { panic(\"oh\") }\n"}}, `panic("session: what broke")`},
	{"name only", "panics", []source{{"pkg/session/a.go",
		"package session\n\nfunc a() { panic(\"session\") }\n"}}, "begin the panic's text"},
	{"error", "panics", []source{{"pkg/session/a.go",
		"package session\n\nfunc a(err error) { panic(err) }\n"}}, "begin the panic's text"},
	{"formatted", "panics", []source{{"pkg/session/a.go",
		"package session\n\nfunc a() { panic(fmt.Sprintf(\"broker: %d\", 1)) }\n"}},
		"begin the panic's text"},

	{"statement", "goroutines", []source{{"pkg/session/a.go",
		"package session\n\nfunc a() { go a() }\n"}}, "go starts a goroutine"},
	{"wait group", "goroutines", []source{{"pkg/broker/a.go",
		"package broker\n\nfunc a() { group.Go(a) }\n"}}, "Go starts a goroutine"},
	{"timer", "goroutines", []source{{"pkg/timer/a.go",
		"package timer\n\nfunc a() { time.AfterFunc(1, a) }\n"}}, "AfterFunc starts"},

	{"now", "clock", []source{{"pkg/session/a.go",
		"package session\n\nimport \"time\"\n\nvar a = time.Now()\n"}}, "time.Now"},
	{"renamed", "clock", []source{{"pkg/session/a.go",
		"package session\n\nimport clock \"time\"\n\nvar a = clock.Since\n"}}, "time.Since"},
	{"sleep", "clock", []source{{"pkg/broker/a.go",
		"package broker\n\nimport \"time\"\n\nfunc a() { time.Sleep(1) }\n"}}, "time.Sleep"},
}

// good holds sources that look like breaking a rule and do not.
var good = []struct {
	name  string
	rule  string
	files []source
}{
	{"downwards", "imports", []source{{"pkg/session/a.go", "package session\n\n" +
		"import (\n\t_ \"" + module + "pkg/mqtt\"\n\t_ \"" + module + "pkg/subscription\"\n)\n"}}},
	{"inside a room", "imports", []source{{"pkg/session/a.go", "package session\n\n" +
		"import _ \"" + module + "pkg/session/queue\"\n"}}},
	{"server", "imports", []source{{"pkg/server/a.go", "package server\n\n" +
		"import _ \"" + module + "pkg/client\"\n"}}},
	{"test", "imports", []source{{"pkg/mqtt/a_test.go", "package mqtt\n\n" +
		"import _ \"" + module + "pkg/broker\"\n"}}},
	{"library at home", "libraries", []source{{"pkg/reactor/a.go", "package reactor\n\n" +
		"import (\n\t_ \"golang.org/x/sys/unix\"\n\t_ \"net\"\n\t_ \"" + module +
		"pkg/timer\"\n)\n"}}},
	{"library in its tests", "libraries", []source{{"pkg/reactor/a_test.go",
		"package reactor\n\nimport (\n\t_ \"github.com/tidwall/evio\"\n" +
			"\t_ \"github.com/google/go-cmp/cmp\"\n)\n"}}},
	{"whole", "package comment", []source{{"pkg/session/doc.go", door + "package session\n"},
		{"pkg/session/a.go", "package session\n"},
		{"pkg/session/a_test.go", "// Tests.\npackage session\n"}}},
	{"command", "package comment", []source{{"cmd/flashmq/a.go",
		"// Command flashmq is.\npackage main\n"}}},
	{"tests only", "package comment", []source{{"pkg/servertest/realclient/a_test.go",
		"// Package realclient is.\npackage realclient\n"}}},
	{"letters in a test", "ascii", []source{{"pkg/session/a_test.go",
		"package session // gr\u00f6\u00dfer\n"}}},
	{"a marker cannot be broken", "columns", []source{{"api/v1alpha1/a.go",
		"package v1alpha1\n\n// +kubebuilder:validation:Enum=" + strings.Repeat("x", 99) +
			"\n"}}},
	{"a field with its tag cannot be broken", "columns", []source{{"api/v1alpha1/a.go",
		"package v1alpha1\n\ntype a struct {\n\tB string `json:\"" + strings.Repeat("x", 90) +
			"\"`\n}\n"}}},
	{"just fits", "columns", []source{{"pkg/session/a.go",
		"package session\n\n\t//" + strings.Repeat("x", 94) + "\n"}}},
	{"letters are not bytes", "columns", []source{{"pkg/session/a_test.go",
		"package session\n\n//" + strings.Repeat("\u00f6", 98) + "\n"}}},
	{"types of a Kind", "names", []source{{"api/v1alpha1/broker_types.go",
		"package v1alpha1\n"}}},
	{"word inside a word", "names", []source{{"pkg/session/base64.go", "package session\n"}}},
	{"mark in a string", "open work", []source{{"pkg/session/a.go",
		"package session\n\nvar a = \"TODO\" // TODOS\n"}}},
	{"tags", "clauses", []source{{"pkg/session/a.go",
		"package session\n\n// [MQTT-3.3.1-5], [MQTT-3.1.2-11,-12], [MQTT 5.0]\n"}}},
	{"not a test's", "skipped tests", []source{{"pkg/session/a_test.go", "package session\n\n" +
		"import \"testing\"\n\nfunc TestA(t *testing.T) { var s scanner; s.Skip() }\n"}}},
	{"named", "panics", []source{{"pkg/session/a.go", "package session\n\nfunc a() {\n" +
		"\tpanic(\"session: a\" + b)\n\tpanic(fmt.Errorf(\"session: %d\", 1))\n}\n"}}},
	{"runner", "goroutines", []source{{"pkg/reactor/a.go",
		"package reactor\n\nfunc a() { go a() }\n"}}},
	{"a test's", "goroutines", []source{{"pkg/session/a_test.go",
		"package session\n\nfunc a() { go a() }\n"}}},
	{"clock at home", "clock", []source{{"pkg/reactor/a.go",
		"package reactor\n\nimport \"time\"\n\nvar a = time.Now()\n"}}},
	{"no clock", "clock", []source{{"pkg/session/a.go",
		"package session\n\nimport \"time\"\n\nvar a = 3 * time.Second\n"}}},
}

// complain runs one rule over files in memory and returns its complaints, one a line.
func complain(t *testing.T, name string, files []source) string {
	t.Helper()
	var parsed []*file
	for _, s := range files {
		f, err := parse(s.path, []byte(header+"\n"+s.text))
		if err != nil {
			t.Fatal(err)
		}
		parsed = append(parsed, f)
	}
	var lines []string
	for _, p := range named(t, name).check(parsed) {
		lines = append(lines, p.String())
	}
	return strings.Join(lines, "\n")
}

func named(t *testing.T, name string) rule {
	t.Helper()
	for _, r := range all {
		if r.name == name {
			return r
		}
	}
	t.Fatalf("there is no rule %q", name)
	return rule{}
}

func TestBad(t *testing.T) {
	broken := map[string]bool{"header": true} // TestHeader
	for _, test := range bad {
		broken[test.rule] = true
		t.Run(test.rule+"/"+test.name, func(t *testing.T) {
			got := complain(t, test.rule, test.files)
			if !strings.Contains(got, test.want) {
				t.Errorf("got complaints %q, want one with %q", got, test.want)
			}
		})
	}
	for _, r := range all {
		if !broken[r.name] {
			t.Errorf("nothing here shows that rule %q can fail: add a bad source", r.name)
		}
	}
}

func TestGood(t *testing.T) {
	for _, test := range good {
		t.Run(test.rule+"/"+test.name, func(t *testing.T) {
			if got := complain(t, test.rule, test.files); got != "" {
				t.Errorf("complaints about what is allowed: %s", got)
			}
		})
	}
}

func TestHeader(t *testing.T) {
	tests := []struct {
		name string
		text string
		want bool
	}{
		{"whole", header + "\npackage a\n", true},
		{"none", "package a\n", false},
		{"first line only", strings.SplitAfter(header, "\n")[0] + "\npackage a\n", false},
		{"no empty line", header + "package a\n", false},
		{"behind something", "\n" + header + "\npackage a\n", false},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			f, err := parse("pkg/a/a.go", []byte(test.text))
			if err != nil {
				t.Fatal(err)
			}
			if got := len(named(t, "header").check([]*file{f})) == 0; got != test.want {
				t.Errorf("accepted = %v, want %v", got, test.want)
			}
		})
	}
}

func TestBadLinks(t *testing.T) {
	tests := []struct {
		name   string
		linked string
		want   bool
	}{
		{"kubernetes", "k8s.io/api/core/v1", false},
		{"controller-runtime", "sigs.k8s.io/controller-runtime", false},
		{"evio", "github.com/tidwall/evio", false},
		{"testing", "testing", false},
		{"below testing", "testing/fstest", false},
		{"test server", module + "pkg/servertest/realclient", false},
		{"ours", module + "pkg/server", true},
		{"begins alike", "testingground", true},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			found := linked("cmd/flashmq", []string{"fmt", test.linked, "os"})
			if got := len(found) == 0; got != test.want {
				t.Errorf("accepted = %v, want %v: %q", got, test.want, found)
			}
		})
	}
}

// TestPlan checks the floor plan itself: reasons are given, and it has no way round.
func TestPlan(t *testing.T) {
	for room, allowed := range rooms {
		for target, why := range allowed {
			if why == "" {
				t.Errorf("%s -> %s has no reason", room, target)
			}
			if _, ok := rooms[target]; !ok && target != anything {
				t.Errorf("%s -> %s: no such room", room, target)
			}
			if rooms[target].allow(room) {
				t.Errorf("%s and %s may import each other", room, target)
			}
		}
	}
	for name, l := range libraries {
		if l.why == "" || len(l.rooms)+len(l.tests) == 0 {
			t.Errorf("library %s needs a reason and a place", name)
		}
	}
}

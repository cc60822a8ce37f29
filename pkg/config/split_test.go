// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package config

import (
	"reflect"
	"strings"
	"testing"
)

func TestSplitValue(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, in string
		want     []string
	}{
		{"one word", "one", []string{"one"}},
		{"white space around", " \t one \t", []string{"one"}},
		{"two words", "one two", []string{"one", "two"}},
		{"nothing", "  ", nil},
		{"double quotes", `"one two"`, []string{"one two"}},
		{"single quotes", `'one two'`, []string{"one two"}},
		{"empty value", `""`, []string{""}},
		{"glued to a quote", `one"two"`, []string{"onetwo"}},
		{"closing quote ends the value", `"one"two`, []string{"one", "two"}},
		{"glued and ended", `one"two"three 'four'`, []string{"onetwo", "three", "four"}},
		{"the other quote inside", `"it's" 'a "b"'`, []string{"it's", `a "b"`}},
		{"escaped quotes", `"a\"b" 'c\'d'`, []string{`a"b`, "c'd"}},
		{"escaped backslash", `"a\\b"`, []string{`a\b`}},
		{"backslash outside quotes", `a\b \"x"`, []string{`a\b`, `\x`}},
		{"hash is a value", "#one two#", []string{"#one", "two#"}},
		{"no-break space is no white space", "a\u00a0b", []string{"a\u00a0b"}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			got, err := splitValue(test.in)
			if err != nil || !reflect.DeepEqual(got, test.want) {
				t.Errorf("splitValue(%q) = %q, %v, want %q", test.in, got, err, test.want)
			}
		})
	}
}

func TestSplitValueRefuses(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, in string
		want     error
	}{
		{"open double quote", `"one`, errUnterminated},
		{"open single quote", `one'`, errUnterminated},
		{"closed by the wrong one", `"one'`, errUnterminated},
		{"ends in a backslash", `"one\`, errUnterminated},
		{"escaped closing quote", `"one\"`, errUnterminated},
		{"escape of a letter", `"one\n"`, errEscape},
		{"escape of white space", `'a\ b'`, errEscape},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			if got, err := splitValue(test.in); err != test.want {
				t.Errorf("splitValue(%q) = %q, %v, want %v", test.in, got, err, test.want)
			}
		})
	}
}

func TestNearestKey(t *testing.T) {
	t.Parallel()
	tests := []struct{ name, block, in, want string }{
		{"one letter missing", "global", "retained_message_mode", "retained_messages_mode"},
		{"one letter wrong", "listen", "inet_protokol", "inet_protocol"},
		{"in capitals", "global", "Max_QoS", "max_qos"},
		{"a block", "global", "listener", "listen"},
		{"the include", "global", "includedir", "include_dir"},
		{"half of it wrong", "listen", "prot", ""},
		{"gibberish", "global", "xyzzy_xyzzy_xyzzy", ""},
		{"very long", "global", strings.Repeat("max_qos", 1000), ""},
		{"empty", "global", "", ""},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			want := test.want
			if want != "" {
				want = "did you mean " + want + "?"
			}
			if got := suggestKey(Block(test.block), test.in); got != want {
				t.Errorf("suggestKey(%q) = %q, want %q", test.in, got, want)
			}
		})
	}
}

func TestDistance(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, a, b string
		want       int
	}{
		{"equal", "port", "port", 0},
		{"insert", "prt", "port", 1},
		{"delete", "poort", "port", 1},
		{"replace", "pord", "port", 1},
		{"all three", "kitten", "sitting", 3},
		{"from nothing", "", "abc", 3},
		{"cut off at the limit", "a", "abcdefghijkl", 10},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			if got := distance(test.a, test.b, 10); got != test.want {
				t.Errorf("distance = %d, want %d", got, test.want)
			}
		})
	}
}

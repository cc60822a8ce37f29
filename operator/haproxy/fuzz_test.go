// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package haproxy

import (
	"regexp"
	"slices"
	"strings"
	"testing"
)

// FuzzRender: whatever stands in Options, there is an error, or a configuration with the lines of
// an ordinary one.
func FuzzRender(f *testing.F) {
	seeds := [][]string{
		{"mqtt", "factory-0", "10.0.0.1", "192.0.2.0/24", "/tls.crt", "broker.svc", "::", "", ""},
		{"mqtt\nlisten x", "a b", "10.0.0.1 backup", "10.0.0.0/8 }", "/a verify none", "x) y", "*",
			"user root", "mode http"},
		{"a\"", "a#", "a\\", "${A}", "/'", "a,b", "[::]", "log-tag \"a\nb\"", "\tlog-tag '\n'"},
		{"no", "id", "unix@/x", "0.0.0.0/0", "/a\x00b", "-", "0.0.0.0", "log-tag a\\\nlisten x",
			"."},
	}
	for _, s := range seeds {
		f.Add(s[0], s[1], s[2], s[3], s[4], s[5], s[6], s[7], s[8])
	}
	f.Fuzz(func(t *testing.T, listener, server, address, network, path, name, bind,
		global, defaults string) {
		plain, strange := everything(), everything()
		for i, l := range []*string{&strange.Listeners[0].Name, &strange.Servers[0].Name,
			&strange.Servers[0].Address, &strange.AcceptProxyFrom[0],
			&strange.Listeners[1].TLS.CertFile, &strange.BackendTLS.ServerName,
			&strange.BindAddress, &strange.ExtraGlobal, &strange.ExtraDefaults} {
			*l = []string{listener, server, address, network, path, name, bind, global, defaults}[i]
		}
		strange.Listeners[1].TLS.CAFile, strange.BackendTLS.CAFile, strange.SocketPath =
			path, path, path
		got, err := Render(strange)
		if err != nil {
			return
		}
		// What may add lines, adds as many as it has.
		plain.AcceptProxyFrom = strange.AcceptProxyFrom
		plain.ExtraGlobal, plain.ExtraDefaults = "", ""
		want := keywords(render(t, plain))
		if !strange.named() {
			want = slices.DeleteFunc(want, func(w string) bool { return resolving[w] })
		}
		extra := append(extraLines(global), extraLines(defaults)...)
		found := keywords(string(got))
		if strange.named() && len(found) != len(want)+len(extra) ||
			!strange.named() && len(found) > len(want)+len(extra) {
			t.Fatalf("%d lines, want %d:\n%s", len(found), len(want)+len(extra), got)
		}
		for _, w := range []string{"frontend", "backend", "global", "defaults", "listen"} {
			if a, b := times(found, w), times(want, w); a != b {
				t.Errorf("%s is there %d times, want %d:\n%s", w, a, b, got)
			}
		}
		checkLines(t, string(got), extra)
	})
}

// resolving are lines that are there only with names.
var resolving = map[string]bool{"resolvers": true, "parse-resolv-conf": true,
	"accepted_payload_size": true, "hold": true}

// keywords are the first words of all lines.
func keywords(text string) []string {
	var all []string
	for l := range strings.Lines(text) {
		if words := strings.Fields(l); len(words) > 0 {
			all = append(all, words[0])
		}
	}
	return all
}

func times(all []string, word string) int {
	n := 0
	for _, w := range all {
		if w == word {
			n++
		}
	}
	return n
}

// plainLine is what we write besides quotes around the end of an HTTP request.
var plainLine = regexp.MustCompile(`^[ -~]*$`)

// checkLines wants no quote, comment, escape or variable in any line that is not extra.
func checkLines(t *testing.T, text string, extra []string) {
	t.Helper()
	for l := range strings.Lines(text) {
		l = strings.TrimSuffix(l, "\n")
		if !plainLine.MatchString(l) {
			t.Errorf("line %q", l)
		}
		if slices.Contains(extra, strings.TrimSpace(l)) {
			continue
		}
		if strings.ContainsAny(strings.ReplaceAll(l, `"\r\n\r\n"`, ""), "\"'#\\$`") {
			t.Errorf("line %q", l)
		}
	}
}

// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package transport

import (
	"net/netip"
	"strings"
	"testing"
)

// Other methods, and what is no HTTP at all, are answered before the head is complete.
func TestMethods(t *testing.T) {
	for _, method := range []string{"HEAD", "POST", "PUT", "DELETE", "CONNECT", "OPTIONS",
		"TRACE", "PATCH"} {
		c := ask(t, &WebSocketOptions{}, method+" ")
		r := answer(t, method, c.sent)
		if r.StatusCode != 405 || r.Header.Get("Allow") != "GET" || c.reason != HTTPMethod {
			t.Errorf("%s: %+v", method, c.outcome())
		}
		c = newConnection(t, &WebSocketOptions{})
		c.read([]byte(method))
		if len(c.sent) > 0 || c.reason != "" {
			t.Errorf("%s without a space: %+v", method, c.outcome())
		}
	}
	for _, in := range []string{"\x10", "\x16\x03", "get ", "GOT", "GET/", "GET\t", "GETS", " ",
		"\r\n", "PRI", "POSTS", "\x00", "PROXY"} {
		c := ask(t, &WebSocketOptions{}, in)
		if r := answer(t, "GET", c.sent); r.StatusCode != 400 || c.reason != HTTPMalformed {
			t.Errorf("%q: %+v", in, c.outcome())
		}
	}
	for i := range len("GET ") + 1 {
		if c := begun(t, "GET "[:i]); len(c.sent) > 0 || c.reason != "" {
			t.Errorf("%q: %+v", "GET "[:i], c.outcome())
		}
	}
}

// begun sends what may remain incomplete.
func begun(t *testing.T, in string) *connection {
	c := newConnection(t, &WebSocketOptions{})
	c.read([]byte(in))
	c.w.Reset(c.pool)
	c.drained()
	return c
}

func TestClient(t *testing.T) {
	const forwarded, real = "+X-Forwarded-For: ", "+X-Real-IP: "
	tests := []struct {
		name string
		in   string
		want string // "": not known
	}{
		{"nothing", request, ""},
		{"real", edit(real + "203.0.113.9"), "203.0.113.9"},
		{"real, version 6", edit(real + "2001:db8::1"), "2001:db8::1"},
		{"real, 4 in 6", edit(real + "::ffff:203.0.113.9"), "203.0.113.9"},
		{"real with port", edit(real + "203.0.113.9:999"), "203.0.113.9"},
		{"real with zone", edit(real + "fe80::1%eth0"), ""},
		{"real is none", edit(real + "localhost"), ""},
		{"real is empty", edit(real), ""},
		{"two real", edit(real+"203.0.113.9", real+"203.0.113.8"), ""},
		{"real before forwarded", edit(forwarded+"203.0.113.8", real+"203.0.113.9"),
			"203.0.113.9"},
		{"forwarded when real is none", edit(forwarded+"203.0.113.8", real+"-"), "203.0.113.8"},
		{"forwarded", edit(forwarded + "203.0.113.9"), "203.0.113.9"},
		{"forwarded, version 6 with port", edit(forwarded + "[2001:db8::1]:80"), "2001:db8::1"},
		{"the last one", edit(forwarded + "198.51.100.1, 203.0.113.9"), "203.0.113.9"},
		{"the last one of two lines", edit(forwarded+"198.51.100.1", forwarded+"203.0.113.9"),
			"203.0.113.9"},
		{"the last one not trusted", edit(forwarded + "1.1.1.1,203.0.113.9,10.1.1.1, 10.1.1.2"),
			"203.0.113.9"},
		{"nothing between commas", edit(forwarded + "1.1.1.1,203.0.113.9,, 10.1.1.1 , ,"),
			"203.0.113.9"},
		{"all trusted", edit(forwarded + "10.1.1.1, 10.1.1.2"), "10.1.1.1"},
		{"unknown", edit(forwarded + "203.0.113.9, unknown"), ""},
		{"unknown behind a proxy", edit(forwarded + "203.0.113.9, unknown, 10.1.1.1"), ""},
	}
	ours := netip.MustParsePrefix("10.0.0.0/8")
	// Peers at a Unix socket have no address, and may well be trusted.
	o := &WebSocketOptions{Trusted: func(a netip.Addr) bool {
		return !a.IsValid() || ours.Contains(a)
	}}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			unix, foreign := netip.Addr{}, netip.MustParseAddr("192.0.2.1")
			for _, peer := range []netip.Addr{netip.MustParseAddr("10.0.0.1"),
				netip.MustParseAddr("::ffff:10.0.0.1"), unix, foreign} {
				c := newConnection(t, o)
				c.w = NewWebSocket(o, peer)
				c.read([]byte(tt.in[:60]))
				if c.w.Client().IsValid() {
					t.Error("known before the handshake")
				}
				c.read([]byte(tt.in[60:]))
				got := ""
				if a := c.w.Client(); a.IsValid() {
					got = a.String()
				}
				if believed := peer != foreign; believed && got != tt.want ||
					!believed && got != "" {
					t.Errorf("from %v: %q, want %q", peer, got, tt.want)
				}
			}
		})
	}
}

func TestACME(t *testing.T) {
	const url = "http://acme.example:8080"
	get := func(path string) string { return "GET " + path + " HTTP/1.1\r\nHost: x\r\n\r\n" }
	tests := []struct {
		name     string
		path     string
		location string // "": no redirect
		status   int
		reason   Reason
	}{
		{"challenge", acmePath + "aB-_9", url + acmePath + "aB-_9", 301, ACMERedirected},
		{"query", acmePath + "x?y=z", url + acmePath + "x", 301, ACMERedirected},
		{"absolute", "http://x" + acmePath + "x", url + acmePath + "x", 301, ACMERedirected},
		{"escaped lines", acmePath + "a%0d%0ab", url + acmePath + "a%0d%0ab", 301,
			ACMERedirected},
		{"quote", acmePath + "a\"b", "", 400, HTTPMalformed},
		{"no ASCII", acmePath + "\xff", "", 400, HTTPMalformed},
		{"brackets", acmePath + "[x]", "", 400, HTTPMalformed},
		{"a CR", acmePath + "a\rLocation: x", "", 400, HTTPMalformed},
		{"bad escape", acmePath + "%zz", "", 400, HTTPMalformed},
		{"other path", "/.well-known/acme-challenges/x", "", 426, HTTPNotUpgrade},
		{"without slash", "/.well-known/acme-challenge", "", 426, HTTPNotUpgrade},
		{"below another path", "/x" + acmePath + "x", "", 426, HTTPNotUpgrade},
		{"another host", "//evil.example" + acmePath + "x", "", 426, HTTPNotUpgrade},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			c := ask(t, &WebSocketOptions{ACMERedirect: url}, get(tt.path))
			r := answer(t, "GET", c.sent)
			if r.StatusCode != tt.status || c.reason != tt.reason ||
				strings.Join(r.Header["Location"], "|") != tt.location {
				t.Errorf("%d, %q, Location %q", r.StatusCode, c.reason, r.Header["Location"])
			}
			c = ask(t, &WebSocketOptions{ACMERedirect: url, ACMEOnly: true}, get(tt.path))
			r = answer(t, "GET", c.sent)
			if tt.status == 426 && (r.StatusCode != 404 || c.reason != ACMEPath) ||
				tt.status != 426 && (r.StatusCode != tt.status || c.reason != tt.reason) {
				t.Errorf("ACME only: %d, %q", r.StatusCode, c.reason)
			}
		})
	}
	c := ask(t, &WebSocketOptions{ACMERedirect: url, ACMEOnly: true}, request)
	if r := answer(t, "GET", c.sent); r.StatusCode != 404 || c.reason != ACMEPath {
		t.Errorf("a WebSocket where only ACME is: %+v", c.outcome())
	}
	c = ask(t, &WebSocketOptions{ACMERedirect: url}, request)
	wantOutcome(t, c.outcome(), outcome{sent: accepted})
	c = ask(t, &WebSocketOptions{}, get(acmePath+"x"))
	if r := answer(t, "GET", c.sent); r.StatusCode != 426 || c.reason != HTTPNotUpgrade {
		t.Errorf("a challenge that is not sent on: %+v", c.outcome())
	}
}

// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package transport

import (
	"bytes"
	"errors"
	"net"
	"strings"
	"testing"

	"github.com/pires/go-proxyproto"
)

// Who speaks something else is told at the first byte that no header has, and not before.
func TestProxyMissingAtOnce(t *testing.T) {
	for _, signature := range []string{proxySignature1, proxySignature2} {
		for i := range signature {
			start := []byte(signature[:i])
			if got := feedProxy(t, NewProxy(0), start); got != (proxyOutcome{}) {
				t.Errorf("% x: %+v", start, got)
			}
			for b := range 256 {
				if byte(b) == signature[i] || i == 0 && (b == 'P' || b == '\r') {
					continue
				}
				got := feedProxy(t, NewProxy(0), start, []byte{byte(b)})
				if got.reason != ProxyMissing {
					t.Errorf("% x %02x: %+v", start, b, got)
				}
			}
		}
	}
}

// The log says who is misconfigured, also when only the first byte is there.
func TestProxyMissingNames(t *testing.T) {
	tests := []struct{ in, mentions string }{
		{"\x10\x0C\x00\x04MQTT\x05", "speaks MQTT: add send-proxy-v2 on the proxy, or connect to"},
		{"\x10", "speaks MQTT"},
		{"\x16\x03\x01\x02\x00\x01", "speaks TLS"},
		{"\x16", "speaks TLS"},
		{"\x16\x05", "begins with 16 05"},
		{"GET / HTTP/1.1\r\n", "speaks HTTP"},
		{"G", "speaks HTTP"},
		{"POST / HTTP/1.1\r\n", "speaks HTTP"},
		{"PU", "speaks HTTP"},
		{"PRI * HTTP/2.0\r\n", "speaks HTTP"},
		{"GETTING", "begins with 47 45 54 54 49 4e 47:"},
		{"SSH-2.0-OpenSSH_10.0p2", "begins with 53 53 48 2d 32 2e 30 2d 4f 70 65 6e 53 53 48 5f:"},
		{"\r\n\r\n\x00\r\nQUIX", "begins with 0d 0a 0d 0a 00 0d 0a 51 55 49 58:"},
	}
	for _, test := range tests {
		got := feedProxy(t, NewProxy(0), []byte(test.in))
		if got.reason != ProxyMissing || !strings.Contains(got.text, test.mentions) ||
			!strings.Contains(got.text, "this listener expects a PROXY header (haproxy on)") {
			t.Errorf("%q: %s, want one that mentions %q", test.in, got.text, test.mentions)
		}
	}
}

// Everything is refused as soon as it shows: one byte earlier nothing is wrong.
func TestProxyRefusedEarly(t *testing.T) {
	large := proxyV2Claiming(0xFFFF, proxyForward, 0x11, nil)
	tests := []struct {
		name   string
		in     []byte
		reason Reason
	}{
		{"command", proxyV2(0x22, 0, nil)[:13], ProxyMalformed},
		{"family", proxyV2(proxyForward, 0x41, nil)[:14], ProxyMalformed},
		{"UNIX", proxyV2(proxyForward, 0x31, proxyUnix)[:14], ProxyFamily},
		{"large", large, ProxyTooLarge},
		{"large and local", proxyV2Claiming(0xFFFF, proxyLocal, 0, nil), ProxyTooLarge},
		{"short addresses", proxyV2Claiming(35, proxyForward, 0x21, nil), ProxyMalformed},
		{"PROXY without a space", []byte("PROXY:"), ProxyMalformed},
		{"LF alone", []byte("PROXY \n"), ProxyMalformed},
		{"line", []byte("PROXY " + strings.Repeat(" ", 101)), ProxyTooLarge},
		{"line that ends too late", []byte("PROXY " + strings.Repeat(" ", 100) + "\r"),
			ProxyTooLarge},
	}
	for _, test := range tests {
		last := len(test.in) - 1
		if got := feedProxy(t, NewProxy(0), test.in[:last]); got != (proxyOutcome{}) {
			t.Errorf("%s: one byte early: %+v", test.name, got)
		}
		if got := feedProxy(t, NewProxy(0), test.in[:last], test.in[last:]); got.reason !=
			test.reason {
			t.Errorf("%s: %+v, want %s", test.name, got, test.reason)
		}
	}
}

// The limit is that of the whole header.
func TestProxyLimit(t *testing.T) {
	tests := []struct {
		name         string
		max, largest int
	}{
		{"default", 0, DefaultMaxProxyHeader},
		{"raised to the longest addresses", 1, 232},
		{"negative", -1, 232},
		{"least", 232, 232},
		{"ours", 300, 300},
		{"larger than what the library takes", 20000, 20000},
		{"none", 1 << 20, 16 + 0xFFFF},
	}
	for _, test := range tests {
		most := proxyTLV(0xE0, strings.Repeat("x", test.largest-16-12-3))
		c := proxyCase{name: test.name, want: over4(ProxyHeader{Version: 2}),
			in: proxyV2(proxyForward, 0x11, proxyIPv4, most)}
		in := append(bytes.Clone(c.in), behindProxy...)
		c.check(t, feedProxy(t, NewProxy(test.max), in))
		c.check(t, feedProxy(t, NewProxy(test.max), in[:1000%test.largest], in[1000%test.largest:]))
		if test.largest < 16+0xFFFF {
			over := proxyV2Claiming(test.largest-16+1, proxyForward, 0x11, nil)
			if got := feedProxy(t, NewProxy(test.max), over); got.reason != ProxyTooLarge {
				t.Errorf("%s: %d bytes: %+v", test.name, test.largest+1, got)
			}
		}
	}
}

// What a header claims costs nothing, nor does one that comes whole; what is kept of one that comes
// in pieces stays in proportion.
func TestProxyMemory(t *testing.T) {
	claims := proxyV2Claiming(4000, proxyForward, 0x11, proxyIPv4)
	x := NewProxy(0)
	if _, _, err := x.Next(claims); err != nil {
		t.Fatal(err)
	}
	if cap(x.kept) != len(claims) {
		t.Errorf("%d bytes arrived, %d are taken", len(claims), cap(x.kept))
	}
	grown := 0
	for range 4000 - len(proxyIPv4) - 1 {
		before := cap(x.kept)
		if _, _, err := x.Next([]byte{4}); err != nil {
			t.Fatal(err)
		}
		if cap(x.kept) != before {
			grown++
		}
	}
	if cap(x.kept) > DefaultMaxProxyHeader || grown > 8 {
		t.Errorf("%d bytes are taken, after growing %d times", cap(x.kept), grown)
	}
}

// Addresses of a kind that the library does not return today are refused, not believed.
func TestProxyOddAddress(t *testing.T) {
	tcp := &net.TCPAddr{IP: net.IPv4(192, 0, 2, 1), Port: 1}
	for _, odd := range []net.Addr{nil, &net.UnixAddr{Name: "/a"}, &net.TCPAddr{Port: 1}} {
		for _, pair := range [][2]net.Addr{{tcp, odd}, {odd, tcp}} {
			parsed := &proxyproto.Header{SourceAddr: pair[0], DestinationAddr: pair[1]}
			err := new(ProxyHeader).setAddresses(parsed)
			var refused *Error
			if !errors.As(err, &refused) || refused.Reason != ProxyMalformed {
				t.Errorf("%v: %v", pair, err)
			}
		}
	}
}

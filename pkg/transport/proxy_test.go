// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package transport

import (
	"bytes"
	"errors"
	"fmt"
	"net"
	"strings"
	"testing"
	"unsafe"

	"github.com/pires/go-proxyproto"
)

// behindProxy is what follows a header.
const behindProxy = "\x10\x0C\x00\x04MQTT"

// proxyOutcome is how the bytes of one connection were taken.
type proxyOutcome struct {
	header string // "" while there is none
	reason Reason
	text   string // of the error
	rest   int    // bytes behind the header
}

// feedProxy hands pieces to x until there is a result. What was lent is overwritten once a call has
// returned, before the result is looked at.
func feedProxy(t testing.TB, x *Proxy, pieces ...[]byte) proxyOutcome {
	t.Helper()
	var arrived int
	for i, piece := range pieces {
		arrived += len(piece)
		in := bytes.Clone(piece)
		h, rest, err := x.Next(in)
		if !bytes.HasSuffix(piece, rest) {
			t.Fatalf("rest % x is not the end of % x", rest, piece)
		}
		if len(rest) > 0 && h == nil {
			t.Fatalf("no header, %v, yet a rest of %d bytes", err, len(rest))
		}
		left := len(rest)
		for j := range in {
			in[j] = 0xA5
		}
		if cap(x.kept) > x.max || cap(x.kept) > 2*arrived {
			t.Fatalf("%d bytes arrived, %d are allowed, and %d are taken", arrived, x.max,
				cap(x.kept))
		}
		if h == nil && err == nil {
			continue
		}
		if len(x.kept) > 0 {
			t.Fatalf("%d bytes are kept for nothing", len(x.kept))
		}
		for _, later := range pieces[i+1:] {
			left += len(later)
		}
		return proxyResult(t, h, left, err)
	}
	return proxyOutcome{}
}

func proxyResult(t testing.TB, h *ProxyHeader, left int, err error) proxyOutcome {
	t.Helper()
	if err == nil {
		return proxyOutcome{header: proxySays(h), rest: left}
	}
	var refused *Error
	if !errors.As(err, &refused) {
		t.Fatalf("%v is a %T", err, err)
	}
	if h != nil {
		t.Fatalf("%v, and a header", err)
	}
	return proxyOutcome{reason: refused.Reason, text: err.Error()}
}

// proxySays spells out all of h.
func proxySays(h *ProxyHeader) string {
	flat := *h
	flat.TLS = nil
	if h.TLS == nil {
		return fmt.Sprintf("%+v", flat)
	}
	return fmt.Sprintf("%+v with %+q", flat, fmt.Sprintf("%+v", *h.TLS))
}

// check compares with what the table wants.
func (c *proxyCase) check(t *testing.T, got proxyOutcome) {
	t.Helper()
	if c.reason != "" {
		if got.reason != c.reason || !strings.Contains(got.text, c.mentions) {
			t.Fatalf("%s: %q %s, want %s that mentions %q", c.name, got.text, got.header, c.reason,
				c.mentions)
		}
		return
	}
	if want := proxySays(&c.want); got.header != want || got.rest != len(behindProxy) {
		t.Fatalf("%s: %s\n%s and %d bytes behind it, want\n%s and %d", c.name, got.text, got.header,
			got.rest, want, len(behindProxy))
	}
}

func TestProxySize(t *testing.T) {
	if n := unsafe.Sizeof(Proxy{}); n > 40 {
		t.Errorf("a Proxy takes %d bytes", n)
	}
}

func TestProxy(t *testing.T) {
	for _, c := range proxyCases() {
		t.Run(c.name, func(t *testing.T) {
			in := append(bytes.Clone(c.in), behindProxy...)
			c.check(t, feedProxy(t, NewProxy(0), in))
		})
	}
}

// Every header is read the same, and every other refused for the same reason, wherever it is split
// in two, and byte by byte.
func TestProxySplits(t *testing.T) {
	for _, c := range proxyCases() {
		in := append(bytes.Clone(c.in), behindProxy...)
		for i := range len(in) + 1 {
			c.check(t, feedProxy(t, NewProxy(0), in[:i], in[i:]))
			c.check(t, feedProxy(t, NewProxy(0), in[:i], nil, in[i:]))
		}
		var bytewise [][]byte
		for i := range in {
			bytewise = append(bytewise, in[i:i+1])
		}
		c.check(t, feedProxy(t, NewProxy(0), bytewise...))
	}
}

// Of a header that ends early nothing is believed, and nothing is wrong with it.
func TestProxyTruncated(t *testing.T) {
	for _, c := range goodProxyCases() {
		for i := range c.in {
			if got := feedProxy(t, NewProxy(0), c.in[:i]); got != (proxyOutcome{}) {
				t.Fatalf("%s, %d of %d bytes: %+v", c.name, i, len(c.in), got)
			}
		}
	}
}

// The writer of the library is read.
func TestProxyOfLibrary(t *testing.T) {
	source := &net.TCPAddr{IP: net.IPv4(192, 0, 2, 1), Port: 4097}
	destination := &net.TCPAddr{IP: net.IPv4(198, 51, 100, 2), Port: 1883}
	source6 := &net.TCPAddr{IP: net.ParseIP("2001:db8::1"), Port: 4097}
	destination6 := &net.TCPAddr{IP: net.ParseIP("2001:db8::2"), Port: 1883}
	tlvs := []proxyproto.TLV{
		{Type: proxyproto.PP2_TYPE_NOOP, Value: []byte("pad")},
		{Type: proxyproto.PP2_TYPE_AUTHORITY, Value: []byte("a.example")},
		{Type: proxyproto.PP2_TYPE_SSL, Value: []byte("\x07\x00\x00\x00\x00\x22\x00\x02cn")},
	}
	says := ProxyHeader{Version: 2, Authority: "a.example",
		TLS: &ProxyTLS{Encrypted: true, Verified: true, CommonName: "cn"}}
	tests := []struct {
		name                string
		version             byte
		source, destination net.Addr
		tlvs                []proxyproto.TLV
		want                ProxyHeader
	}{
		{"1, IPv4", 1, source, destination, nil, over4(ProxyHeader{Version: 1})},
		{"1, IPv6", 1, source6, destination6, nil, over6(ProxyHeader{Version: 1})},
		{"1, unknown", 1, nil, nil, nil, ProxyHeader{Version: 1}},
		{"2, IPv4", 2, source, destination, nil, over4(ProxyHeader{Version: 2})},
		{"2, IPv6", 2, source6, destination6, nil, over6(ProxyHeader{Version: 2})},
		{"2, IPv4, TLVs", 2, source, destination, tlvs, over4(says)},
		{"2, IPv6, TLVs", 2, source6, destination6, tlvs, over6(says)},
		{"2, local", 2, nil, nil, nil, ProxyHeader{Version: 2, Local: true}},
		{"2, local, TLVs", 2, nil, nil, tlvs, ProxyHeader{Version: 2, Local: true}},
	}
	for _, test := range tests {
		h := proxyproto.HeaderProxyFromAddrs(test.version, test.source, test.destination)
		if err := h.SetTLVs(test.tlvs); err != nil {
			t.Fatal(err)
		}
		in, err := h.Format()
		if err != nil {
			t.Fatal(err)
		}
		c := proxyCase{name: test.name, want: test.want}
		c.check(t, feedProxy(t, NewProxy(0), append(in, behindProxy...)))
	}
}

// Whatever one byte of a full header becomes, it does not matter how the bytes arrive.
func TestProxyMutations(t *testing.T) {
	everything := proxyOfHAProxy()[6].in
	summed := withProxySum(proxyV2(proxyLocal, 0x21, proxyIPv6, proxyTLV(3, "\x00\x00\x00\x00")))
	for _, in := range [][]byte{goodProxy1()[0].in, goodProxy1()[1].in, everything, summed} {
		in = append(bytes.Clone(in), behindProxy...)
		for i, was := range in {
			for b := range 256 {
				in[i] = byte(b)
				whole := feedProxy(t, NewProxy(0), in)
				split := feedProxy(t, NewProxy(0), in[:i], in[i:i+1], in[i+1:])
				whole.text, split.text = "", ""
				if whole != split {
					t.Fatalf("% x: %+v, in pieces %+v", in, whole, split)
				}
			}
			in[i] = was
		}
	}
}

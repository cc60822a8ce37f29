// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package transport

import "strings"

// Commands of version 2.
const (
	proxyLocal   = 0x20
	proxyForward = 0x21
)

func goodProxy2() []proxyCase {
	v2 := ProxyHeader{Version: 2}
	local := ProxyHeader{Version: 2, Local: true}
	return []proxyCase{
		{name: "TCP over IPv4", in: proxyV2(proxyForward, 0x11, proxyIPv4), want: over4(v2)},
		{name: "UDP over IPv4", in: proxyV2(proxyForward, 0x12, proxyIPv4), want: over4(v2)},
		{name: "TCP over IPv6", in: proxyV2(proxyForward, 0x21, proxyIPv6), want: over6(v2)},
		{name: "UDP over IPv6", in: proxyV2(proxyForward, 0x22, proxyIPv6), want: over6(v2)},
		{name: "mapped", in: proxyV2(proxyForward, 0x21, proxyMapped), want: over4(v2)},
		{name: "unspecified", in: proxyV2(proxyForward, 0, nil), want: v2},
		{name: "unspecified with TLVs",
			in:   proxyV2(proxyForward, 0, nil, proxyTLV(0x02, "a.example"), proxySSL(1, 0)),
			want: ProxyHeader{Version: 2, Authority: "a.example", TLS: &ProxyTLS{Encrypted: true}}},
		{name: "local", in: proxyV2(proxyLocal, 0, nil), want: local},
		{name: "local with TLVs", want: local,
			in: proxyV2(proxyLocal, 0, nil, proxySSL(7, 0, proxyTLV(0x22, "cn")),
				proxyTLV(0x02, "a.example"))},
		{name: "local with addresses", in: proxyV2(proxyLocal, 0x11, proxyIPv4), want: local},
		{name: "local with addresses and TLVs", want: local,
			in: proxyV2(proxyLocal, 0x21, proxyIPv6, proxyTLV(0x02, "a.example"))},
		{name: "local from a UNIX socket", in: proxyV2(proxyLocal, 0x31, proxyUnix), want: local},
		{name: "local with a family and no addresses", in: proxyV2(proxyLocal, 0x21, nil),
			want: local},
		{name: "local with a family and less than its addresses", want: local,
			in: proxyV2(proxyLocal, 0x21, []byte{1, 2, 3})},
		{name: "local of no known family", in: proxyV2(proxyLocal, 0x53, []byte{1, 2, 3}),
			want: local},
		{name: "as large as allowed", want: over4(v2),
			in: proxyV2(proxyForward, 0x11, proxyIPv4, proxyTLV(0xE0,
				strings.Repeat("x", DefaultMaxProxyHeader-16-12-3)))},
	}
}

func badProxy2() []proxyCase {
	bad := func(name, mentions string, in []byte) proxyCase {
		return proxyCase{name: name, in: in, reason: ProxyMalformed, mentions: mentions}
	}
	cases := []proxyCase{
		bad("version 1", "version 1, command 1", proxyV2(0x11, 0x11, proxyIPv4)),
		bad("version 3", "version 3, command 0", proxyV2(0x30, 0x11, proxyIPv4)),
		bad("command 2", "version 2, command 2", proxyV2(0x22, 0x11, proxyIPv4)),
		bad("command 15", "version 2, command 15", proxyV2(0x2F, 0x11, proxyIPv4)),
		bad("family 4", "family 4, protocol 1", proxyV2(proxyForward, 0x41, proxyIPv4)),
		bad("protocol 3", "family 1, protocol 3", proxyV2(proxyForward, 0x13, proxyIPv4)),
		bad("IPv4 of no protocol", "family 1", proxyV2(proxyForward, 0x10, proxyIPv4)),
		bad("TCP of no family", "family 0", proxyV2(proxyForward, 0x01, proxyIPv4)),
		bad("no addresses", "12 bytes", proxyV2(proxyForward, 0x11, nil)),
		bad("IPv4 one byte short", "12 bytes", proxyV2(proxyForward, 0x11, proxyIPv4[:11])),
		bad("IPv6 with addresses of IPv4", "36 bytes", proxyV2(proxyForward, 0x21, proxyIPv4)),
		bad("one byte behind the addresses", "type 0x04",
			proxyV2(proxyForward, 0x11, proxyIPv4, []byte{4})),
		bad("local with half a TLV", "type 0x04", proxyV2(proxyLocal, 0, []byte{4, 0})),
	}
	for _, family := range []byte{0x31, 0x32} {
		cases = append(cases, proxyCase{name: "UNIX", in: proxyV2(proxyForward, family, proxyUnix),
			reason: ProxyFamily, mentions: "UNIX socket"})
	}
	return append(cases, proxyCase{name: "too large", reason: ProxyTooLarge, mentions: "4097",
		in: proxyV2Claiming(DefaultMaxProxyHeader-16+1, proxyForward, 0x11, nil)})
}

// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package transport

import (
	"net/netip"
	"strings"
)

func goodProxy1() []proxyCase {
	v1 := ProxyHeader{Version: 1}
	return []proxyCase{
		{name: "TCP4", in: []byte("PROXY TCP4 192.0.2.1 198.51.100.2 4097 1883\r\n"),
			want: over4(v1)},
		{name: "TCP6", in: []byte("PROXY TCP6 2001:db8::1 2001:db8::2 4097 1883\r\n"),
			want: over6(v1)},
		{name: "TCP6 in capitals and with zeroes",
			in:   []byte("PROXY TCP6 2001:0DB8:0:0:0:0:0:1 2001:0DB8::0002 4097 1883\r\n"),
			want: over6(v1)},
		// Not in the grammar, but what HAProxy and others send for mapped addresses.
		{name: "TCP6 with mapped addresses",
			in:   []byte("PROXY TCP6 ::ffff:192.0.2.1 ::ffff:198.51.100.2 4097 1883\r\n"),
			want: over4(v1)},
		{name: "ports 0 and 65535", in: []byte("PROXY TCP4 192.0.2.1 198.51.100.2 0 65535\r\n"),
			want: ProxyHeader{Version: 1,
				Source:      netip.MustParseAddrPort("192.0.2.1:0"),
				Destination: netip.MustParseAddrPort("198.51.100.2:65535")}},
		{name: "UNKNOWN", in: []byte("PROXY UNKNOWN\r\n"), want: v1},
		{name: "UNKNOWN, longest",
			in: []byte("PROXY UNKNOWN " + strings.Repeat("ffff:", 7) + "ffff " +
				strings.Repeat("ffff:", 7) + "ffff 65535 65535\r\n"),
			want: v1},
		{name: "UNKNOWN with anything", in: []byte("PROXY UNKNOWN  a \r\x00 TCP4 b\r\n"), want: v1},
	}
}

func badProxy1() []proxyCase {
	lines := []struct{ name, line, mentions string }{
		{"LF alone", "PROXY TCP4 192.0.2.1 198.51.100.2 4097 1883\n", "CRLF"},
		{"CR and LF apart", "PROXY TCP4 192.0.2.1 198.51.100.2 4097 1883\r \n", "CRLF"},
		{"no space behind PROXY", "PROXYTCP4 192.0.2.1 198.51.100.2 4097 1883\r\n", "'T'"},
		{"nothing behind PROXY", "PROXY\r\n", "'\\r'"},
		{"nothing behind the space", "PROXY \r\n", "family"},
		{"two spaces", "PROXY  TCP4 192.0.2.1 198.51.100.2 4097 1883\r\n", "family"},
		{"two spaces before the address", "PROXY TCP4  192.0.2.1 198.51.100.2 4097 1883\r\n", ""},
		{"two spaces before the port", "PROXY TCP4 192.0.2.1 198.51.100.2  4097 1883\r\n", ""},
		{"space before CRLF", "PROXY TCP4 192.0.2.1 198.51.100.2 4097 1883 \r\n", ""},
		{"tabs", "PROXY TCP4\t192.0.2.1\t198.51.100.2\t4097\t1883\r\n", ""},
		{"port missing", "PROXY TCP4 192.0.2.1 198.51.100.2 4097\r\n", ""},
		{"more behind the ports", "PROXY TCP4 192.0.2.1 198.51.100.2 4097 1883 9\r\n", ""},
		{"small letters", "PROXY tcp4 192.0.2.1 198.51.100.2 4097 1883\r\n", ""},
		{"UDP4", "PROXY UDP4 192.0.2.1 198.51.100.2 4097 1883\r\n", ""},
		{"UNKNOWN longer", "PROXY UNKNOWNS\r\n", ""},
		{"zero before a port", "PROXY TCP4 192.0.2.1 198.51.100.2 04097 1883\r\n", "port"},
		{"sign before a port", "PROXY TCP4 192.0.2.1 198.51.100.2 4097 +1883\r\n", "port"},
		{"port too large", "PROXY TCP4 192.0.2.1 198.51.100.2 4097 65536\r\n", "port"},
		{"port in hexadecimal", "PROXY TCP4 192.0.2.1 198.51.100.2 0x10 1883\r\n", "port"},
		{"zero before a number", "PROXY TCP4 192.0.02.1 198.51.100.2 4097 1883\r\n", "address"},
		{"three numbers", "PROXY TCP4 192.0.1 198.51.100.2 4097 1883\r\n", "address"},
		{"number too large", "PROXY TCP4 192.0.2.256 198.51.100.2 4097 1883\r\n", "address"},
		{"a name", "PROXY TCP4 localhost 198.51.100.2 4097 1883\r\n", "address"},
		{"IPv6 in TCP4", "PROXY TCP4 2001:db8::1 198.51.100.2 4097 1883\r\n", "address"},
		{"IPv4 in TCP6", "PROXY TCP6 192.0.2.1 2001:db8::2 4097 1883\r\n", "address"},
		{"two double colons", "PROXY TCP6 2001::db8::1 2001:db8::2 4097 1883\r\n", "address"},
		{"a zone", "PROXY TCP6 fe80::1%eth0 2001:db8::2 4097 1883\r\n", "address"},
	}
	var cases []proxyCase
	for _, l := range lines {
		cases = append(cases, proxyCase{name: l.name, in: []byte(l.line), reason: ProxyMalformed,
			mentions: l.mentions})
	}
	return append(cases, proxyCase{name: "line of 107 bytes without an end",
		in:     []byte("PROXY UNKNOWN " + strings.Repeat("x", 107-14)),
		reason: ProxyTooLarge, mentions: "107"})
}

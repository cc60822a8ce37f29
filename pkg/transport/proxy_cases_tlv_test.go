// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package transport

import (
	"bytes"
	"strings"
)

func goodProxyTLVs() []proxyCase {
	with := func(name string, want ProxyHeader, tlvs ...[]byte) proxyCase {
		want.Version = 2
		return proxyCase{name: name, want: over4(want),
			in: proxyV2(proxyForward, 0x11, proxyIPv4, tlvs...)}
	}
	tls := func(want ProxyTLS) ProxyHeader { return ProxyHeader{TLS: &want} }
	longest := strings.Repeat("\u00e9", 128)
	cn := func(cn string) []byte { return proxyTLV(0x22, cn) }
	sum := proxyTLV(0x03, "\x00\x00\x00\x00")
	cases := []proxyCase{
		with("no-op, empty and full", ProxyHeader{}, proxyTLV(4, ""), proxyTLV(4, "abc")),
		with("others, also twice", ProxyHeader{}, proxyTLV(1, "mqtt"), proxyTLV(0xE0, "x"),
			proxyTLV(0xE0, "y"), proxyTLV(5, ""), proxyTLV(0x30, "ns"), proxyTLV(0xFF, "\x00")),
		with("authority", ProxyHeader{Authority: "b\u00fccher.example"},
			proxyTLV(2, "b\u00fccher.example")),
		with("authority, empty", ProxyHeader{}, proxyTLV(2, "")),
		with("authority, longest", ProxyHeader{Authority: longest[:254] + "a"},
			proxyTLV(2, longest[:254]+"a")),
		with("no flags", tls(ProxyTLS{}), proxySSL(0, 0)),
		with("name without certificate", tls(ProxyTLS{Encrypted: true}), proxySSL(1, 0, cn("c"))),
		with("certificate on this connection", tls(ProxyTLS{Encrypted: true, Verified: true,
			CommonName: "c"}), proxySSL(3, 0, cn("c"))),
		with("certificate in this session", tls(ProxyTLS{Encrypted: true, Verified: true,
			CommonName: "c"}), proxySSL(5, 0, cn("c"))),
		with("certificate not verified", tls(ProxyTLS{Encrypted: true}), proxySSL(7, 1, cn("c"))),
		with("verify in the first byte", tls(ProxyTLS{Encrypted: true}),
			proxySSL(7, 1<<24, cn("c"))),
		with("certificate without a name", tls(ProxyTLS{Encrypted: true, Verified: true}),
			proxySSL(7, 0)),
		with("other flags", tls(ProxyTLS{}), proxySSL(0xF8, 0, cn("c"))),
		with("name of 256 bytes", tls(ProxyTLS{Encrypted: true, Verified: true,
			CommonName: longest}), proxySSL(7, 0, cn(longest))),
		with("version, cipher and others", tls(ProxyTLS{Encrypted: true, Version: "TLSv1.3",
			Cipher: "TLS_AES_128_GCM_SHA256"}), proxySSL(1, 0, proxyTLV(0x21, "TLSv1.3"),
			proxyTLV(0x23, "TLS_AES_128_GCM_SHA256"), proxyTLV(0x24, "RSA-SHA256"),
			proxyTLV(0x28, "\x30\x82"), proxyTLV(0x28, "\x30\x82"))),
		with("checksum first", ProxyHeader{Authority: "a"}, sum, proxyTLV(2, "a")),
		with("checksum last, behind no-ops", ProxyHeader{}, proxyTLV(4, "ab"), sum),
	}
	for i := range cases {
		if bytes.Contains(cases[i].in, sum) {
			cases[i].in = withProxySum(cases[i].in)
		}
	}
	return append(cases,
		proxyCase{name: "checksum without addresses", want: ProxyHeader{Version: 2},
			in: withProxySum(proxyV2(proxyForward, 0, nil, sum))},
		proxyCase{name: "checksum of a local one", want: ProxyHeader{Version: 2, Local: true},
			in: withProxySum(proxyV2(proxyLocal, 0, nil, sum, proxyTLV(4, "")))})
}

func badProxyTLVs() []proxyCase {
	bad := func(name, mentions string, tlvs ...[]byte) proxyCase {
		return proxyCase{name: name, reason: ProxyMalformed, mentions: mentions,
			in: proxyV2(proxyForward, 0x11, proxyIPv4, tlvs...)}
	}
	ssl := func(name, mentions string, sub ...[]byte) proxyCase {
		return bad(name, mentions, proxySSL(7, 0, sub...))
	}
	wrong := proxyTLV(3, "\x00\x00\x00\x00")
	return []proxyCase{
		bad("TLV without a length", "type 0xe0", []byte{0xE0}),
		bad("TLV with half a length", "type 0xe0", []byte{0xE0, 0}),
		bad("TLV longer than the header", "type 0xe0", []byte{0xE0, 0, 3, 'a', 'b'}),
		bad("TLV much longer than the header", "type 0xe0", []byte{0xE0, 0xFF, 0xFF}),
		bad("second TLV longer", "type 0x05", proxyTLV(4, ""), []byte{5, 0, 1}),
		bad("SSL of 4 bytes", "4 bytes", proxyTLV(0x20, "\x01\x00\x00\x00")),
		bad("SSL of no bytes", "0 bytes", proxyTLV(0x20, "")),
		ssl("sub-TLV longer than SSL", "type 0x22", []byte{0x22, 0, 3, 'a', 'b'}),
		bad("sub-TLV that ends in the next TLV", "type 0x22",
			proxySSL(7, 0, []byte{0x22, 0, 4, 'a'}), proxyTLV(4, "")),
		ssl("sub-TLV without a length", "type 0x21", []byte{0x21}),
		bad("two SSL", "two TLVs of type 0x20", proxySSL(1, 0), proxySSL(1, 0)),
		bad("two authorities", "two TLVs of type 0x02", proxyTLV(2, "a"), proxyTLV(2, "a")),
		{name: "two checksums", reason: ProxyMalformed, mentions: "two TLVs of type 0x03",
			in: withProxySum(proxyV2(proxyForward, 0x11, proxyIPv4, wrong, wrong))},
		ssl("two names", "two TLVs of type 0x22", proxyTLV(0x22, "a"), proxyTLV(0x22, "a")),
		ssl("two versions", "two TLVs of type 0x21", proxyTLV(0x21, "a"), proxyTLV(0x21, "a")),
		ssl("two ciphers", "two TLVs of type 0x23", proxyTLV(0x23, "a"), proxyTLV(0x23, "a")),
		ssl("name of 257 bytes", "257 bytes", proxyTLV(0x22, strings.Repeat("a", 257))),
		ssl("name not UTF-8", "not UTF-8", proxyTLV(0x22, "a\xFF")),
		ssl("name with U+0000", "control", proxyTLV(0x22, "a\x00b")),
		ssl("name with LF", "control", proxyTLV(0x22, "a\nb")),
		ssl("name with U+0085", "control", proxyTLV(0x22, "a\u0085b")),
		bad("unverified name not UTF-8", "not UTF-8", proxySSL(0, 1, proxyTLV(0x22, "\xFF"))),
		ssl("version with control characters", "TLS version", proxyTLV(0x21, "\x1B[0m")),
		ssl("cipher of 256 bytes", "cipher", proxyTLV(0x23, strings.Repeat("a", 256))),
		bad("authority of 256 bytes", "256 bytes", proxyTLV(2, strings.Repeat("a", 256))),
		bad("authority not UTF-8", "not UTF-8", proxyTLV(2, "\xC0\x80")),
		bad("authority with LF", "control", proxyTLV(2, "a\n")),
		bad("wrong checksum", "checksum", wrong),
		bad("checksum of 3 bytes", "3 bytes", proxyTLV(3, "\x00\x00\x00")),
		bad("checksum of 5 bytes", "5 bytes", proxyTLV(3, "\x00\x00\x00\x00\x00")),
	}
}

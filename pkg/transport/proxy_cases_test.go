// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package transport

import (
	"bytes"
	"encoding/binary"
	"hash/crc32"
	"net/netip"
	"slices"
)

// proxyCase is a header, without what follows it, and what has to be read from it: a ProxyHeader,
// or a refusal that mentions certain words.
type proxyCase struct {
	name     string
	in       []byte
	want     ProxyHeader
	reason   Reason
	mentions string
}

// Addresses of all tables, as bytes of version 2.
var (
	proxyIPv4 = []byte("\xC0\x00\x02\x01\xC6\x33\x64\x02\x10\x01\x07\x5B")
	proxyIPv6 = append(append(netip.MustParseAddr("2001:db8::1").AsSlice(),
		netip.MustParseAddr("2001:db8::2").AsSlice()...), "\x10\x01\x07\x5B"...)
	proxyMapped = append(append(netip.MustParseAddr("::ffff:192.0.2.1").AsSlice(),
		netip.MustParseAddr("::ffff:198.51.100.2").AsSlice()...), "\x10\x01\x07\x5B"...)
	proxyUnix = append(append([]byte("/client"), make([]byte, 101)...), make([]byte, 108)...)
)

// over4 and over6 are h with those addresses.
func over4(h ProxyHeader) ProxyHeader {
	h.Source = netip.MustParseAddrPort("192.0.2.1:4097")
	h.Destination = netip.MustParseAddrPort("198.51.100.2:1883")
	return h
}

func over6(h ProxyHeader) ProxyHeader {
	h.Source = netip.MustParseAddrPort("[2001:db8::1]:4097")
	h.Destination = netip.MustParseAddrPort("[2001:db8::2]:1883")
	return h
}

// proxyV2 builds a header of version 2 byte by byte.
func proxyV2(command, family byte, addresses []byte, tlvs ...[]byte) []byte {
	body := slices.Concat(append([][]byte{addresses}, tlvs...)...)
	return proxyV2Claiming(len(body), command, family, body)
}

// proxyV2Claiming is proxyV2 with a length that need not be true.
func proxyV2Claiming(length int, command, family byte, body []byte) []byte {
	b := []byte("\x0D\x0A\x0D\x0A\x00\x0D\x0A\x51\x55\x49\x54\x0A")
	b = append(b, command, family, byte(length>>8), byte(length))
	return append(b, body...)
}

// proxyTLV builds a TLV of any level.
func proxyTLV(kind byte, value string) []byte {
	return append([]byte{kind, byte(len(value) >> 8), byte(len(value))}, value...)
}

// proxySSL builds an SSL TLV.
func proxySSL(client byte, verify uint32, sub ...[]byte) []byte {
	value := binary.BigEndian.AppendUint32([]byte{client}, verify)
	return proxyTLV(0x20, string(append(value, slices.Concat(sub...)...)))
}

// withProxySum fills in the first checksum TLV of a header, bit by bit as RFC 4960 has it.
func withProxySum(b []byte) []byte {
	b = bytes.Clone(b)
	at := bytes.Index(b, []byte("\x03\x00\x04\x00\x00\x00\x00")) + 3
	sum := ^uint32(0)
	for _, c := range b {
		sum ^= uint32(c)
		for range 8 {
			sum = sum>>1 ^ crc32.Castagnoli*(sum&1)
		}
	}
	binary.BigEndian.PutUint32(b[at:], ^sum)
	return b
}

// proxyCases is every table.
func proxyCases() []proxyCase {
	return slices.Concat(goodProxy1(), badProxy1(), goodProxy2(), badProxy2(), goodProxyTLVs(),
		badProxyTLVs(), proxyOfHAProxy())
}

// goodProxyCases is those that are read.
func goodProxyCases() []proxyCase {
	return slices.DeleteFunc(proxyCases(), func(c proxyCase) bool { return c.reason != "" })
}

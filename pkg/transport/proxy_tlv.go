// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package transport

import (
	"bytes"
	"encoding/binary"
	"hash/crc32"
	"unicode"
	"unicode/utf8"

	"github.com/pires/go-proxyproto"
)

const (
	longestProxyAuthority  = 255 // of a host name in DNS
	longestProxyCommonName = 256
	longestProxyTLSWord    = 255
)

// The bits of the client field of the SSL TLV (2.2.6).
const (
	proxyClientSSL      = 0x01
	proxyClientCertConn = 0x02
	proxyClientCertSess = 0x04
)

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// readTLVs reads the TLVs from start to the end of header (2.2).
func (h *ProxyHeader) readTLVs(header []byte, start int) error {
	return eachTLV(header[start:], func(kind proxyproto.PP2Type, value, rest []byte) (err error) {
		switch kind {
		case proxyproto.PP2_TYPE_AUTHORITY:
			h.Authority, err = proxyText("authority", value, longestProxyAuthority)
		case proxyproto.PP2_TYPE_CRC32C:
			err = checkProxySum(header, len(header)-len(rest)-len(value), value)
		case proxyproto.PP2_TYPE_SSL:
			h.TLS, err = readProxyTLS(value)
		}
		return err
	})
}

// eachTLV calls read for every TLV in b, which it borrows; rest is what of b is behind the value.
// Of the types that are read, none may come twice: one of the two would be believed by somebody
// else. SplitTLVs of the library copies every value, and forgets how long a NOOP is, so that the
// place of a checksum could not be told.
func eachTLV(b []byte, read func(kind proxyproto.PP2Type, value, rest []byte) error) error {
	var seen [256]bool
	for len(b) > 0 {
		if len(b) < 3 || len(b)-3 < int(binary.BigEndian.Uint16(b[1:])) {
			return proxyError(ProxyMalformed, "TLV of type 0x%02x is longer than what holds it",
				b[0])
		}
		end := 3 + int(binary.BigEndian.Uint16(b[1:]))
		kind := proxyproto.PP2Type(b[0])
		if seen[kind] && onlyOnce(kind) {
			return proxyError(ProxyMalformed, "two TLVs of type 0x%02x", b[0])
		}
		seen[kind] = true
		if err := read(kind, b[3:end], b[end:]); err != nil {
			return err
		}
		b = b[end:]
	}
	return nil
}

// onlyOnce reports whether TLVs of this type are read.
func onlyOnce(kind proxyproto.PP2Type) bool {
	switch kind {
	case proxyproto.PP2_TYPE_AUTHORITY, proxyproto.PP2_TYPE_CRC32C, proxyproto.PP2_TYPE_SSL,
		proxyproto.PP2_SUBTYPE_SSL_VERSION, proxyproto.PP2_SUBTYPE_SSL_CN,
		proxyproto.PP2_SUBTYPE_SSL_CIPHER:
		return true
	}
	return false
}

// readProxyTLS reads the value of an SSL TLV (2.2.6): flags, the result of verification, and TLVs
// of a second level. tlvparse of the library asks only for a verify of 0 before it says Verified,
// and takes the first of several names.
func readProxyTLS(b []byte) (*ProxyTLS, error) {
	if len(b) < 5 {
		return nil, proxyError(ProxyMalformed, "SSL TLV of %d bytes, at least 5 are needed", len(b))
	}
	client, verify := b[0], binary.BigEndian.Uint32(b[1:])
	t := &ProxyTLS{
		Encrypted: client&proxyClientSSL != 0,
		Verified:  client&(proxyClientCertConn|proxyClientCertSess) != 0 && verify == 0,
	}
	err := eachTLV(b[5:], func(kind proxyproto.PP2Type, value, _ []byte) (err error) {
		switch kind {
		case proxyproto.PP2_SUBTYPE_SSL_VERSION:
			t.Version, err = proxyText("TLS version", value, longestProxyTLSWord)
		case proxyproto.PP2_SUBTYPE_SSL_CIPHER:
			t.Cipher, err = proxyText("cipher", value, longestProxyTLSWord)
		case proxyproto.PP2_SUBTYPE_SSL_CN:
			t.CommonName, err = proxyText("common name", value, longestProxyCommonName)
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	if !t.Verified {
		t.CommonName = "" // so that nobody takes a claim for an identity
	}
	return t, nil
}

// proxyText returns a value that goes into logs and comparisons, if it can do no harm there.
func proxyText(what string, value []byte, longest int) (string, error) {
	if len(value) > longest {
		return "", proxyError(ProxyMalformed, "%s of %d bytes, at most %d are allowed", what,
			len(value), longest)
	}
	if !utf8.Valid(value) {
		return "", proxyError(ProxyMalformed, "%s %q is not UTF-8", what, value)
	}
	if bytes.ContainsFunc(value, unicode.IsControl) {
		return "", proxyError(ProxyMalformed, "%s %q has control characters", what, value)
	}
	return string(value), nil
}

// checkProxySum compares the checksum of header with the value at index at (2.2.3). It is computed
// as if the value were 0, without writing to header, which is borrowed.
func checkProxySum(header []byte, at int, value []byte) error {
	if len(value) != 4 {
		return proxyError(ProxyMalformed, "checksum of %d bytes, 4 are needed", len(value))
	}
	var zero [4]byte
	sum := crc32.Checksum(header[:at], castagnoli)
	sum = crc32.Update(sum, castagnoli, zero[:])
	sum = crc32.Update(sum, castagnoli, header[at+len(value):])
	if said := binary.BigEndian.Uint32(value); said != sum {
		return proxyError(ProxyMalformed, "checksum %08x, the header says %08x", sum, said)
	}
	return nil
}

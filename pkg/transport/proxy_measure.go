// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package transport

import (
	"bytes"
	"encoding/binary"

	"github.com/pires/go-proxyproto"
)

// How headers begin (2.1, 2.2). They differ in the first byte.
const (
	proxySignature1 = "PROXY"
	proxySignature2 = "\r\n\r\n\x00\r\nQUIT\n"
)

const (
	// proxyLine is the longest line of version 1, CRLF included (2.1).
	proxyLine = 107
	// proxyFixed is the part of version 2 that all headers have (2.2).
	proxyFixed = 16
)

// measure returns how many bytes the header has of which b is the beginning, as far as b shows: it
// is all there when that is no more than len(b). What is wrong is reported at the first byte that
// shows it, so that it does not matter how the bytes arrive.
func (x *Proxy) measure(b []byte) (int, error) {
	switch {
	case len(b) == 0:
		return 1, nil
	case agree(b, proxySignature1):
		return measureProxy1(b)
	case agree(b, proxySignature2):
		return x.measureProxy2(b)
	}
	return 0, missingProxy(b)
}

// measureProxy1 is measure for a line (2.1). A CR or LF alone does not end it.
func measureProxy1(b []byte) (int, error) {
	if len(b) > len(proxySignature1) && b[len(proxySignature1)] != ' ' {
		return 0, proxyError(ProxyMalformed, "PROXY is followed by %q, not by a space",
			b[len(proxySignature1)])
	}
	line := b[:min(len(b), proxyLine)]
	switch end := bytes.IndexByte(line, '\n'); {
	case end >= 0 && line[end-1] == '\r':
		return end + 1, nil
	case end >= 0:
		return 0, proxyError(ProxyMalformed, "the line ends with LF, not with CRLF")
	case len(line) == proxyLine:
		return 0, proxyError(ProxyTooLarge, "a line of more than %d bytes", proxyLine)
	}
	return len(b) + 1, nil
}

// measureProxy2 is measure for a binary header (2.2): signature, version and command, family and
// protocol, two bytes of length.
func (x *Proxy) measureProxy2(b []byte) (int, error) {
	if len(b) > 12 {
		if err := checkProxyCommand(b[12]); err != nil {
			return 0, err
		}
	}
	if len(b) > 13 {
		if err := checkProxyFamily(b[12], b[13]); err != nil {
			return 0, err
		}
	}
	if len(b) < proxyFixed {
		return proxyFixed, nil
	}
	size := proxyFixed + int(binary.BigEndian.Uint16(b[14:]))
	if size > x.max {
		return 0, proxyError(ProxyTooLarge, "a header of %d bytes, at most %d are allowed", size,
			x.max)
	}
	addresses, _ := proxyAddressSize(b[13])
	if !proxyIsLocal(b) && size < proxyFixed+addresses {
		return 0, proxyError(ProxyMalformed, "addresses of %d bytes in a header of %d", addresses,
			size)
	}
	return size, nil
}

// checkProxyCommand wants version 2 and a command that is assigned (2.2).
func checkProxyCommand(b byte) error {
	switch proxyproto.ProtocolVersionAndCommand(b) {
	case proxyproto.LOCAL, proxyproto.PROXY:
		return nil
	}
	return proxyError(ProxyMalformed, "version %d, command %d", b>>4, b&0x0F)
}

// checkProxyFamily wants one of the families that the text lists (2.2), with addresses that a peer
// on the network can have. LOCAL makes it ignored.
func checkProxyFamily(command, family byte) error {
	if proxyproto.ProtocolVersionAndCommand(command).IsLocal() {
		return nil
	}
	if _, known := proxyAddressSize(family); !known {
		return proxyError(ProxyMalformed, "address family %d, protocol %d", family>>4, family&0x0F)
	}
	if proxyproto.AddressFamilyAndProtocol(family).IsUnix() {
		return proxyError(ProxyFamily, "the proxy forwards a connection from a UNIX socket; "+
			"let it send LOCAL or the address of a TCP client")
	}
	return nil
}

// proxyAddressSize is the length of the addresses of a family and protocol (2.2).
func proxyAddressSize(family byte) (size int, known bool) {
	switch proxyproto.AddressFamilyAndProtocol(family) {
	case proxyproto.UNSPEC:
		return 0, true
	case proxyproto.TCPv4, proxyproto.UDPv4:
		return 2*4 + 2*2, true
	case proxyproto.TCPv6, proxyproto.UDPv6:
		return 2*16 + 2*2, true
	case proxyproto.UnixStream, proxyproto.UnixDatagram:
		return 2 * 108, true
	}
	return 0, false
}

// proxyIsLocal reports whether b, a header of version 2, has the command LOCAL.
func proxyIsLocal(b []byte) bool {
	return proxyproto.ProtocolVersionAndCommand(b[12]).IsLocal()
}

// missingProxy says who is misconfigured when b, not empty, does not begin as a header does.
func missingProxy(b []byte) error {
	const expected = "this listener expects a PROXY header (haproxy on) but the peer "
	if speaks := SpokenBy(b); speaks != "" {
		return proxyError(ProxyMissing, expected+"speaks %s: add send-proxy-v2 on the proxy, or "+
			"connect to another listener", speaks)
	}
	return proxyError(ProxyMissing, expected+"begins with % x: add send-proxy-v2 on the proxy, or "+
		"connect to another listener", b[:min(len(b), proxyFixed)])
}

// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package transport

import (
	"bufio"
	"bytes"
	"net"
	"net/netip"

	"github.com/pires/go-proxyproto"
)

// parseProxy1 reads a whole line (2.1).
func parseProxy1(line []byte) (*ProxyHeader, error) {
	h := &ProxyHeader{Version: 1}
	parsed, err := readProxy(line)
	if err != nil {
		return nil, err
	}
	// For UNKNOWN the library says LOCAL, and the rest of the line is to be ignored.
	if parsed.TransportProtocol.IsUnspec() {
		return h, nil
	}
	if err := h.setAddresses(parsed); err != nil {
		return nil, err
	}
	return h, nil
}

// parseProxy2 reads a whole binary header (2.2), of which measure has seen that command, family and
// length fit together.
func parseProxy2(b []byte) (*ProxyHeader, error) {
	h := &ProxyHeader{Version: 2, Local: proxyIsLocal(b)}
	addresses, known := proxyAddressSize(b[13])
	tlvs := proxyFixed + addresses
	if h.Local && (!known || tlvs > len(b)) {
		return h, nil // no telling where TLVs begin, and LOCAL has all of it discarded anyway
	}
	if !h.Local && addresses > 0 {
		parsed, err := readProxy(withoutTLVs(b[:tlvs]))
		if err != nil {
			return nil, err
		}
		if err := h.setAddresses(parsed); err != nil {
			return nil, err
		}
	}
	if err := h.readTLVs(b, tlvs); err != nil {
		return nil, err
	}
	if h.Local {
		// Read all the same: a proxy that garbles TLVs is better found out by its health checks.
		*h = ProxyHeader{Version: 2, Local: true}
	}
	return h, nil
}

// withoutTLVs returns a copy of b, a header cut off behind its addresses, with the length that it
// has now. The library gets no more, because it would copy the TLVs, and refuses headers above a
// limit that is one variable for the whole process.
func withoutTLVs(b []byte) []byte {
	b = bytes.Clone(b)
	b[14], b[15] = 0, byte(len(b)-proxyFixed)
	return b
}

// readProxy has the library read a whole header without TLVs. Its Reader must hold a line at once,
// or it is refused as an incomplete one.
func readProxy(b []byte) (*proxyproto.Header, error) {
	parsed, err := proxyproto.Read(bufio.NewReaderSize(bytes.NewReader(b), len(b)))
	if err != nil {
		return nil, proxyError(ProxyMalformed, "%w", err)
	}
	return parsed, nil
}

// setAddresses takes the addresses of TCP or UDP.
func (h *ProxyHeader) setAddresses(parsed *proxyproto.Header) error {
	var ok1, ok2 bool
	h.Source, ok1 = addrPortOf(parsed.SourceAddr)
	h.Destination, ok2 = addrPortOf(parsed.DestinationAddr)
	if !ok1 || !ok2 {
		return proxyError(ProxyMalformed, "addresses %v and %v", parsed.SourceAddr,
			parsed.DestinationAddr)
	}
	return nil
}

// addrPortOf converts an address without asking anybody for names. An IPv4 address in the form of
// IPv6 becomes what it is, so that rules about networks match it.
func addrPortOf(a net.Addr) (netip.AddrPort, bool) {
	var found netip.AddrPort
	switch a := a.(type) {
	case *net.TCPAddr:
		found = a.AddrPort()
	case *net.UDPAddr:
		found = a.AddrPort()
	}
	return netip.AddrPortFrom(found.Addr().Unmap(), found.Port()), found.IsValid()
}

// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package transport

import (
	"fmt"
	"net/netip"
)

// Why a connection has no usable PROXY header.
const (
	// ProxyMissing: what came first cannot be a PROXY header; somebody speaks to the wrong port.
	ProxyMissing Reason = "proxy_missing"
	// ProxyMalformed: a PROXY header that breaks the rules of its version, or of its checksum.
	ProxyMalformed Reason = "proxy_malformed"
	// ProxyTooLarge: a header that is longer than allowed, or a line that does not end.
	ProxyTooLarge Reason = "proxy_too_large"
	// ProxyFamily: the address forwarded is one of AF_UNIX, which is no address of a peer.
	ProxyFamily Reason = "proxy_family"
)

// ProxyHeader is what a proxy says about the connection it forwards. It borrows nothing.
type ProxyHeader struct {
	// Source is the client and Destination what it connected to. They are not valid when the proxy
	// does not say: Local, UNKNOWN of version 1, AF_UNSPEC. Then the socket's own addresses hold.
	Source, Destination netip.AddrPort
	// TLS is nil when the proxy says nothing about TLS.
	TLS *ProxyTLS
	// Authority is the host name the client asked for (SNI), "" for none: UTF-8 of at most 255
	// bytes without control characters.
	Authority string
	// Version is that of the header, 1 or 2.
	Version byte
	// Local is true when the proxy speaks for itself, as in a health check. Version 1 cannot say
	// so: UNKNOWN only means that the addresses are not known.
	Local bool
}

// ProxyTLS is what a proxy says about TLS between the client and itself (version 2, 2.2.6). Its
// strings are UTF-8 without control characters.
type ProxyTLS struct {
	// Encrypted is true when the client spoke TLS to the proxy.
	Encrypted bool
	// Verified is true when the client showed a certificate, on this connection or before in this
	// TLS session, and the proxy found it valid. HAProxy sends a verify of 0, success, also for
	// clients without a certificate and without TLS, so that alone says nothing.
	Verified bool
	// CommonName is that of the certificate, at most 256 bytes; "" unless Verified, and when the
	// proxy was not told to send it. X.520 says 64 characters, which not all authorities know.
	CommonName string
	// Version and Cipher of TLS, "" when the proxy does not say.
	Version, Cipher string
}

const (
	// DefaultMaxProxyHeader is room for addresses, names and a client certificate.
	DefaultMaxProxyHeader = 4096
	// leastMaxProxyHeader is the fixed part of version 2 and its longest addresses.
	leastMaxProxyHeader = proxyFixed + 2*108
)

// Proxy takes the PROXY header off the front of one connection. A header that arrived whole is not
// copied; of one that did not, the bytes so far are kept until the rest is there.
//
// Invariant: kept holds less than one header.
type Proxy struct {
	kept []byte
	max  int
}

// NewProxy returns a Proxy that accepts a whole header of at most max bytes; 0 means
// DefaultMaxProxyHeader, and what is too small for the addresses is raised to fit them.
func NewProxy(max int) *Proxy {
	switch {
	case max == 0:
		max = DefaultMaxProxyHeader
	case max < leastMaxProxyHeader:
		max = leastMaxProxyHeader
	}
	return &Proxy{max: max}
}

// Next takes what the peer sent, which it borrows until it returns. While the header is incomplete
// h is nil and rest is empty. Once it is complete h is not nil, rest is the end of in that does not
// belong to it, and the Proxy is done. After an error, always an *Error, the connection cannot go
// on.
func (x *Proxy) Next(in []byte) (h *ProxyHeader, rest []byte, err error) {
	whole, rest, err := x.cut(in)
	if err != nil {
		x.kept = nil
		return nil, nil, err
	}
	if whole == nil {
		return nil, nil, nil
	}
	x.kept = nil
	if whole[0] == proxySignature1[0] {
		h, err = parseProxy1(whole)
	} else {
		h, err = parseProxy2(whole)
	}
	if err != nil {
		return nil, nil, err
	}
	return h, rest, nil
}

// cut returns the header and what of in is behind it, or nil while it is not all there.
func (x *Proxy) cut(in []byte) (whole, rest []byte, err error) {
	if x.kept == nil {
		size, err := x.measure(in)
		if err != nil {
			return nil, nil, err
		}
		if size <= len(in) {
			return in[:size], in[size:], nil
		}
		x.keep(in)
		return nil, nil, nil
	}
	for {
		size, err := x.measure(x.kept)
		if err != nil {
			return nil, nil, err
		}
		if size <= len(x.kept) {
			return x.kept, in, nil
		}
		if len(in) == 0 {
			return nil, nil, nil
		}
		taken := min(size-len(x.kept), len(in))
		x.keep(in[:taken])
		in = in[taken:]
	}
}

// keep adds a copy of b to the kept bytes, which stay at or below max. Room doubles as bytes
// arrive: the length that a header claims costs nothing until it is there.
func (x *Proxy) keep(b []byte) {
	need := len(x.kept) + len(b)
	if need > cap(x.kept) {
		room := max(need, min(2*cap(x.kept), x.max))
		x.kept = append(make([]byte, 0, room), x.kept...)
	}
	x.kept = append(x.kept, b...)
}

func proxyError(reason Reason, format string, values ...any) error {
	return &Error{Reason: reason, Err: fmt.Errorf(format, values...)}
}

// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package transport

import (
	"encoding/binary"
	"errors"
	"fmt"
)

// From RFC 8446: the record (5.1) and the handshake message (4).
const (
	recordHeader    = 5
	recordHandshake = 22
	maxRecord       = 1 << 14
	messageHeader   = 4
	clientHello     = 1
)

// hello collects the records of a ClientHello. Each byte is looked at once, however they arrive.
type hello struct {
	bytes   []byte
	at      int     // where the next record begins
	message int     // bytes of the message in the records before
	header  [4]byte // the first ones of them
}

// add takes bytes from the peer and tells whether the ClientHello is complete. It is wrong as soon
// as what has come cannot become one; whether it makes sense is for crypto/tls to say.
func (h *hello) add(in []byte) (bool, error) {
	h.bytes = append(h.bytes, in...)
	for {
		b := h.bytes[h.at:]
		if len(b) > 0 && b[0] != recordHandshake || len(b) > 1 && b[1] != 3 {
			return false, notTLS(h.bytes)
		}
		if len(b) < recordHeader {
			return false, nil
		}
		n := int(binary.BigEndian.Uint16(b[3:]))
		if n == 0 || n > maxRecord {
			return false, helloError("a record of %d bytes", n)
		}
		if len(b) < recordHeader+n {
			return false, nil
		}
		if h.message < messageHeader {
			copy(h.header[h.message:], b[recordHeader:recordHeader+n])
		}
		h.message += n
		h.at += recordHeader + n
		if whole, err := h.whole(); whole || err != nil {
			return whole, err
		}
	}
}

// whole looks at the message.
func (h *hello) whole() (bool, error) {
	if h.header[0] != clientHello {
		return false, helloError("message %d comes first", h.header[0])
	}
	if h.message < messageHeader {
		return false, nil
	}
	n := int(binary.BigEndian.Uint32(h.header[:]) & 0xFFFFFF)
	if n > maxHello || h.at > maxHello {
		return false, helloError("a ClientHello of %d bytes", n)
	}
	return h.message >= messageHeader+n, nil
}

func helloError(format string, args ...any) error {
	return &Error{TLSHello, fmt.Errorf("TLS: "+format, args...)}
}

// notTLS says who is misconfigured when b, not empty, does not begin as TLS does.
func notTLS(b []byte) error {
	const expected = "this listener expects TLS but the peer "
	switch speaks := SpokenBy(b); speaks {
	case "", "TLS":
		return &Error{TLSNotTLS, fmt.Errorf(expected+"begins with % x", b[:min(len(b), 16)])}
	case "the PROXY protocol":
		return &Error{TLSNotTLS, errors.New(expected + "speaks " + speaks +
			": say haproxy on, or take send-proxy off the proxy")}
	default:
		return &Error{TLSNotTLS, errors.New(expected + "speaks " + speaks + " without it")}
	}
}

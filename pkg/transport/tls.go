// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package transport

import (
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"

	"github.com/flashmq/flashmq/pkg/buffer"
)

// Reasons of TLS.
const (
	TLSNotTLS      Reason = "tls_not_tls"     // the peer speaks something else
	TLSHello       Reason = "tls_hello"       // a ClientHello that is none, or too large
	TLSHandshake   Reason = "tls_handshake"   // no agreement
	TLSCertificate Reason = "tls_certificate" // the client's certificate is not accepted
	TLSOverload    Reason = "tls_overload"    // it gave way to others while it said nothing
	TLSRecord      Reason = "tls_record"      // a record that cannot be decrypted, or a bad message
	TLSAlert       Reason = "tls_alert"       // the peer says that something is wrong
)

// Ours.
const (
	// maxHello is the largest ClientHello, records and all; crypto/tls would take as much.
	maxHello = 64 << 10
	// maxEarly is how much of what follows the handshake is kept while the last step of it is not
	// done yet; with more, Congested says that reading should pause.
	maxEarly = 64 << 10
)

// TLSOptions are what the connections of one listener have in common.
type TLSOptions struct {
	Config     *tls.Config
	Handshakes *Handshakes
}

// TLS is the server's end of one TLS connection.
//
// First the loop collects the ClientHello: a peer that says nothing has no goroutine and next to no
// memory. Then the handshake is a coroutine of a worker. Then the connection is the loop's alone.
type TLS struct {
	options *TLSOptions
	conn    *tls.Conn
	wire    wire
	hello   *hello // nil before its first byte and when it is complete
	full    bool
}

// NewTLS returns the layer for a connection that was just accepted.
func NewTLS(o *TLSOptions) *TLS { return &TLS{options: o} }

// Open tells whether the handshake is over and application data can be sent.
func (t *TLS) Open() bool { return t.conn != nil && t.wire.shake == nil }

// State is what was agreed on; only after Open.
func (t *TLS) State() tls.ConnectionState { return t.conn.ConnectionState() }

// Congested tells that what came during the handshake is enough: reading should pause until Open.
func (t *TLS) Congested() bool { return t.full }

// Receive takes bytes from the peer. Before Open they are copied, afterwards borrowed: Read until
// there is no more before the next call. notify is called on another goroutine whenever Settle has
// something to do.
func (t *TLS) Receive(in []byte, now int64, notify func()) error {
	switch {
	case t.Open():
		t.wire.in = in
		return nil
	case t.conn != nil:
		t.full = t.wire.shake.feed(in) > maxEarly
		return nil
	}
	if t.hello == nil {
		t.hello = new(hello)
	}
	whole, err := t.hello.add(in)
	if err != nil || !whole {
		return err
	}
	h := &handshake{notify: notify, in: t.hello.bytes, workers: &t.options.Handshakes.steps}
	t.hello = nil
	t.wire.shake = h
	t.conn = tls.Server(&t.wire, t.options.Config)
	h.conn = t.conn
	t.options.Handshakes.start(h, now)
	return nil
}

// Settle takes over what the handshake has brought: bytes for the peer, and its end. Without an
// error and with Open, what has come already waits for Read.
func (t *TLS) Settle(p *buffer.Pool, out *buffer.Out) error {
	h := t.wire.shake
	if h == nil {
		return nil
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	out.Append(p, h.out)
	h.out = h.out[:0]
	if !h.ended {
		return nil
	}
	t.wire.shake, t.full = nil, false
	if h.err != nil {
		return explainHandshake(h)
	}
	t.wire.in = h.in
	return nil
}

// Read decrypts into b, at least as much as one record holds when b has room for it; 0 without an
// error says that more has to come first. io.EOF is the peer's goodbye. What the protocol itself
// has to answer is appended to out.
func (t *TLS) Read(p *buffer.Pool, b []byte, out *buffer.Out) (int, error) {
	if !t.Open() {
		return 0, nil
	}
	t.wire.pool, t.wire.out = p, out
	n, err := t.conn.Read(b)
	t.wire.pool, t.wire.out = nil, nil
	switch {
	case err == nil, n > 0:
		return n, nil
	case errors.Is(err, errNothing):
		return 0, nil
	case errors.Is(err, io.EOF):
		return 0, io.EOF
	}
	return 0, explainRecord(err)
}

// Hold keeps a copy of what Receive lent and Read has not used, until Read is called again.
func (t *TLS) Hold() { t.wire.in = append([]byte(nil), t.wire.in...) }

// Write appends b, encrypted, to out. Only after Open.
func (t *TLS) Write(p *buffer.Pool, b []byte, out *buffer.Out) error {
	t.wire.pool, t.wire.out = p, out
	_, err := t.conn.Write(b)
	t.wire.pool, t.wire.out = nil, nil
	if err != nil {
		return &Error{TLSRecord, fmt.Errorf("TLS: %w", err)}
	}
	return nil
}

// Close appends our goodbye to out.
func (t *TLS) Close(p *buffer.Pool, out *buffer.Out) {
	if !t.Open() {
		return
	}
	t.wire.pool, t.wire.out = p, out
	_ = t.conn.CloseWrite() // it can only fail because the connection has failed before
	t.wire.pool, t.wire.out = nil, nil
}

// Remind is to be called about once a second until Open: a handshake that waits for its turn gets a
// place, if others have had theirs for long.
func (t *TLS) Remind(now int64) {
	if h := t.wire.shake; h != nil {
		t.options.Handshakes.remind(h, now)
	}
}

// End says that the peer has gone, and tells whether a handshake is under way that may still say
// why: its end comes by notify, as ever.
func (t *TLS) End() bool {
	if h := t.wire.shake; h != nil {
		h.end()
		return true
	}
	return false
}

// Abandon ends a handshake under way: the connection is no more.
func (t *TLS) Abandon() {
	if h := t.wire.shake; h != nil {
		t.options.Handshakes.giveUp(h)
	}
}

// explainHandshake says why a handshake failed. Under its mutex.
func explainHandshake(h *handshake) error {
	var certificate *tls.CertificateVerificationError
	reason, err := TLSHandshake, h.err
	plain, alert := h.alert()
	switch {
	case h.aborted:
		reason = TLSOverload
	case errors.As(err, &certificate):
		reason = TLSCertificate
	case alerted(err):
		reason = TLSAlert
	case alert:
		reason, err = TLSAlert, fmt.Errorf("remote error: %w", plain)
	}
	return &Error{reason, fmt.Errorf("TLS handshake: %w", err)}
}

func explainRecord(err error) error {
	if alerted(err) {
		return &Error{TLSAlert, fmt.Errorf("TLS: %w", err)}
	}
	return &Error{TLSRecord, fmt.Errorf("TLS: %w", err)}
}

// alerted tells whether the peer has sent an alert; crypto/tls reports it that way.
func alerted(err error) bool {
	var op *net.OpError
	return errors.As(err, &op) && op.Op == "remote error"
}

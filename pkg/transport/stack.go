// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package transport

import (
	"crypto/tls"
	"net/netip"

	"github.com/flashmq/flashmq/pkg/buffer"
)

// The way of bytes through a Stack:
//
//	Receive   PROXY header -> TLS -> WebSocket -> Upper.Receive
//	Send      WebSocket -> TLS -> Wire
//	Settle    a handshake of TLS has something to say, or has ended
//	Resume    the upper layer is ready again

// Options are the layers of one listener. A nil layer is not there.
type Options struct {
	Proxy     *ProxyOptions
	TLS       *TLSOptions
	WebSocket *WebSocketOptions
	// ACME answers requests for challenges where MQTT comes next and begins differently.
	ACME *WebSocketOptions
}

// ProxyOptions are what a PROXY header may be.
type ProxyOptions struct {
	MaxHeader int // bytes; 0: DefaultMaxProxyHeader
}

// Upper is who gets what the layers have unwrapped. An error ends the connection.
type Upper interface {
	// Remote is who is at the other end, as far as it is known.
	Remote() netip.Addr
	// Proxied: the PROXY header has come. From then on Remote is whom it names.
	Proxied(h *ProxyHeader) error
	// Secured: the handshake of TLS has ended well.
	Secured(state *tls.ConnectionState) error
	// Upgraded: the WebSocket handshake has ended well. client is whom a trusted reverse proxy
	// speaks for; not valid when there is none.
	Upgraded(client netip.Addr) error
	// Receive takes application data, borrowed until the return. When it says no, it is the last
	// call until Resume.
	Receive(in []byte) (more bool)
}

// Loop is what the Stacks of one loop share.
type Loop struct {
	Pool *buffer.Pool
	// plain is for what was decrypted, and for what is to be encrypted together.
	plain  []byte
	chunks [][]byte
}

// NewLoop returns what the Stacks need that take their memory from p.
func NewLoop(p *buffer.Pool) *Loop { return &Loop{Pool: p, plain: make([]byte, maxRecord)} }

// Stack is the layers of one connection. It belongs to the connection's loop. What few connections
// need is behind pointers: an idle one pays for the rest.
type Stack struct {
	options *Options
	upper   Upper

	proxy *Proxy // nil when its header has come
	tls   *secure
	ws    *WebSocket

	wire buffer.Out // what the socket is to be given
	rest *[]byte    // what came out of TLS and the upper layer has not taken; nil: nothing

	secured, upgraded bool
	begun             bool // the first byte of what is above TLS has come
	stopped           bool // Upper.Receive said no
	closed            bool // Close was called
}

// secure is what a Stack with TLS has besides.
type secure struct {
	TLS
	notify func()
	said   buffer.Out // what the WebSocket layer has said
}

// Start begins with the layers of a connection that was just accepted. notify is called on another
// goroutine when the connection's loop shall call Settle; it may come late, or in vain. nil does
// without TLS.
func (s *Stack) Start(o *Options, upper Upper, notify func()) {
	*s = Stack{options: o, upper: upper}
	if o.Proxy != nil {
		s.proxy = NewProxy(o.Proxy.MaxHeader)
	}
	if o.TLS != nil {
		s.tls = &secure{TLS: *NewTLS(o.TLS), notify: notify}
	}
}

// Receive takes bytes from the socket at the instant now; they are borrowed. Not while stopped.
func (s *Stack) Receive(l *Loop, in []byte, now int64) error {
	if s.proxy != nil {
		h, rest, err := s.proxy.Next(in)
		if err != nil || h == nil {
			return err
		}
		s.proxy = nil
		if err := s.upper.Proxied(h); err != nil {
			return err
		}
		in = rest
	}
	if len(in) == 0 {
		return nil
	}
	if s.tls == nil {
		return s.unwrap(l, in)
	}
	if err := s.tls.Receive(in, now, s.tls.notify); err != nil {
		return err
	}
	return s.decrypt(l)
}

// Settle takes over what a handshake of TLS has brought.
func (s *Stack) Settle(l *Loop) error {
	if s.tls == nil || s.secured {
		return nil
	}
	if err := s.tls.Settle(l.Pool, &s.wire); err != nil || !s.tls.Open() {
		return err
	}
	s.secured = true
	state := s.tls.State()
	if err := s.upper.Secured(&state); err != nil {
		return err
	}
	return s.decrypt(l)
}

// Remind is to be called about once a second until the handshake of TLS is over.
func (s *Stack) Remind(now int64) {
	if s.tls != nil {
		s.tls.Remind(now)
	}
}

// Verdict is Settle for a connection that is no more: only why its handshake has failed counts.
func (s *Stack) Verdict(l *Loop) error { return s.tls.Settle(l.Pool, &s.wire) }

// Resume goes on after the upper layer has stopped.
func (s *Stack) Resume(l *Loop) error {
	s.stopped = false
	if rest := s.rest; rest != nil {
		s.rest = nil
		if err := s.unwrap(l, *rest); err != nil {
			return err
		}
	}
	return s.decrypt(l)
}

// decrypt hands on what TLS has for us.
func (s *Stack) decrypt(l *Loop) error {
	if s.tls == nil || !s.tls.Open() {
		return nil
	}
	for !s.stopped {
		n, err := s.tls.Read(l.Pool, l.plain, &s.wire)
		if n == 0 || err != nil {
			return err
		}
		if err := s.unwrap(l, l.plain[:n]); err != nil {
			return err
		}
	}
	s.tls.Hold()
	return nil
}

// unwrap hands on what came out of TLS, or from the socket.
func (s *Stack) unwrap(l *Loop, in []byte) error {
	if len(in) == 0 {
		return nil
	}
	if !s.begun {
		s.begin(in[0])
	}
	if s.ws == nil {
		s.stopped = !s.upper.Receive(in)
		return nil
	}
	for len(in) > 0 {
		if s.stopped {
			s.keep(in)
			return nil
		}
		data, rest, err := s.ws.Next(l.Pool, in, s.above())
		if err == nil && !s.upgraded && s.ws.Ready() {
			s.upgraded = true
			err = s.upper.Upgraded(s.ws.Client())
		}
		if len(data) > 0 {
			s.stopped = !s.upper.Receive(data)
		}
		if err != nil {
			return err
		}
		in = rest
	}
	return nil
}

// keep holds what the upper layer does not take now.
func (s *Stack) keep(in []byte) {
	if s.rest == nil {
		s.rest = new([]byte)
	}
	*s.rest = append(*s.rest, in...)
}

// begin finds out from the first byte what comes next.
func (s *Stack) begin(first byte) {
	s.begun = true
	switch {
	case s.options.WebSocket != nil:
		s.ws = NewWebSocket(s.options.WebSocket, s.upper.Remote())
	case s.options.ACME != nil && first == methods[0][0]:
		s.ws = NewWebSocket(s.options.ACME, s.upper.Remote())
	}
}

// above is where the layer above TLS has its output.
func (s *Stack) above() *buffer.Out {
	if s.tls == nil {
		return &s.wire
	}
	return &s.tls.said
}

// Wire is what is to be written to the socket.
func (s *Stack) Wire() *buffer.Out { return &s.wire }

// Congested tells that reading should pause until the next Settle that ends the handshake.
func (s *Stack) Congested() bool { return s.tls != nil && s.tls.Congested() }

// Ready tells whether all layers have done with talking about themselves.
func (s *Stack) Ready() bool {
	return s.proxy == nil && (s.tls == nil || s.secured) &&
		(s.options.WebSocket == nil || s.upgraded)
}

// Unsent tells whether Send has something to do even with nothing from above.
func (s *Stack) Unsent() bool { return s.tls != nil && s.tls.said.Len() > 0 }

// From RFC 6455 (7.4.1).
const closeNormal = 1000

// Ours: with so much encrypted, Send leaves the rest for when the socket has taken it.
const maxSealed = 256 << 10

// Send moves what waits in from, as far as the layers are ready for it, to Wire.
func (s *Stack) Send(l *Loop, from *buffer.Out) error {
	switch {
	case s.ws != nil:
		s.ws.Send(l.Pool, from, s.above())
	case s.tls == nil:
		s.wire.Take(l.Pool, from)
	}
	if s.tls == nil || !s.tls.Open() {
		return nil
	}
	if s.ws != nil {
		from = &s.tls.said
	}
	return s.encrypt(l, from)
}

// encrypt makes records of what waits in from, as large as they may be.
func (s *Stack) encrypt(l *Loop, from *buffer.Out) error {
	for from.Len() > 0 && s.wire.Len() < maxSealed {
		b := s.gather(l, from)
		if err := s.tls.Write(l.Pool, b, &s.wire); err != nil {
			return err
		}
		from.Consume(l.Pool, len(b))
	}
	return nil
}

// gather returns the first bytes of from: a chunk of it that fills records, or what fits one
// record, copied together.
func (s *Stack) gather(l *Loop, from *buffer.Out) []byte {
	if b, single := from.Single(); single {
		return b[:min(len(b), maxSealed)]
	}
	l.chunks = from.Chunks(l.chunks[:0], cap(l.plain)/64)
	if first := l.chunks[0]; len(first) >= maxRecord {
		return first[:min(len(first), maxSealed)]
	}
	b := l.plain[:0]
	for _, chunk := range l.chunks {
		b = append(b, chunk[:min(len(chunk), cap(b)-len(b))]...)
	}
	clear(l.chunks)
	return b
}

// Close appends the layers' goodbyes to Wire, once: call it when everything else has been sent.
func (s *Stack) Close(l *Loop) {
	if s.closed {
		return
	}
	s.closed = true
	if s.ws != nil {
		s.ws.Close(l.Pool, closeNormal, s.above())
	}
	if s.tls != nil && s.tls.Open() {
		_ = s.encrypt(l, &s.tls.said) // it is over either way
		s.tls.Close(l.Pool, &s.wire)
	}
}

// End says that the peer has gone, and tells whether Settle will have something to say about it.
func (s *Stack) End() bool { return s.tls != nil && s.tls.End() }

// Reset gives back all memory: the connection is gone.
func (s *Stack) Reset(l *Loop) {
	s.wire.Reset(l.Pool)
	if s.ws != nil {
		s.ws.Reset(l.Pool)
	}
	if s.tls != nil {
		s.tls.said.Reset(l.Pool)
		s.tls.Abandon()
	}
}

// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package door

import (
	"crypto/tls"
	"errors"
)

// Kind is what lies between socket and MQTT. It never changes, and all loops share it.
type Kind struct {
	TLS  *tls.Config // nil: no TLS
	Host string      // that a WebSocket request is for, with its port
	Path string      // of that request; "": no WebSocket
}

// Doors makes the doors of one loop, which share buffers.
type Doors struct {
	kind  *Kind
	out   []byte // for the socket
	frame []byte // on its way into TLS
}

// NewDoors returns those of a loop.
func NewDoors(k *Kind) *Doors { return &Doors{kind: k} }

// Out is what the calls since the last Out have for the socket. It stays ours, and is good until
// the next call for any of the doors.
func (s *Doors) Out() []byte {
	out := s.out
	s.out = s.out[:0]
	return out
}

// Door is one connection's way in.
type Door struct {
	// Unread says that the peer has much to read still. Its pings get no answer then: it could have
	// us collect answers for ever, and one to the most recent ping is enough (RFC 6455 5.5.3).
	Unread bool

	doors *Doors
	wire  wire
	tls   *tls.Conn  // nil: no TLS
	shake *handshake // nil: it is over, or there is none
	web   *webSocket // nil: no WebSocket
	gone  bool       // the peer said goodbye in TLS
}

// New returns a door that is not open yet.
func (s *Doors) New() *Door {
	d := &Door{doors: s, wire: wire{doors: s}}
	if s.kind.TLS != nil {
		d.tls = tls.Client(&d.wire, s.kind.TLS)
	}
	if s.kind.Path != "" {
		d.web = new(webSocket)
	}
	return d
}

// Begin says the first thing: to be called once, when the socket is connected.
func (d *Door) Begin() error {
	if d.tls == nil {
		return d.ask()
	}
	d.shake = newHandshake(d)
	return d.goOn()
}

// Open tells whether the layers are there and Write may be called.
func (d *Door) Open() bool { return d.shake == nil && (d.web == nil || d.web.open) }

// What a Door may be doing.
const (
	TLSHandshake       = "TLS handshake"
	WebSocketHandshake = "WebSocket handshake"
)

// Doing is what a Door that is not open is busy with.
func (d *Door) Doing() string {
	if d.shake != nil {
		return TLSHandshake
	}
	return WebSocketHandshake
}

// State is what TLS has agreed on, nil without TLS; only after Open.
func (d *Door) State() *tls.ConnectionState {
	if d.tls == nil {
		return nil
	}
	s := d.tls.ConnectionState()
	return &s
}

// Receive borrows bytes from the peer: Read until it has taken all of them.
func (d *Door) Receive(in []byte) { d.wire.in = in }

// Read takes application data out of the layers, into b. What it leaves room for in b was not there
// yet. Data returned beside an error is good and comes first.
func (d *Door) Read(b []byte) (n int, err error) {
	if d.shake != nil {
		if err := d.goOn(); err != nil {
			return 0, err
		}
	}
	for d.shake == nil && n < len(b) {
		m, err := d.decrypt(b[n:])
		if m == 0 || err != nil {
			return n, err
		}
		if d.web != nil {
			if m, err = d.unframe(b[n : n+m]); err != nil {
				return n + m, err
			}
		}
		n += m
	}
	return n, nil
}

// decrypt is Read without WebSocket.
func (d *Door) decrypt(b []byte) (int, error) {
	if d.tls == nil {
		n := copy(b, d.wire.in)
		d.wire.in = d.wire.in[n:]
		return n, nil
	}
	return d.readTLS(b)
}

// Write wraps b, which stays the caller's. It is one frame, and one record unless it is too large
// for that. After the peer has said goodbye it is thrown away.
func (d *Door) Write(b []byte) error {
	switch {
	case d.gone, d.web != nil && d.web.ended != nil: // RFC 6455 5.5.1
		return nil
	case d.web == nil:
		return d.encrypt(b)
	}
	return d.send(binaryFrame, b) // [MQTT-6.0.0-1]
}

// encrypt is Write without WebSocket.
func (d *Door) encrypt(b []byte) error {
	if d.tls == nil {
		d.doors.out = append(d.doors.out, b...)
		return nil
	}
	return d.writeTLS(b)
}

// Ended is why the peer ended the connection, if it said so.
func (d *Door) Ended() error {
	if d.web == nil {
		return nil
	}
	return d.web.ended
}

// Close ends a handshake under way. The connection is no more.
func (d *Door) Close() {
	d.wire.closed = true
	if d.shake != nil {
		d.shake.stop()
		d.shake = nil
	}
}

var errGivenUp = errors.New("the connection was given up")

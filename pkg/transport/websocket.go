// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package transport

import (
	"errors"
	"net/netip"

	"github.com/flashmq/flashmq/pkg/buffer"
)

// Ours.
const (
	// defaultMaxRequest is enough for the cookies of a site.
	defaultMaxRequest = 8 << 10
	// maxUnread is how much a peer may leave unread before its pings get no answer: it could have
	// us collect answers for ever. An answer to the most recent ping would be enough (RFC 6455
	// 5.5.3), and who does not read misses none.
	maxUnread = 64 << 10
)

// WebSocketOptions belong to one listener, are shared by its connections and never change.
type WebSocketOptions struct {
	// Paths of requests that are accepted, in the spelling of the request and without the query;
	// none: any.
	Paths []string
	// Origins that are accepted, scheme://host[:port] in any case; none: any. A request without
	// Origin is accepted, as it does not come from a browser (RFC 6455 10.2).
	Origins []string
	// MaxRequest is the number of bytes that the head of a request may have; 0: 8192.
	MaxRequest int
	// Trusted are the peers whose X-Real-IP and X-Forwarded-For are believed; nil: nobody. All
	// loops call it.
	Trusted func(netip.Addr) bool
	// ACMERedirect is the URL, without a slash at its end, to which requests for
	// /.well-known/acme-challenge/... are sent on, with their path; "": they are not.
	ACMERedirect string
	// ACMEOnly: there is no WebSocket here; all other requests are answered 404.
	ACMEOnly bool
}

func (o *WebSocketOptions) maxRequest() int {
	if o.MaxRequest > 0 {
		return o.MaxRequest
	}
	return defaultMaxRequest
}

// phase is how far a connection has come.
type phase uint8

const (
	phaseUpgrade phase = iota // the request has not arrived completely
	phaseOpen                 // frames in both directions
	phaseClosing              // our close frame is out; we wait for the peer's
	phaseEnded                // nothing that comes is looked at
)

// WebSocket is the Server's end of one connection (RFC 6455). Of what arrives it keeps only an
// incomplete request or control frame; payload of data frames is passed on as it comes, so no
// length that a frame claims costs memory.
//
// Invariant: kept is nil between frames.
// Invariant: left > 0 inside the payload of a frame; headed > 0 inside its header.
type WebSocket struct {
	options *WebSocketOptions
	kept    []byte // from the Pool: the request, or the payload of a control frame, so far
	client  netip.Addr
	left    uint64 // payload of this frame that has not arrived
	mask    uint32 // key of this frame, turned so that its lowest byte is for the next byte
	head    [maxHeader]byte
	headed  uint8 // bytes of head in use
	opcode  opcode
	phase   phase
	ready   bool // the handshake was completed
	trusted bool // the peer may speak for others
	inside  bool // of a fragmented message
}

// NewWebSocket returns the layer for a connection accepted from remote.
func NewWebSocket(o *WebSocketOptions, remote netip.Addr) *WebSocket {
	return &WebSocket{options: o, trusted: o.Trusted != nil && o.Trusted(remote.Unmap())}
}

// Next takes bytes from the peer, lent and unmasked in place, and handles some of them. It returns
// the application data at hand (a slice of in, maybe empty) and the bytes it has not looked at,
// for the next call; there is none to make when no byte is left. Answers are appended to out. An
// error, which is an *Error, ends the connection once out was written; data returned beside it is
// valid and comes first. What arrives after an error is ignored.
func (w *WebSocket) Next(
	p *buffer.Pool, in []byte, out *buffer.Out,
) (data, rest []byte, err error) {
	for len(in) > 0 && w.phase != phaseEnded {
		if w.phase == phaseUpgrade {
			rest, err = w.upgrade(p, in, out)
			return nil, rest, err
		}
		data, in, err = w.frame(p, in, out)
		if err != nil {
			return nil, nil, err
		}
		if len(data) > 0 && w.phase == phaseOpen {
			return data, in, nil
		}
	}
	return nil, nil, nil
}

// Send moves all that waits in from into one frame at the end of out (binary: [MQTT-6.0.0-1]). Not
// yet before the handshake is complete; after a close frame it is thrown away (RFC 6455 5.5.1).
func (w *WebSocket) Send(p *buffer.Pool, from, out *buffer.Out) {
	switch n := from.Len(); {
	case !w.ready || n == 0:
	case w.phase != phaseOpen:
		from.Reset(p)
	default:
		out.Commit(appendHeader(out.Reserve(p, maxHeader), binaryFrame, n))
		out.Take(p, from)
	}
}

// Close appends a close frame with a status code (RFC 6455 7.4.1), unless there was one before or
// the handshake is not complete. What arrives from now on is ignored, except the peer's answer,
// which Next reports as an error with the reason WebSocketClosed.
func (w *WebSocket) Close(p *buffer.Pool, code uint16, out *buffer.Out) {
	if w.phase != phaseOpen {
		return
	}
	w.phase = phaseClosing
	out.Append(p, []byte{finBit | byte(closeFrame), 2, byte(code >> 8), byte(code)})
}

// Ready reports whether the handshake was completed.
func (w *WebSocket) Ready() bool { return w.ready }

// Client is the address that a trusted peer says it speaks for, else not valid. It is known once
// the handshake is complete.
func (w *WebSocket) Client() netip.Addr { return w.client }

// Reset gives back to p what w has borrowed. The connection is gone, and w with it.
func (w *WebSocket) Reset(p *buffer.Pool) {
	w.release(p)
	w.phase = phaseEnded
}

// end is how w gives up: it keeps nothing and looks at nothing any more.
func (w *WebSocket) end(p *buffer.Pool, reason Reason, text string) error {
	w.Reset(p)
	return &Error{Reason: reason, Err: errors.New("websocket: " + text)}
}

// keep adds a copy of b to the kept bytes. Room doubles as bytes arrive, up to limit.
func (w *WebSocket) keep(p *buffer.Pool, b []byte, limit int) {
	need := len(w.kept) + len(b)
	switch {
	case w.kept == nil:
		w.kept = p.Get(need)
	case need > cap(w.kept):
		grown := append(p.Get(max(need, min(2*cap(w.kept), limit))), w.kept...)
		p.Put(w.kept)
		w.kept = grown
	}
	w.kept = append(w.kept, b...)
}

func (w *WebSocket) release(p *buffer.Pool) {
	if w.kept != nil {
		p.Put(w.kept)
		w.kept = nil
	}
}

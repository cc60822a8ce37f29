// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package transport

import (
	"encoding/binary"
	"unicode/utf8"

	"github.com/flashmq/flashmq/pkg/buffer"
)

// control takes a part of a control frame, and acts when it is the last one.
func (w *WebSocket) control(p *buffer.Pool, part []byte, out *buffer.Out) error {
	if len(part) > 0 && (w.left > 0 || w.kept != nil) {
		w.keep(p, part, maxControl)
		part = w.kept
	}
	if w.left > 0 {
		return nil
	}
	if w.opcode == closeFrame {
		return w.closed(p, part, out)
	}
	if w.opcode == pingFrame && w.phase == phaseOpen && out.Len() <= maxUnread {
		out.Append(p, []byte{finBit | byte(pongFrame), byte(len(part))})
		out.Append(p, part)
	}
	w.release(p)
	return nil
}

// closed answers the peer's close frame with the same status code, unless it answers ours
// (RFC 6455 5.5.1).
func (w *WebSocket) closed(p *buffer.Pool, body []byte, out *buffer.Out) error {
	if wrong := checkClose(body); wrong != nil {
		return w.violate(p, wrong, out)
	}
	if w.phase == phaseOpen {
		n := min(len(body), 2)
		out.Append(p, []byte{finBit | byte(closeFrame), byte(n)})
		out.Append(p, body[:n])
	}
	return w.end(p, WebSocketClosed, "closed by the peer")
}

func checkClose(body []byte) *violation {
	switch {
	case len(body) == 0:
		return nil
	case len(body) == 1 || !sendable(binary.BigEndian.Uint16(body)):
		return errCloseCode
	case !utf8.Valid(body[2:]):
		return errCloseReason
	}
	return nil
}

// sendable reports whether a close frame may hold the status code: one that RFC 6455 7.4.1 or the
// registry of IANA defines, or one for libraries and applications (7.4.2).
func sendable(code uint16) bool {
	return code >= 1000 && code <= 1003 || code >= 1007 && code <= 1014 ||
		code >= 3000 && code <= 4999
}

// violate gives up the connection, and tells the peer unless a close frame is out (RFC 6455 7.1.7).
func (w *WebSocket) violate(p *buffer.Pool, wrong *violation, out *buffer.Out) error {
	w.Close(p, wrong.code, out)
	return w.end(p, wrong.reason, wrong.text)
}

// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package door

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math/rand/v2"
)

// From the specification (RFC 6455 5.2).
const (
	continuationFrame = 0x0
	textFrame         = 0x1
	binaryFrame       = 0x2
	closeFrame        = 0x8
	pingFrame         = 0x9
	pongFrame         = 0xA

	finBit       = 0x80 // FIN, in the first byte
	reservedBits = 0x70 // RSV1 to RSV3, in the first byte
	maskBit      = 0x80 // MASK, in the second byte

	length16   = 126 // two bytes of length follow
	length64   = 127 // eight bytes of length follow
	maxControl = 125 // payload of a control frame (5.5)
	maxHeader  = 10  // of what comes: two bytes and eight of length
)

// What a server does wrong (RFC 6455 5).
var (
	errReserved  = errors.New("WebSocket: a frame has reserved bits")
	errOpcode    = errors.New("WebSocket: a frame of a kind that does not exist")
	errText      = errors.New("WebSocket: a text frame; MQTT goes into binary ones")
	errMasked    = errors.New("WebSocket: the server masks its frames")
	errControl   = errors.New("WebSocket: a control frame is too long or in pieces")
	errFragments = errors.New("WebSocket: the fragments of a message are mixed up")
	errLength    = errors.New("WebSocket: a length takes more bytes than it needs")
)

// webSocket is the client's end of one (RFC 6455). Of what arrives it keeps only the head of the
// answer, the header of a frame, and the payload of a control frame.
type webSocket struct {
	accept  string // that the answer has to have
	answer  []byte // its head, as far as it came
	open    bool
	inside  bool            // of a message in fragments
	opcode  byte            // of this frame
	headed  uint8           // bytes of head in use
	head    [maxHeader]byte // of a frame
	left    uint64          // payload of this frame that has not come
	control []byte          // payload of a control frame
	ended   error           // the server's close frame came: nothing else counts
}

// unframe leaves the payload of data frames at the front of b, and returns how much it is.
func (d *Door) unframe(b []byte) (n int, err error) {
	w, rest := d.web, b
	if !w.open {
		if rest, err = w.answered(b); err != nil {
			return 0, err
		}
	}
	for len(rest) > 0 && w.ended == nil {
		if w.left == 0 {
			var whole bool
			if rest, whole, err = w.begin(rest); err != nil || !whole {
				return n, err
			}
		}
		part := rest[:min(w.left, uint64(len(rest)))]
		rest = rest[len(part):]
		w.left -= uint64(len(part))
		if w.opcode < closeFrame {
			n += copy(b[n:], part)
			continue
		}
		w.control = append(w.control, part...)
		if w.left == 0 {
			if err := d.act(); err != nil {
				return n, err
			}
		}
	}
	return n, nil
}

// begin reads the header of a frame, of which a part may have come before.
func (w *webSocket) begin(b []byte) (rest []byte, whole bool, err error) {
	for i := range b {
		w.head[w.headed] = b[i]
		w.headed++
		whole, err := w.measure(w.head[:w.headed])
		if err != nil {
			return nil, false, err
		}
		if whole {
			w.headed = 0
			return b[i+1:], true, nil
		}
	}
	return nil, false, nil
}

// measure reads a header, and tells whether it is all there.
func (w *webSocket) measure(head []byte) (whole bool, err error) {
	if len(head) < 2 {
		return false, nil
	}
	if err := w.checkFirst(head[0], head[1]); err != nil {
		return false, err
	}
	length := uint64(head[1])
	switch {
	case length == length16 && len(head) == 4:
		if length = uint64(binary.BigEndian.Uint16(head[2:])); length < length16 {
			return false, errLength
		}
	case length == length64 && len(head) == 10:
		if length = binary.BigEndian.Uint64(head[2:]); length < 1<<16 || length >= 1<<63 {
			return false, errLength
		}
	case length >= length16:
		return false, nil
	}
	w.opcode, w.left, w.control = head[0]&0xF, length, w.control[:0]
	if w.opcode < closeFrame {
		w.inside = head[0]&finBit == 0
	}
	return true, nil
}

// checkFirst looks at the first two bytes of a frame.
func (w *webSocket) checkFirst(first, second byte) error {
	switch code := first & 0xF; {
	case first&reservedBits != 0:
		return errReserved
	case second&maskBit != 0:
		return errMasked
	case code > pongFrame || code > binaryFrame && code < closeFrame:
		return errOpcode
	case code >= closeFrame && (first&finBit == 0 || second > maxControl):
		return errControl
	case code == textFrame:
		return errText // [MQTT-6.0.0-1]
	case code < closeFrame && w.inside != (code == continuationFrame):
		return errFragments
	}
	return nil
}

// act does what a control frame asks for.
func (d *Door) act() error {
	w := d.web
	switch w.opcode {
	case pingFrame:
		if !d.Unread {
			return d.send(pongFrame, w.control)
		}
	case closeFrame:
		w.ended = errors.New("the broker closed the WebSocket")
		if len(w.control) >= 2 {
			code := binary.BigEndian.Uint16(w.control)
			w.ended = fmt.Errorf("the broker closed the WebSocket: status %d, %q", code,
				w.control[2:])
		}
		return d.send(closeFrame, w.control[:min(len(w.control), 2)])
	}
	return nil
}

// send wraps payload in one frame.
func (d *Door) send(opcode byte, payload []byte) error {
	// A key that nobody can foretell, for each frame anew (5.3): it costs a few nanoseconds.
	key := rand.Uint32()
	if d.tls == nil {
		d.doors.out = appendFrame(d.doors.out, opcode, payload, key)
		return nil
	}
	d.doors.frame = appendFrame(d.doors.frame[:0], opcode, payload, key)
	return d.encrypt(d.doors.frame)
}

// appendFrame appends a whole message.
func appendFrame(b []byte, opcode byte, payload []byte, key uint32) []byte {
	b = append(b, finBit|opcode)
	switch n := len(payload); {
	case n < length16:
		b = append(b, maskBit|byte(n))
	case n < 1<<16:
		b = binary.BigEndian.AppendUint16(append(b, maskBit|length16), uint16(n))
	default:
		b = binary.BigEndian.AppendUint64(append(b, maskBit|length64), uint64(n))
	}
	b = binary.LittleEndian.AppendUint32(b, key)
	at := len(b)
	b = append(b, payload...)
	mask(b[at:], key)
	return b
}

// mask applies the key to b in place (RFC 6455 5.3).
func mask(b []byte, key uint32) {
	wide := uint64(key)<<32 | uint64(key)
	for len(b) >= 8 {
		binary.LittleEndian.PutUint64(b, binary.LittleEndian.Uint64(b)^wide)
		b = b[8:]
	}
	for i := range b {
		b[i] ^= byte(wide >> (8 * i))
	}
}

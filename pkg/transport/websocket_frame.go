// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package transport

import (
	"encoding/binary"
	"math/bits"

	"github.com/flashmq/flashmq/pkg/buffer"
)

// opcode is the kind of a frame (RFC 6455 5.2).
type opcode uint8

// From the specification (RFC 6455).
const (
	continuationFrame opcode = 0x0
	textFrame         opcode = 0x1
	binaryFrame       opcode = 0x2
	closeFrame        opcode = 0x8
	pingFrame         opcode = 0x9
	pongFrame         opcode = 0xA

	finBit       = 0x80 // FIN, in the first byte
	reservedBits = 0x70 // RSV1 to RSV3, in the first byte
	maskBit      = 0x80 // MASK, in the second byte

	length16   = 126 // two bytes of length follow
	length64   = 127 // eight bytes of length follow
	maxControl = 125 // payload of a control frame (5.5)
	maxHeader  = 14  // two bytes, eight of length, four of mask

	closeProtocolError = 1002
	closeUnsupported   = 1003 // a kind of data that the receiver cannot take
	closeInvalidData   = 1007 // text that is not UTF-8
)

func (c opcode) control() bool { return c >= closeFrame }

// frame handles in up to the end of a frame at most: the rest of the header, then what there is of
// the payload.
func (w *WebSocket) frame(
	p *buffer.Pool, in []byte, out *buffer.Out,
) (data, rest []byte, err error) {
	if w.left == 0 {
		rest, complete, wrong := w.begin(in)
		if wrong != nil {
			return nil, nil, w.violate(p, wrong, out)
		}
		if !complete {
			return nil, nil, nil
		}
		in = rest
	}
	n := int(min(w.left, uint64(len(in))))
	data, rest = in[:n:n], in[n:]
	w.mask = unmask(data, w.mask)
	w.left -= uint64(n)
	if w.opcode.control() {
		return nil, rest, w.control(p, data, out)
	}
	return data, rest, nil
}

// begin reads the header of a frame, of which a part may have come before.
func (w *WebSocket) begin(in []byte) (rest []byte, complete bool, wrong *violation) {
	if w.headed == 0 {
		size, wrong := w.measure(in)
		if wrong != nil || size > 0 {
			return in[size:], true, wrong
		}
	}
	for i, b := range in {
		w.head[w.headed] = b
		w.headed++
		size, wrong := w.measure(w.head[:w.headed])
		if wrong != nil || size > 0 {
			w.headed = 0
			return in[i+1:], true, wrong
		}
	}
	return nil, false, nil
}

// measure reads the header at the start of b, which is not empty, and returns its size; 0 when it
// is not all there. What is wrong is reported as soon as it shows (RFC 6455 5.2).
func (w *WebSocket) measure(b []byte) (size int, wrong *violation) {
	if wrong := w.checkFirst(b[0]); wrong != nil {
		return 0, wrong
	}
	if len(b) < 2 {
		return 0, nil
	}
	code, length := opcode(b[0]&0xF), uint64(b[1]&^maskBit)
	switch {
	case b[1]&maskBit == 0:
		return 0, errUnmasked // 5.1
	case code.control() && length > maxControl:
		return 0, errControlLength // 5.5
	}
	size = 2
	if length >= length16 {
		if size, length, wrong = measureLong(b); size == 0 || wrong != nil {
			return 0, wrong
		}
	}
	if len(b) < size+4 {
		return 0, nil
	}
	w.opcode, w.left, w.mask = code, length, binary.LittleEndian.Uint32(b[size:])
	if !code.control() {
		w.inside = b[0]&finBit == 0
	}
	return size + 4, nil
}

// checkFirst checks the first byte of a frame against the frames before.
func (w *WebSocket) checkFirst(b byte) *violation {
	switch code := opcode(b & 0xF); {
	case b&reservedBits != 0:
		return errReserved
	case code > pongFrame || code > binaryFrame && code < closeFrame:
		return errOpcode
	case code.control() && b&finBit == 0:
		return errControlFragment // 5.5
	case code == continuationFrame && !w.inside:
		return errNothingToContinue // 5.4
	case code == textFrame:
		return errText // [MQTT-6.0.0-1]
	case code == binaryFrame && w.inside:
		return errNotContinued // 5.4
	}
	return nil
}

// measureLong reads a length of two or eight bytes: how far into b it reaches, 0 when it is not
// all there, and the length. It has to be encoded in as few bytes as possible (RFC 6455 5.2).
func measureLong(b []byte) (size int, length uint64, wrong *violation) {
	switch short := b[1]&^maskBit == length16; {
	case short && len(b) >= 4:
		size, length = 4, uint64(binary.BigEndian.Uint16(b[2:]))
		if length < length16 {
			wrong = errLength
		}
	case !short && len(b) >= 10:
		size, length = 10, binary.BigEndian.Uint64(b[2:])
		if length <= 1<<16-1 || length >= 1<<63 {
			wrong = errLength
		}
	}
	return size, length, wrong
}

// unmask applies the key to b in place (RFC 6455 5.3) and returns the key for the byte after b.
func unmask(b []byte, key uint32) uint32 {
	next := bits.RotateLeft32(key, -8*(len(b)&3))
	wide := uint64(key)<<32 | uint64(key)
	for len(b) >= 8 {
		binary.LittleEndian.PutUint64(b, binary.LittleEndian.Uint64(b)^wide)
		b = b[8:]
	}
	for i := range b {
		b[i] ^= byte(wide >> (8 * i))
	}
	return next
}

// appendHeader appends the header of a final unmasked frame with n bytes of payload (5.1: a server
// masks nothing).
func appendHeader(b []byte, code opcode, n int) []byte {
	b = append(b, finBit|byte(code))
	switch {
	case n < length16:
		return append(b, byte(n))
	case n < 1<<16:
		return binary.BigEndian.AppendUint16(append(b, length16), uint16(n))
	}
	return binary.BigEndian.AppendUint64(append(b, length64), uint64(n))
}

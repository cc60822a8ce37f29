// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package rawclient

import (
	"bufio"
	"crypto/rand"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
)

// From the specification (RFC 6455 5.2): the first byte of a frame is its kind, and Final unless
// the message goes on in a frame of the kind ContinuationFrame.
const (
	Final             = 0x80
	ContinuationFrame = 0x0
	TextFrame         = 0x1
	BinaryFrame       = 0x2
	CloseFrame        = 0x8
	PingFrame         = 0x9
	PongFrame         = 0xA
)

// WebSocket is the Client's end of a connection through WebSocket. Each Write sends one message,
// binary and in one frame; Read returns what is in such frames, however the Server cut it up, and
// answers control frames meanwhile. SendFrame sends any frame, right or wrong.
type WebSocket struct {
	net.Conn
	from    *bufio.Reader
	left    uint64 // bytes of a data frame that Read has not returned yet
	partial bool   // the message goes on in another frame
	closing bool   // a close frame came: nothing but the end may follow
}

// NetConn returns the connection that the frames go through.
func (w *WebSocket) NetConn() net.Conn { return w.Conn }

// SendFrame sends a frame in one write. payload is borrowed.
func (w *WebSocket) SendFrame(first byte, payload []byte) error {
	const masked = 0x80 // as all frames of a Client are (RFC 6455 5.1)
	b := []byte{first}
	switch n := len(payload); {
	case n < 126:
		b = append(b, masked|byte(n))
	case n < 1<<16:
		b = binary.BigEndian.AppendUint16(append(b, masked|126), uint16(n))
	default:
		b = binary.BigEndian.AppendUint64(append(b, masked|127), uint64(n))
	}
	var key [4]byte
	_, _ = rand.Read(key[:]) // it does not fail
	b = append(b, key[:]...)
	for i, c := range payload {
		b = append(b, c^key[i%4])
	}
	_, err := w.Conn.Write(b)
	return err
}

// Write implements net.Conn. b is borrowed.
func (w *WebSocket) Write(b []byte) (int, error) {
	if err := w.SendFrame(Final|BinaryFrame, b); err != nil {
		return 0, err
	}
	return len(b), nil
}

// Read implements net.Conn. The end of the connection is io.EOF where a frame ends; a close frame
// alone is not the end.
func (w *WebSocket) Read(b []byte) (int, error) {
	for w.left == 0 {
		if err := w.next(); err != nil {
			return 0, err
		}
	}
	n, err := w.from.Read(b[:min(uint64(len(b)), w.left)])
	w.left -= uint64(n)
	if err == io.EOF {
		err = io.ErrUnexpectedEOF
	}
	return n, err
}

// next begins the next frame, if it is one with data, or answers it. A deadline that passes before
// all bytes it needs are there loses none of them.
func (w *WebSocket) next() error {
	first, length, size, err := w.header()
	if err != nil {
		return err
	}
	switch first {
	case BinaryFrame, Final | BinaryFrame, ContinuationFrame, Final | ContinuationFrame:
		if again := first&^Final == ContinuationFrame; again != w.partial || w.closing {
			return fmt.Errorf("rawclient: a frame 0x%02X where none may be", first)
		}
		w.partial, w.left = first&Final == 0, length
		_, err = w.from.Discard(size)
		return err
	case Final | CloseFrame, Final | PingFrame, Final | PongFrame:
		if length > longestControl {
			return fmt.Errorf("rawclient: a control frame of %d bytes", length)
		}
		return w.control(first, size, int(length))
	}
	return fmt.Errorf("rawclient: a frame 0x%02X, which a Server of MQTT does not send", first)
}

// longestControl is from the specification (RFC 6455 5.5).
const longestControl = 125

// header looks at a frame: its first byte, how many bytes of payload it has, and how many stand
// before them.
func (w *WebSocket) header() (first byte, length uint64, size int, err error) {
	b, err := w.peek(2)
	if err != nil {
		return 0, 0, 0, err
	}
	switch b[1] {
	case 126:
		b, err = w.peek(4)
		if err == nil {
			length = uint64(binary.BigEndian.Uint16(b[2:]))
		}
	case 127:
		b, err = w.peek(10)
		if err == nil {
			length = binary.BigEndian.Uint64(b[2:])
		}
	default:
		length = uint64(b[1])
	}
	if err == nil && b[1] > 127 {
		err = errors.New("rawclient: a frame of the Server is masked")
	}
	return b[0], length, len(b), err
}

// control answers a control frame behind a header of that size.
func (w *WebSocket) control(first byte, size, length int) error {
	b, err := w.peek(size + length)
	if err != nil {
		return err
	}
	switch first &^ Final {
	case PingFrame:
		err = w.SendFrame(Final|PongFrame, b[size:])
	case CloseFrame:
		w.closing = true
		_ = w.SendFrame(first, b[size:]) // the Server need not wait for it
	}
	_, discarded := w.from.Discard(size + length)
	return errors.Join(err, discarded)
}

// peek returns the next bytes without taking them. They are lent until the next read.
func (w *WebSocket) peek(n int) ([]byte, error) {
	b, err := w.from.Peek(n)
	if err == io.EOF && len(b) > 0 {
		err = io.ErrUnexpectedEOF
	}
	return b, err
}

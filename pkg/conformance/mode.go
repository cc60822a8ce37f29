// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package conformance

import (
	"fmt"
	"net"
)

// Mode is how the bytes of packets are handed to the network. A Server sees a stream, so that no
// Mode may change what it does. Through WebSocket each write is a frame.
type Mode uint8

// Ours: the modes.
const (
	Whole      Mode = iota // each packet in one write
	ByteByByte             // each byte in a write of its own
	Coalesced              // all packets up to the next read in one write
)

// Modes are all there are, by the names users give.
var Modes = map[string]Mode{"whole": Whole, "byte-by-byte": ByteByByte, "coalesced": Coalesced}

// String is the name users give.
func (m Mode) String() string {
	for name, mode := range Modes {
		if mode == m {
			return name
		}
	}
	return fmt.Sprintf("mode %d", uint8(m))
}

// streams are the connections of one check.
type streams struct {
	mode Mode
	held []*stream // those with bytes held back, in the order of their first
}

// stream is a connection that writes as its mode wants.
type stream struct {
	net.Conn
	of   *streams
	held []byte
}

func (s *streams) wrap(conn net.Conn) net.Conn { return &stream{Conn: conn, of: s} }

// flush writes what is held back. A connection that has ended shows that to whoever reads it.
func (s *streams) flush() {
	for _, x := range s.held {
		_, _ = x.Conn.Write(x.held)
		x.held = x.held[:0]
	}
	s.held = s.held[:0]
}

// Write implements net.Conn. b is borrowed.
func (x *stream) Write(b []byte) (int, error) {
	switch x.of.mode {
	case ByteByByte:
		for i := range b {
			if _, err := x.Conn.Write(b[i : i+1]); err != nil {
				return i, err
			}
		}
		return len(b), nil
	case Coalesced:
		if len(x.held) == 0 {
			x.of.held = append(x.of.held, x)
		}
		x.held = append(x.held, b...)
		return len(b), nil
	}
	return x.Conn.Write(b)
}

// Read implements net.Conn. Whoever reads waits for an answer to what was sent.
func (x *stream) Read(b []byte) (int, error) {
	x.of.flush()
	return x.Conn.Read(b)
}

// Close implements net.Conn.
func (x *stream) Close() error {
	x.of.flush()
	return x.Conn.Close()
}

// NetConn is for Client.Cut: a connection is cut off only when its bytes have left.
func (x *stream) NetConn() net.Conn {
	x.of.flush()
	return x.Conn
}

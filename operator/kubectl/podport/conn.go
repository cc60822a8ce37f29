// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package podport

import (
	"errors"
	"io"
	"net"
	"strings"
	"time"

	"k8s.io/streaming/pkg/httpstream"
)

// conn is a connection to a pod. Whoever needs a deadline closes it.
type conn struct {
	httpstream.Stream
	// failure is where the node says why it cannot connect.
	failure io.Reader
	streams httpstream.Connection
	peer    address
}

// Ours: of what a node says.
const longestFailure = 4 << 10

// Read implements net.Conn.
func (c *conn) Read(p []byte) (int, error) {
	n, err := c.Stream.Read(p)
	if n > 0 || !errors.Is(err, io.EOF) {
		return n, err
	}
	// The node has closed the stream of failures before this one.
	text, _ := io.ReadAll(io.LimitReader(c.failure, longestFailure))
	if why := strings.TrimSpace(string(text)); why != "" {
		return 0, errors.New(why)
	}
	return 0, err
}

// Close implements net.Conn.
func (c *conn) Close() error {
	_ = c.Stream.Reset() // what has not been sent would keep the other end
	return c.streams.Close()
}

// address is the name of a pod and a port.
type address string

func (address) Network() string  { return "pod" }
func (a address) String() string { return string(a) }

// LocalAddr implements net.Conn.
func (c *conn) LocalAddr() net.Addr { return address("") }

// RemoteAddr implements net.Conn.
func (c *conn) RemoteAddr() net.Addr { return c.peer }

// SetDeadline implements net.Conn.
func (c *conn) SetDeadline(time.Time) error { return nil }

// SetReadDeadline implements net.Conn.
func (c *conn) SetReadDeadline(time.Time) error { return nil }

// SetWriteDeadline implements net.Conn.
func (c *conn) SetWriteDeadline(time.Time) error { return nil }

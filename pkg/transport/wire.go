// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package transport

import (
	"net"
	"time"

	"github.com/flashmq/flashmq/pkg/buffer"
)

// wire is the net.Conn under a tls.Conn: what is to be read was put in by the loop, and what is
// written the loop takes out. During the handshake it belongs to the handshake's goroutine, whose
// Read waits for bytes; afterwards Read says at once that there are none.
type wire struct {
	shake *handshake // nil when it is over
	in    []byte     // borrowed, ciphertext to be read
	out   *buffer.Out
	pool  *buffer.Pool
}

// Read implements net.Conn.
func (w *wire) Read(b []byte) (int, error) {
	if w.shake != nil {
		return w.shake.read(b)
	}
	if len(w.in) == 0 {
		return 0, errNothing
	}
	n := copy(b, w.in)
	w.in = w.in[n:]
	return n, nil
}

// Write implements net.Conn.
func (w *wire) Write(b []byte) (int, error) {
	if w.shake != nil {
		return w.shake.write(b)
	}
	w.out.Append(w.pool, b)
	return len(b), nil
}

// What else a net.Conn has is of no use here: time is the loop's, and so is the socket.

func (w *wire) Close() error                     { return nil }
func (w *wire) LocalAddr() net.Addr              { return nowhere{} }
func (w *wire) RemoteAddr() net.Addr             { return nowhere{} }
func (w *wire) SetDeadline(time.Time) error      { return nil }
func (w *wire) SetReadDeadline(time.Time) error  { return nil }
func (w *wire) SetWriteDeadline(time.Time) error { return nil }

type nowhere struct{}

func (nowhere) Network() string { return "memory" }
func (nowhere) String() string  { return "memory" }

// nothing is the error of a Read that would have to wait. crypto/tls goes on after an error that
// is temporary where it stopped, in the middle of a record, too.
type nothing struct{}

var errNothing net.Error = nothing{}

func (nothing) Error() string   { return "transport: no more bytes yet" }
func (nothing) Timeout() bool   { return false }
func (nothing) Temporary() bool { return true }

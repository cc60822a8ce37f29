// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package door

import (
	"errors"
	"fmt"
	"io"
	"iter"
	"net"
	"time"
)

// handshake is a TLS handshake under way, as a coroutine of the loop: where it would have to wait
// for the peer, the loop goes on. So it needs no lock, and its work is done on the loop's thread.
type handshake struct {
	resume func() (struct{}, bool)
	stop   func()
	err    error
}

func newHandshake(d *Door) *handshake {
	h := new(handshake)
	h.resume, h.stop = iter.Pull(func(yield func(struct{}) bool) {
		d.wire.wait = func() bool { return yield(struct{}{}) }
		h.err = d.tls.Handshake()
		d.wire.wait = nil
	})
	return h
}

// goOn lets the handshake take what has come. When it is over, the next layer begins.
func (d *Door) goOn() error {
	h := d.shake
	if _, more := h.resume(); more {
		return nil
	}
	if h.err != nil {
		return h.err
	}
	d.shake = nil
	if d.web != nil {
		return d.ask()
	}
	return nil
}

// readTLS decrypts into b. The peer's goodbye is answered, as some do not end the connection
// before. It counts as nothing: the end of the socket follows, and whoever closes that first has
// its port to keep for a while.
func (d *Door) readTLS(b []byte) (int, error) {
	n, err := d.tls.Read(b)
	switch {
	case n > 0 || err == nil || errors.Is(err, errNothing):
		return n, nil
	case errors.Is(err, io.EOF):
		d.gone = true
		_ = d.tls.CloseWrite() // the second time it does nothing
		return 0, nil
	}
	return 0, fmt.Errorf("TLS: %w", err)
}

func (d *Door) writeTLS(b []byte) error {
	if _, err := d.tls.Write(b); err != nil {
		return fmt.Errorf("TLS: %w", err)
	}
	return nil
}

// wire is the net.Conn under a tls.Conn: the loop puts in what is to be read and takes out what was
// written.
type wire struct {
	doors  *Doors
	in     []byte      // borrowed, to be read
	wait   func() bool // during the handshake: lets the loop go on until more came; false: it ends
	closed bool
}

// Read implements net.Conn.
func (w *wire) Read(b []byte) (int, error) {
	for len(w.in) == 0 {
		if w.wait == nil {
			return 0, errNothing
		}
		if !w.wait() {
			return 0, errGivenUp
		}
	}
	n := copy(b, w.in)
	w.in = w.in[n:]
	return n, nil
}

// Write implements net.Conn.
func (w *wire) Write(b []byte) (int, error) {
	if w.closed {
		return 0, errGivenUp
	}
	w.doors.out = append(w.doors.out, b...)
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

func (nothing) Error() string   { return "door: no more bytes yet" }
func (nothing) Timeout() bool   { return false }
func (nothing) Temporary() bool { return true }

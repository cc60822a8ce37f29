// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package transport

import (
	"container/list"
	"crypto/tls"
	"errors"
	"io"
	"iter"
	"sync"
)

// handshake is a TLS handshake under way. crypto/tls cannot stop in the middle of one and go on
// later, so it is a coroutine of a worker, and this is what that shares with the connection's loop.
type handshake struct {
	conn *tls.Conn
	// notify tells the loop that there is something to settle. From the worker.
	notify func()
	// done tells Handshakes that it is over. Like the next three, the worker's.
	done     func()
	resume   func() (struct{}, bool) // nil before the first step
	yield    func(struct{}) bool
	finished bool
	// place is where it stands on one of the lists of Handshakes. Guarded by their mutex, as are
	// the next three.
	place   *list.Element
	began   int64
	runs    bool
	evicted bool

	// workers guards the next three.
	workers *sync.Mutex
	worker  *worker // nil until it is admitted
	due     bool    // it is among the worker's steps
	begun   bool    // its first step began, so it stays with the worker

	mu      sync.Mutex
	in, out []byte // guarded by mu
	ended   bool   // guarded by mu
	err     error  // guarded by mu
	aborted bool   // guarded by mu
	over    bool   // no more bytes will come; guarded by mu
	// last are the bytes that came last; guarded by mu.
	last [7]byte
}

// alert is what the peer has said in an alert that is not encrypted, as the last thing it said:
// type, version, length, level, description (RFC 8446 5.1, 6). OpenSSL does so when it refuses our
// certificate, and crypto/tls takes that for a record that was tampered with.
func (h *handshake) alert() (why tls.AlertError, ok bool) {
	last := &h.last
	return tls.AlertError(last[6]), last[0] == 21 && last[1] == 3 && last[3] == 0 && last[4] == 2
}

// errAborted ends the handshake of a connection that is no more, or had its time.
var errAborted = errors.New("the handshake was given up")

// step goes on until it has to wait, or is over; nothing happens after that. On the worker.
func (h *handshake) step() {
	switch {
	case h.finished:
		return
	case h.resume == nil:
		h.resume, _ = iter.Pull(h.run)
	}
	_, more := h.resume()
	h.mu.Lock()
	tell := len(h.out) > 0 || !more
	h.mu.Unlock()
	if tell {
		h.notify()
	}
	if !more {
		h.finished = true
		h.done()
	}
}

// run is the coroutine.
func (h *handshake) run(yield func(struct{}) bool) {
	h.yield = yield
	err := h.conn.Handshake()
	h.mu.Lock()
	defer h.mu.Unlock()
	h.ended, h.err = true, err
}

// read is Read of the wire: it waits. All that was written before leaves meanwhile.
func (h *handshake) read(b []byte) (int, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for len(h.in) == 0 && !h.aborted && !h.over {
		h.mu.Unlock()
		h.yield(struct{}{})
		h.mu.Lock()
	}
	if h.aborted {
		return 0, errAborted
	}
	if len(h.in) == 0 {
		return 0, io.EOF
	}
	n := copy(b, h.in)
	h.in = h.in[n:]
	return n, nil
}

func (h *handshake) write(b []byte) (int, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.aborted {
		return 0, errAborted
	}
	h.out = append(h.out, b...)
	return len(b), nil
}

// feed adds bytes from the peer.
func (h *handshake) feed(in []byte) (waiting int) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.in = append(h.in, in...)
	n := min(len(in), len(h.last))
	copy(h.last[:], h.last[n:])
	copy(h.last[len(h.last)-n:], in[len(in)-n:])
	h.goOn()
	return len(h.in)
}

// end says that no more bytes will come. What has come may still say why.
func (h *handshake) end() {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.over = true
	h.goOn()
}

// abort makes it come to an end.
func (h *handshake) abort() {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.aborted = true
	h.goOn()
}

// goOn has the worker look at what is new.
func (h *handshake) goOn() {
	h.workers.Lock()
	defer h.workers.Unlock()
	if h.worker != nil {
		h.worker.add(h)
	}
}

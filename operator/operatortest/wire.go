// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package operatortest

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"sync"
)

// ErrCut is what requests fail with while a Wire lets none through.
var ErrCut = errors.New("operatortest: the wire is cut")

// Answer is what becomes of the answer to the last write that a Wire lets through.
type Answer int

// The answers.
const (
	// Arrives, and the operator dies right afterwards.
	Arrives Answer = iota
	// Lost with the operator: it dies before it hears that its write was done.
	Lost
	// LostOnly is a hiccup: the write was done, the operator hears that it failed and lives on.
	LostOnly
)

// Wire is between an operator and the API server. Requests that concern one broker are told by the
// name in their path, for which reason the brokers of these tests have no hyphens in their names.
// The zero value lets everything through.
type Wire struct {
	mu       sync.Mutex
	traffic  map[string]*traffic // by namespace/broker
	down     bool
	refused  int
	watching map[io.Closer]bool
	held     chan struct{} // closed when watches of brokers go on; nil when they do
}

// traffic is that of one broker.
type traffic struct {
	writes, reads int
	log           []string
	cutAfter      int // 0: never
	answer        Answer
	cut           bool
}

// Wrap puts the Wire in front of next.
func (w *Wire) Wrap(next http.RoundTripper) http.RoundTripper { return &end{w, next} }

// Cut lets n further writes for a broker through and no request after them.
func (w *Wire) Cut(broker string, n int, answer Answer) {
	w.mu.Lock()
	defer w.mu.Unlock()
	t := w.of(broker)
	t.cutAfter, t.answer = t.writes+n, answer
}

// WasCut tells whether a broker's last write has come.
func (w *Wire) WasCut(broker string) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.of(broker).cut
}

// Writes are how many there were for a broker. Events do not count, nor does what the operator asks
// about its rights.
func (w *Wire) Writes(broker string) int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.of(broker).writes
}

// Reads are how many there were for a broker, watches aside.
func (w *Wire) Reads(broker string) int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.of(broker).reads
}

// Log has a line for each write for a broker, for people.
func (w *Wire) Log(broker string) []string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return append([]string(nil), w.of(broker).log...)
}

// Down lets nothing through, and ends the watches there are, until it is told the opposite: the API
// server is away.
func (w *Wire) Down(down bool) {
	w.mu.Lock()
	w.down = down
	var end []io.Closer
	if down {
		for c := range w.watching {
			end = append(end, c)
		}
	}
	w.mu.Unlock()
	for _, c := range end {
		_ = c.Close()
	}
}

// Refused is how many requests there were while it was down.
func (w *Wire) Refused() int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.refused
}

// Hold keeps an operator from hearing how brokers change, until release is called: its cache shows
// them as they were.
func (w *Wire) Hold() (release func()) {
	held := make(chan struct{})
	w.mu.Lock()
	w.held = held
	w.mu.Unlock()
	return sync.OnceFunc(func() {
		w.mu.Lock()
		w.held = nil
		w.mu.Unlock()
		close(held)
	})
}

// of is the traffic of a broker. The caller holds mu.
func (w *Wire) of(broker string) *traffic {
	if w.traffic == nil {
		w.traffic = make(map[string]*traffic)
	}
	if w.traffic[broker] == nil {
		w.traffic[broker] = &traffic{}
	}
	return w.traffic[broker]
}

// admit counts a request and tells whether it goes through, and whether its answer does.
func (w *Wire) admit(r *http.Request) (through, answered bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	broker := concerned(r.URL.Path)
	if w.down {
		w.refused++
		return false, false
	}
	if broker == "" {
		return true, true
	}
	t := w.of(broker)
	switch {
	case t.cut && t.answer != LostOnly:
		return false, false
	case r.Method == http.MethodGet:
		t.reads++
		return true, true
	}
	t.writes++
	t.log = append(t.log, line(r))
	if t.writes == t.cutAfter {
		t.cut = true
		return true, t.answer == Arrives
	}
	return true, true
}

// concerned is the broker whose child, or status, a path is: namespace/name; "" for lists and
// watches, and for what is nobody's.
func concerned(path string) string {
	_, rest, found := strings.Cut(path, "/namespaces/")
	parts := strings.Split(rest, "/")
	if !found || len(parts) < 3 || parts[1] == "events" || parts[1] == "leases" {
		return ""
	}
	name, _, _ := strings.Cut(parts[2], "-")
	return parts[0] + "/" + name
}

func line(r *http.Request) string {
	text := r.Method + " " + r.URL.Path
	if r.GetBody == nil {
		return text
	}
	body, err := r.GetBody()
	if err != nil {
		return text
	}
	defer body.Close()
	what, _ := io.ReadAll(body)
	return text + " " + string(what)
}

// end is a Wire in front of something.
type end struct {
	wire *Wire
	next http.RoundTripper
}

// RoundTrip is http.RoundTripper's.
func (e *end) RoundTrip(r *http.Request) (*http.Response, error) {
	through, answered := e.wire.admit(r)
	if !through {
		return nil, ErrCut
	}
	if !answered {
		// It is done, whatever becomes of whoever has asked for it.
		r = r.WithContext(context.WithoutCancel(r.Context()))
	}
	response, err := e.next.RoundTrip(r)
	switch {
	case err != nil:
		return nil, err
	case !answered:
		_, _ = io.Copy(io.Discard, response.Body)
		_ = response.Body.Close()
		return nil, ErrCut
	case r.URL.Query().Get("watch") != "":
		response.Body = e.wire.watched(response.Body,
			strings.HasSuffix(r.URL.Path, "/flashmqbrokers"))
	}
	return response, nil
}

// watched is the body of a watch, which Down ends, and Hold holds if it is that of brokers.
func (w *Wire) watched(body io.ReadCloser, brokers bool) io.ReadCloser {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.watching == nil {
		w.watching = make(map[io.Closer]bool)
	}
	out := &watch{body, w, brokers, make(chan struct{}), sync.Once{}}
	w.watching[out] = true
	return out
}

type watch struct {
	io.ReadCloser
	wire    *Wire
	brokers bool
	ended   chan struct{}
	once    sync.Once
}

// Read is io.Reader's.
func (b *watch) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p)
	b.wire.mu.Lock()
	held := b.wire.held
	b.wire.mu.Unlock()
	if b.brokers && held != nil {
		select {
		case <-held:
		case <-b.ended:
		}
	}
	return n, err
}

// Close is io.Closer's.
func (b *watch) Close() error {
	b.wire.mu.Lock()
	delete(b.wire.watching, b)
	b.wire.mu.Unlock()
	b.once.Do(func() { close(b.ended) })
	return b.ReadCloser.Close()
}

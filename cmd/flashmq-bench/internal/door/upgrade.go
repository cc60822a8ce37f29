// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package door

import (
	"bufio"
	"bytes"
	"crypto/rand"
	"crypto/sha1" // #nosec G505 -- RFC 6455 4.1 names it, and it protects nothing
	"encoding/base64"
	"errors"
	"fmt"
	"net/http"
	"strings"
)

const (
	// acceptSuffix is from the specification (RFC 6455 1.3).
	acceptSuffix = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
	// maxAnswer is ours: how large the head of an answer may be.
	maxAnswer = 16 << 10
)

// Refused is an answer to a WebSocket request that is not 101.
type Refused struct{ Status int }

// Error implements error.
func (r *Refused) Error() string {
	return fmt.Sprintf("the answer is %d %s", r.Status, http.StatusText(r.Status))
}

// ErrNotHTTP is an answer to a WebSocket request that is none.
var ErrNotHTTP = errors.New("the answer is not HTTP")

// Reasons why a 101 is none (RFC 6455 4.1).
var (
	errAnswerTooLarge = errors.New("the answer is too large")
	errUpgrade        = errors.New("the answer has no Upgrade: websocket with Connection: upgrade")
	errAccept         = errors.New("the answer has another Sec-WebSocket-Accept than it should")
	errProtocol       = errors.New("the answer does not agree to the subprotocol mqtt")
	errExtensions     = errors.New("the answer has extensions that nobody asked for")
)

// ask sends the request.
func (d *Door) ask() error {
	nonce := make([]byte, 16) // RFC 6455 4.1
	_, _ = rand.Read(nonce)   // it never fails
	key := base64.StdEncoding.EncodeToString(nonce)
	d.web.accept = accept(key)
	k := d.doors.kind
	// The subprotocol is [MQTT-6.0.0-3].
	return d.encrypt(fmt.Appendf(nil, "GET %s HTTP/1.1\r\nHost: %s\r\nUpgrade: websocket\r\n"+
		"Connection: Upgrade\r\nSec-WebSocket-Key: %s\r\nSec-WebSocket-Version: 13\r\n"+
		"Sec-WebSocket-Protocol: mqtt\r\n\r\n", k.Path, k.Host, key))
}

// accept is how the answer proves that the request was understood (RFC 6455 4.2.2).
func accept(key string) string {
	sum := sha1.Sum([]byte(key + acceptSuffix)) // #nosec G401 -- see the import
	return base64.StdEncoding.EncodeToString(sum[:])
}

// answered collects the head of the answer, and returns what lies behind it in b.
func (w *webSocket) answered(b []byte) (rest []byte, err error) {
	before := len(w.answer)
	w.answer = append(w.answer, b[:min(len(b), maxAnswer-before)]...)
	const begin = "HTTP/1."
	if n := min(len(w.answer), len(begin)); string(w.answer[:n]) != begin[:n] {
		return nil, ErrNotHTTP
	}
	const end = "\r\n\r\n"
	at := bytes.Index(w.answer, []byte(end))
	switch {
	case at >= 0:
	case len(w.answer) == maxAnswer:
		return nil, errAnswerTooLarge
	default:
		return nil, nil
	}
	size := at + len(end)
	if err := w.check(w.answer[:size]); err != nil {
		return nil, err
	}
	w.open, w.answer = true, nil
	return b[size-before:], nil
}

// check looks at the head of the answer (RFC 6455 4.1).
func (w *webSocket) check(head []byte) error {
	r, err := http.ReadResponse(bufio.NewReader(bytes.NewReader(head)), nil)
	if err != nil {
		return ErrNotHTTP
	}
	_ = r.Body.Close() // it is not there
	h := r.Header
	switch {
	case r.StatusCode != http.StatusSwitchingProtocols:
		return &Refused{r.StatusCode}
	case !strings.EqualFold(h.Get("Upgrade"), "websocket") ||
		!strings.Contains(strings.ToLower(h.Get("Connection")), "upgrade"):
		return errUpgrade
	case h.Get("Sec-WebSocket-Accept") != w.accept:
		return errAccept
	case h.Get("Sec-WebSocket-Protocol") != "mqtt":
		return errProtocol
	case h.Get("Sec-WebSocket-Extensions") != "":
		return errExtensions
	}
	return nil
}

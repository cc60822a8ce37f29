// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package transport

import (
	"bytes"
	"crypto/sha1" // #nosec G505 -- RFC 6455 4.2.2 names it, and it protects nothing
	"encoding/base64"
	"net/http"
	"slices"

	"github.com/flashmq/flashmq/pkg/buffer"
)

// From the specification (RFC 6455 1.3, 4.1).
const (
	acceptSuffix = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
	keySize      = 24 // 16 bytes in base64
)

// The answer to a request that is accepted: proof and subprotocol stand behind these. Extensions
// that were offered are not accepted, by not naming them (RFC 6455 9.1).
const (
	acceptedBegin = "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n" +
		"Connection: Upgrade\r\nSec-WebSocket-Accept: "
	acceptedProtocol = "\r\nSec-WebSocket-Protocol: "
	acceptedEnd      = "\r\n\r\n"
	// maxAccepted is enough for the longest: 20 bytes in base64 are 28.
	maxAccepted = len(acceptedBegin) + 28 + len(acceptedProtocol) + len("mqttv3.1") +
		len(acceptedEnd)
)

// subprotocols that are accepted, the preferred one first. The specification knows "mqtt" only
// [MQTT-6.0.0-4]. FlashMQ: clients of MQTT 3.1 offer "mqttv3.1" and want to see it again.
var subprotocols = []string{"mqtt", "mqttv3.1"}

// upgrade collects the head of the request, unless it comes in one piece, and answers it.
func (w *WebSocket) upgrade(
	p *buffer.Pool, in []byte, out *buffer.Out,
) (rest []byte, err error) {
	limit, before, head := w.options.maxRequest(), len(w.kept), in
	if before > 0 {
		w.keep(p, in[:min(len(in), limit-before)], limit)
		head = w.kept
	}
	size, no := measureRequest(head, before, limit)
	switch {
	case no != nil:
		return nil, w.refuse(p, no, out)
	case size == 0:
		if before == 0 {
			w.keep(p, in, limit)
		}
		return nil, nil
	}
	if no = w.accept(p, head[:size], out); no != nil {
		return nil, w.refuse(p, no, out)
	}
	w.release(p)
	w.ready, w.phase = true, phaseOpen
	return in[size-before:], nil
}

// accept reads the head of a request, borrowed, and answers it; or says why not (RFC 6455 4.2).
func (w *WebSocket) accept(p *buffer.Pool, head []byte, out *buffer.Out) *refusal {
	var r requestHead
	if !r.read(head) {
		return notHTTP()
	}
	if no := w.options.check(&r); no != nil {
		return no
	}
	protocol := subprotocol(&r)
	if protocol == "" {
		return badRequest(WebSocketProtocol,
			"the header Sec-WebSocket-Protocol offers neither mqtt nor mqttv3.1")
	}
	if w.trusted {
		w.client = w.options.forwarded(&r)
	}
	key, _ := r.only(fieldKey)
	out.Commit(appendAccepted(out.Reserve(p, maxAccepted), key, protocol))
	return nil
}

// appendAccepted appends the answer to a request that is accepted. A sum over its key proves that
// it was read by somebody who speaks WebSocket (RFC 6455 4.2.2).
func appendAccepted(b []byte, key, protocol string) []byte {
	var both [keySize + len(acceptSuffix)]byte
	copy(both[copy(both[:], key):], acceptSuffix)
	sum := sha1.Sum(both[:]) // #nosec G401 -- see the import
	b = base64.StdEncoding.AppendEncode(append(b, acceptedBegin...), sum[:])
	b = append(append(b, acceptedProtocol...), protocol...)
	return append(b, acceptedEnd...)
}

// refuse answers the request with what is wrong and gives up the connection.
func (w *WebSocket) refuse(p *buffer.Pool, no *refusal, out *buffer.Out) error {
	out.Append(p, no.append(nil))
	return w.end(p, no.reason, no.text)
}

// measureRequest returns the size of the head of the request at the start of b, 0 when its end is
// not there. Up to before it was looked at already. What is wrong is reported as soon as it shows,
// so that who speaks another protocol is not waited for.
func measureRequest(b []byte, before, limit int) (size int, no *refusal) {
	b = b[:min(len(b), limit)]
	if before < longestMethod {
		if no := checkMethod(b); no != nil {
			return 0, no
		}
	}
	size = endOfHead(b, before)
	if size == 0 && len(b) == limit {
		return 0, &refusal{status: http.StatusRequestHeaderFieldsTooLarge,
			reason: HTTPTooLarge, text: "the request is too large"}
	}
	return size, nil
}

// endOfHead returns what lies behind the first empty line that ends after b[:before]; 0 when there
// is none. Lines may end without CR, too (RFC 9112 2.2).
func endOfHead(b []byte, before int) int {
	at := max(0, before-2)
	for {
		line := bytes.IndexByte(b[at:], '\n')
		if line < 0 {
			return 0
		}
		at += line + 1
		switch {
		case bytes.HasPrefix(b[at:], []byte("\n")):
			return at + 1
		case bytes.HasPrefix(b[at:], []byte("\r\n")):
			return at + 2
		}
	}
}

// check finds what is wrong with a request, apart from the subprotocol.
func (o *WebSocketOptions) check(r *requestHead) *refusal {
	if no := checkMessage(r); no != nil {
		return no
	}
	if no := o.checkPath(r.path); no != nil {
		return no
	}
	version, _ := r.only(fieldVersion)
	switch {
	case !r.hasToken(fieldUpgrade, "websocket"):
		return &refusal{status: http.StatusUpgradeRequired, reason: HTTPNotUpgrade,
			text: "this port speaks MQTT over WebSocket"}
	case !r.hasToken(fieldConnection, "upgrade"):
		return badRequest(HTTPNotUpgrade, "the header Connection does not contain upgrade")
	case !o.allowed(r):
		return &refusal{status: http.StatusForbidden, reason: WebSocketOrigin,
			text: "pages of this origin may not connect"}
	case version != "13":
		return &refusal{status: http.StatusUpgradeRequired, reason: WebSocketVersion,
			headers: "Sec-WebSocket-Version: 13\r\n", text: "the version of WebSocket is not 13"}
	case !validKey(r):
		return badRequest(WebSocketKey,
			"there has to be one header Sec-WebSocket-Key with 16 bytes in base64")
	}
	return nil
}

// allowed reports whether a page of this origin may connect (RFC 6455 10.2).
func (o *WebSocketOptions) allowed(r *requestHead) bool {
	if len(o.Origins) == 0 || r.fields[fieldOrigin].count == 0 {
		return true
	}
	origin, ok := r.only(fieldOrigin)
	return ok && slices.ContainsFunc(o.Origins, func(s string) bool {
		return equalFold(s, origin)
	})
}

// validKey wants one key of 16 bytes (RFC 6455 4.1).
func validKey(r *requestHead) bool {
	key, ok := r.only(fieldKey)
	if !ok || len(key) != keySize {
		return false
	}
	var b [keySize]byte
	n, err := base64.StdEncoding.Decode(b[:], []byte(key))
	return err == nil && n == 16
}

// subprotocol returns the one to speak of those offered, as the peer writes it: "mqtt" wherever it
// stands [MQTT-6.0.0-4]. When it stands there twice it is the first, and the last to be looked at.
func subprotocol(r *requestHead) string {
	chosen := ""
	for _, known := range subprotocols {
		for token := range r.tokens(fieldProtocol) {
			if equalFold(token, known) {
				chosen = token
			}
		}
		if chosen != "" {
			break
		}
	}
	return chosen
}

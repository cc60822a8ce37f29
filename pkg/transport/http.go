// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package transport

import (
	"fmt"
	"net/http"
	"net/netip"
	"slices"
	"strconv"
	"strings"
)

// acmePath is where challenges of the kind http-01 are asked for (RFC 8555 8.3).
const acmePath = "/.well-known/acme-challenge/"

// methods are those of HTTP (RFC 9110 9, RFC 5789), with the space behind them; the first is the
// one that is served.
var methods = []string{"GET ", "HEAD ", "POST ", "PUT ", "DELETE ", "CONNECT ", "OPTIONS ",
	"TRACE ", "PATCH "}

// longestMethod is the length of the longest of methods: once a request has more, its method is
// known.
const longestMethod = 8

// refusal is an answer that ends the connection, and why.
type refusal struct {
	status   int
	reason   Reason
	headers  string // whole lines
	text     string // one sentence, from us
	headOnly bool   // the request was HEAD: its answer has no body (RFC 9110 9.3.2)
}

func badRequest(reason Reason, text string) *refusal {
	return &refusal{status: http.StatusBadRequest, reason: reason, text: text}
}

func notHTTP() *refusal { return badRequest(HTTPMalformed, "this is not an HTTP request") }

// append appends the answer to b.
func (r *refusal) append(b []byte) []byte {
	connection, body := "close", r.text+"\n"
	b = fmt.Appendf(b, "HTTP/1.1 %d %s\r\n%s", r.status, http.StatusText(r.status), r.headers)
	if r.status == http.StatusUpgradeRequired {
		// It has to be said to what, and whoever says so names the header (RFC 9110 7.8).
		b = append(b, "Upgrade: websocket\r\n"...)
		connection = "close, Upgrade"
	}
	b = fmt.Appendf(b, "Content-Type: text/plain; charset=utf-8\r\nContent-Length: %d\r\n"+
		"Connection: %s\r\n\r\n", len(body), connection)
	if r.headOnly {
		return b
	}
	return append(b, body...)
}

// checkMethod looks at the first bytes of a request: nil when they are GET or may become so.
func checkMethod(b []byte) *refusal {
	for i, method := range methods {
		n := min(len(b), len(method))
		switch {
		case string(b[:n]) != method[:n]:
		case n < len(method) || i == 0:
			return nil
		default:
			return &refusal{status: http.StatusMethodNotAllowed, reason: HTTPMethod,
				headers: "Allow: GET\r\n", text: "only GET is answered here",
				headOnly: method == "HEAD "}
		}
	}
	return notHTTP()
}

// checkMessage checks what does not depend on what is asked for.
func checkMessage(r *requestHead) *refusal {
	host, _ := r.only(fieldHost)
	body, ok := hasBody(r)
	switch {
	case !ok || r.fields[fieldHost].count > 1: // RFC 9112 3.2
		return notHTTP()
	case len(r.version) != len("HTTP/1.1") || r.version < "HTTP/1.1" || r.version > "HTTP/1.9":
		return badRequest(HTTPMalformed, "this port speaks HTTP/1.1") // RFC 6455 4.2.1
	case host == "" && r.authority == "": // RFC 9112 3.2.2
		return badRequest(HTTPMalformed, "there is no header Host")
	case body:
		return badRequest(HTTPBody, "the request has a body") // what follows would be frames
	}
	return nil
}

// hasBody reports whether something belongs to a request behind its head; it is not ok when that is
// not certain, as with several lines, for then somebody may be smuggling (RFC 9112 6.3, 11.2).
func hasBody(r *requestHead) (body, ok bool) {
	ok = true
	if r.fields[fieldTransferEncoding].count > 0 {
		coding, _ := r.only(fieldTransferEncoding)
		body, ok = true, equalFold(coding, "chunked")
	}
	if r.fields[fieldContentLength].count > 0 {
		length, _ := r.only(fieldContentLength)
		n, err := strconv.ParseUint(length, 10, 63)
		body, ok = body || n > 0, ok && err == nil
	}
	return body, ok
}

// checkPath checks what is asked for.
func (o *WebSocketOptions) checkPath(path string) *refusal {
	switch {
	case o.ACMERedirect != "" && strings.HasPrefix(path, acmePath):
		// It holds only what a path is made of, so no line of ours ends in it.
		return &refusal{status: http.StatusMovedPermanently, reason: ACMERedirected,
			headers: "Location: " + o.ACMERedirect + path + "\r\n",
			text:    "the challenge is answered elsewhere"}
	case o.ACMEOnly:
		return &refusal{status: http.StatusNotFound, reason: ACMEPath,
			text: "only ACME challenges are answered here"}
	case len(o.Paths) > 0 && !slices.Contains(o.Paths, path):
		return &refusal{status: http.StatusNotFound, reason: WebSocketPath,
			text: "there is nothing at this path"}
	}
	return nil
}

// forwarded returns the address a trusted peer speaks for: X-Real-IP, which there is one of; else
// of X-Forwarded-For, where each proxy adds whom it heard, the last that is not a proxy of ours.
// What stands before that one anybody may have written.
func (o *WebSocketOptions) forwarded(r *requestHead) netip.Addr {
	if said, ok := r.only(fieldRealIP); ok {
		if a := parseAddress(said); a.IsValid() {
			return a
		}
	}
	var client netip.Addr
	for hop := range r.tokens(fieldForwardedFor) {
		client = parseAddress(hop)
		if !client.IsValid() || !o.Trusted(client) {
			break
		}
	}
	return client
}

// parseAddress reads an address, maybe with a port; not valid when it is none. Names of network
// interfaces mean nothing here.
func parseAddress(s string) netip.Addr {
	a, err := netip.ParseAddr(s)
	if err != nil {
		port, err := netip.ParseAddrPort(s)
		if err != nil {
			return netip.Addr{}
		}
		a = port.Addr()
	}
	if a.Zone() != "" {
		return netip.Addr{}
	}
	return a.Unmap()
}

// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package transport

import (
	"bytes"
	"crypto/sha1"
	"encoding/base64"
	"net/http"
	"net/netip"
	"slices"
	"strings"
	"testing"
)

// readSizes reads in in pieces of these sizes over and over; no sizes means at once.
func (c *connection) readSizes(in, sizes []byte) {
	for i := 0; len(in) > 0; i++ {
		n := len(in)
		if len(sizes) > 0 {
			n = min(n, int(sizes[i%len(sizes)])+1)
		}
		c.read(in[:n])
		in = in[n:]
		if room := cap(c.w.kept); room > 512 && c.w.Ready() {
			c.t.Fatalf("%d bytes of memory for a control frame", room)
		}
	}
}

// Whatever frames arrive, in whatever pieces, the layer says what its twin says.
func FuzzWebSocket(f *testing.F) {
	in, _ := conversation()
	f.Add(in[len(request):len(request)+400], []byte{1, 2, 3, 250})
	f.Add(join(masked(0x89, "ping"), masked(0x88, "\x03\xe8bye")), []byte{0})
	f.Add(masked(0x88, "\x03\xe8\xff"), []byte{3})
	f.Add(unhex(f, "82ff7fffffffffffffff01020304ff"), []byte{})
	f.Fuzz(func(t *testing.T, in, sizes []byte) {
		// More pings than that in one read would not all be answered.
		if len(in) > 32<<10 {
			in = in[:32<<10]
		}
		want := naive(in)
		whole, pieces := opened(t), opened(t)
		whole.read(in)
		pieces.readSizes(in, sizes)
		wantOutcome(t, whole.outcome(), want)
		wantOutcome(t, pieces.outcome(), want)
		whole.w.Reset(whole.pool)
		whole.drained()
	})
}

// Whatever asks for an upgrade, in whatever pieces, gets the same answer, one that is HTTP and
// holds no line that the peer made up; and net/http reads it as we do.
func FuzzUpgrade(f *testing.F) {
	f.Add([]byte(request), []byte{}, byte(0))
	f.Add([]byte(edit("Sec-WebSocket-Protocol: x, MQTTv3.1")), []byte{7, 0}, byte(1))
	f.Add([]byte("GET "+acmePath+"x%0d%0aLocation: y HTTP/1.1\r\nHost: x\r\n\r\n"), []byte{2},
		byte(4))
	f.Add([]byte(edit("+X-Forwarded-For: 1.2.3.4, ::1", "+Origin: https://a")), []byte{},
		byte(10))
	f.Add([]byte("HEAD / HTTP/1.1\r\n\r\n"), []byte{0}, byte(0))
	for _, c := range headCases() {
		f.Add([]byte(c.in), []byte{}, byte(0))
	}
	f.Fuzz(func(t *testing.T, in, sizes []byte, which byte) {
		checkHead(t, in[:endOfHead(in, 0)])
		o := optionsOf(which)
		whole, pieces := newConnection(t, o), newConnection(t, o)
		whole.read(in)
		pieces.readSizes(in, sizes)
		wantOutcome(t, pieces.outcome(), whole.outcome())
		if whole.w.Client() != pieces.w.Client() || whole.w.Ready() != pieces.w.Ready() {
			t.Fatalf("%v and %v", whole.w.Client(), pieces.w.Client())
		}
		switch {
		case whole.w.Ready():
			checkAccepted(t, in, whole)
		case whole.reason != "":
			checkRefused(t, in, whole)
		case len(whole.sent)+len(whole.data) > 0 || len(in) >= o.maxRequest():
			t.Fatalf("%q: %+v", in, whole.outcome())
		}
		whole.w.Reset(whole.pool)
		whole.drained()
	})
}

func optionsOf(which byte) *WebSocketOptions {
	o := &WebSocketOptions{MaxRequest: 1000}
	if which&1 != 0 {
		o.Paths = []string{"/mqtt"}
	}
	if which&2 != 0 {
		o.Origins = []string{"https://a"}
	}
	if which&4 != 0 {
		o.ACMERedirect, o.ACMEOnly = "http://b", which&16 != 0
	}
	if which&8 != 0 {
		o.Trusted = func(a netip.Addr) bool { return a == remote || a.IsLoopback() }
	}
	return o
}

func checkAccepted(t *testing.T, in []byte, c *connection) {
	head, _, _ := strings.Cut(string(c.sent), "\r\n\r\n")
	lines := strings.Split(head, "\r\n")
	protocol, ok := strings.CutPrefix(lines[len(lines)-1], "Sec-WebSocket-Protocol: ")
	known := []string{"mqtt", "mqttv3.1"}
	if !ok || len(lines) != 5 || !slices.Contains(known, strings.ToLower(protocol)) {
		t.Fatalf("%q is answered %q", in, c.sent)
	}
	accept := strings.TrimPrefix(lines[3], "Sec-WebSocket-Accept: ")
	for key := range strings.FieldsFuncSeq(string(in), func(r rune) bool {
		return strings.ContainsRune(" \t\r\n:", r)
	}) {
		sum := sha1.Sum([]byte(key + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"))
		if base64.StdEncoding.EncodeToString(sum[:]) == accept {
			return
		}
	}
	t.Fatalf("%q is answered %q", in, c.sent)
}

func checkRefused(t *testing.T, in []byte, c *connection) {
	method := "GET"
	if bytes.HasPrefix(in, []byte("HEAD ")) {
		method = "HEAD"
	}
	r := answer(t, method, c.sent)
	for name, values := range r.Header {
		allowed := []string{"Allow", "Content-Length", "Content-Type", "Connection", "Location",
			"Sec-Websocket-Version", "Upgrade"}
		if !slices.Contains(allowed, name) || len(values) != 1 {
			t.Fatalf("%q is answered %q", in, c.sent)
		}
	}
	location := r.Header.Get("Location")
	if (r.StatusCode == http.StatusMovedPermanently) != strings.HasPrefix(location,
		"http://b"+acmePath) {
		t.Fatalf("%q is answered %q", in, c.sent)
	}
}

// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package admin

import (
	"io"
	"net"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

// send writes to a new connection and returns all that comes back until the server closes it.
func (p *port) send(t *testing.T, text string) string {
	t.Helper()
	c, err := net.Dial("tcp4", p.address)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if err := c.SetDeadline(time.Now().Add(patience)); err != nil {
		t.Fatal(err)
	}
	if _, err := io.WriteString(c, text); err != nil {
		t.Logf("write: %v", err) // the server may have closed by then
	}
	b, err := io.ReadAll(c)
	if err, ok := err.(net.Error); ok && err.Timeout() {
		t.Fatalf("the server does not close; it said %q", b)
	}
	return string(b)
}

// Whatever comes is answered or cut off, and the next one is served.
func TestHostileRequests(t *testing.T) {
	t.Parallel()
	p := open(t, newFake(), func(s *Server) {
		s.http.ReadHeaderTimeout, s.http.ReadTimeout = 50*time.Millisecond, 100*time.Millisecond
	})
	const head = "POST /drain HTTP/1.1\r\nHost: x\r\n"
	const get = "GET /readyz HTTP/1.1\r\nHost: x\r\n"
	for _, tt := range []struct{ name, text, want string }{
		{"good", get + "\r\n", "HTTP/1.1 200 "},
		{"one request for each connection", get + "\r\n" + get + "\r\n", "HTTP/1.1 200 "},
		{"huge header", get + "X: " + strings.Repeat("x", 1<<20) + "\r\n\r\n", "HTTP/1.1 431 "},
		{"many headers", get + strings.Repeat("X: y\r\n", 1<<16) + "\r\n", "HTTP/1.1 431 "},
		{"huge path", "GET /" + strings.Repeat("x", 1<<20), "HTTP/1.1 431 "},
		{"nothing at all", "", ""},
		{"half a header", get, ""},
		{"a body", head + bearer + "\r\nContent-Length: 5\r\n\r\nhello", "HTTP/1.1 413 "},
		{"a body that does not come", head + bearer + "\r\nContent-Length: 5\r\n\r\n",
			"HTTP/1.1 413 "},
		{"a body in chunks", head + bearer + "\r\nTransfer-Encoding: chunked\r\n\r\n",
			"HTTP/1.1 413 "},
		{"a huge body", head + bearer + "\r\nContent-Length: 99999999999\r\n\r\n",
			"HTTP/1.1 413 "},
		{"another protocol", "\x10\x0c\x00\x04MQTT\x04\x02\x00\x00\x00\x00\r\n\r\n",
			"HTTP/1.1 400 "},
		{"no host", "GET /readyz HTTP/1.1\r\n\r\n", "HTTP/1.1 400 "},
		{"OPTIONS *", "OPTIONS * HTTP/1.1\r\nHost: x\r\n\r\n", "HTTP/1.1 40"},
		{"PRI", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", "HTTP/1.1 413 "},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got := p.send(t, tt.text)
			if !strings.HasPrefix(got, tt.want) || tt.want == "" && got != "" &&
				!strings.HasPrefix(got, "HTTP/1.1 408 ") {
				t.Errorf("got %.100q, want %q", got, tt.want)
			}
			if n := strings.Count(got, "HTTP/1.1"); n > 1 {
				t.Errorf("%d answers", n)
			}
		})
	}
	if status, _ := p.ask(t, "GET", "/livez"); status != 200 || p.drained != 0 {
		t.Errorf("afterwards: %d, drained %d times", status, p.drained)
	}
}

// Those beyond the limit wait until somebody leaves.
func TestConnectionsAreLimited(t *testing.T) {
	t.Parallel()
	inner, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	l := limit(inner, 2)
	for range 3 {
		c, err := net.Dial("tcp4", inner.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
	}
	var first net.Conn
	for range 2 {
		c, err := l.Accept()
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		first = c
	}
	var left atomic.Bool
	early, failed := make(chan bool, 1), make(chan error, 1)
	go func() {
		c, err := l.Accept()
		early <- !left.Load()
		if err == nil {
			_ = c.Close()
		}
		failed <- err
	}()
	left.Store(true)
	_ = first.Close()
	_ = first.Close() // gives back one place only
	if <-early {
		t.Error("a third connection came in beside two")
	}
	if err := <-failed; err != nil {
		t.Error(err)
	}
	if len(l.room) != 1 {
		t.Errorf("%d places taken, want 1", len(l.room))
	}
	// Whoever waits for a place hears of the end.
	l.room <- struct{}{}
	go func() {
		_, err := l.Accept()
		failed <- err
	}()
	_ = l.Close()
	if err := <-failed; err == nil {
		t.Error("a closed listener accepts")
	}
}

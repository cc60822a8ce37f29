// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package rawclient

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"syscall"
	"testing"

	"github.com/coder/websocket"
)

// scripted is a connection on which the server says what it says.
type scripted struct {
	net.Conn
	io.Reader // what the server sends
	sent      bytes.Buffer
}

func (s *scripted) Read(b []byte) (int, error)  { return s.Reader.Read(b) }
func (s *scripted) Write(b []byte) (int, error) { return s.sent.Write(b) }

// hesitant reads a byte at a time, and before each of them a deadline passes.
type hesitant struct {
	io.Reader
	late bool
}

func (h *hesitant) Read(b []byte) (int, error) {
	if h.late = !h.late; h.late {
		return 0, os.ErrDeadlineExceeded
	}
	return h.Reader.Read(b[:1])
}

// unmasked returns the first byte and the payload of a small frame of a Client.
func unmasked(t *testing.T, b []byte) string {
	t.Helper()
	if len(b) < 6 || b[1] != 0x80|byte(len(b)-6) {
		t.Fatalf("% x is not one small frame of a Client", b)
	}
	for i := range b[6:] {
		b[6+i] ^= b[2+i%4]
	}
	return string(b[:1]) + string(b[6:])
}

func TestFrames(t *testing.T) {
	const fails = "rawclient: "
	cut := io.ErrUnexpectedEOF.Error()
	tests := []struct {
		name   string
		in     string
		data   string
		sent   string // one frame, unmasked
		failed string // how the error begins; "": the end
	}{
		{"nothing", "", "", "", ""},
		{"messages", "\x82\x01a\x82\x00\x82\x02bc", "abc", "", ""},
		{"fragments", "\x02\x01a\x00\x00\x80\x01b\x82\x01c", "abc", "", ""},
		{"length of two bytes", "\x82\x7e\x00\x03abc", "abc", "", ""},
		{"length of eight bytes", "\x82\x7f\x00\x00\x00\x00\x00\x00\x00\x03abc", "abc", "", ""},
		{"ping", "\x02\x01a\x89\x04ping\x80\x01b", "ab", "\x8aping", ""},
		{"pong", "\x82\x01a\x8a\x04pong\x82\x01b", "ab", "", ""},
		{"close", "\x82\x01a\x88\x02\x03\xe8", "a", "\x88\x03\xe8", ""},
		{"data behind a close", "\x88\x00\x82\x01a", "", "\x88", fails},
		{"text", "\x82\x01a\x81\x01b", "a", "", fails},
		{"reserved bit", "\xc2\x01a", "", "", fails},
		{"masked", "\x82\x81\x00\x00\x00\x00a", "", "", fails},
		{"nothing to continue", "\x80\x01a", "", "", fails},
		{"message inside of another", "\x02\x01a\x82\x01b", "a", "", fails},
		{"large ping", "\x89\x7e\x00\x7e" + strings.Repeat("x", 126), "", "", fails},
		{"end in a header", "\x82\x01a\x82", "a", "", cut},
		{"end in a length", "\x82\x7e\x00", "", "", cut},
		{"end in data", "\x82\x02a", "a", "", cut},
		{"end in a ping", "\x89\x02a", "", "", cut},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := &scripted{Reader: &hesitant{Reader: strings.NewReader(tt.in)}}
			w := &WebSocket{Conn: s, from: bufio.NewReader(s)}
			data, err := []byte(nil), os.ErrDeadlineExceeded
			for errors.Is(err, os.ErrDeadlineExceeded) {
				var more []byte
				more, err = io.ReadAll(w)
				data = append(data, more...)
			}
			if string(data) != tt.data || (err == nil) != (tt.failed == "") ||
				err != nil && !strings.HasPrefix(err.Error(), tt.failed) {
				t.Errorf("got %q, %v, want %q, %q", data, err, tt.data, tt.failed)
			}
			if tt.sent == "" && s.sent.Len() > 0 {
				t.Errorf("sent % x", s.sent.Bytes())
			} else if tt.sent != "" && unmasked(t, s.sent.Bytes()) != tt.sent {
				t.Errorf("sent %q, want %q", s.sent.Bytes(), tt.sent)
			}
		})
	}
}

// echo is a server by others that sends back what it gets. It refuses every path but one.
func echo(t *testing.T) (address string) {
	t.Helper()
	s := httptest.NewServer(http.HandlerFunc(func(a http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/mqtt" {
			http.NotFound(a, r)
			return
		}
		o := &websocket.AcceptOptions{Subprotocols: []string{"mqtt"}}
		ws, err := websocket.Accept(a, r, o)
		if err != nil {
			return // the client has the answer
		}
		ws.SetReadLimit(-1)
		for err == nil {
			var kind websocket.MessageType
			var b []byte
			if kind, b, err = ws.Read(r.Context()); string(b) == "end" {
				_ = ws.Close(websocket.StatusNormalClosure, "as you like")
			} else if err == nil {
				err = ws.Write(r.Context(), kind, b)
			}
		}
	}))
	t.Cleanup(s.Close)
	return s.Listener.Addr().String()
}

func dial(t *testing.T, address string) net.Conn {
	t.Helper()
	conn, err := net.Dial("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() }) // the end of the test
	return conn
}

func TestUpgrade(t *testing.T) {
	address := echo(t)
	w, answer, err := Upgrade(dial(t, address), address, "/mqtt", "chat, mqtt")
	if err != nil || answer.Header.Get("Sec-WebSocket-Protocol") != "mqtt" {
		t.Fatalf("%v, %v", answer, err)
	}
	for _, n := range []int{1, 125, 126, 65535, 65536, 200_000} {
		b, got := bytes.Repeat([]byte("0123456789"), n/10+1)[:n], make([]byte, n)
		if _, err := w.Write(b); err != nil {
			t.Fatal(err)
		}
		if _, err := io.ReadFull(w, got); err != nil || !bytes.Equal(got, b) {
			t.Fatalf("%d bytes: %v, or others came back", n, err)
		}
	}
	if _, err := w.Write([]byte("end")); err != nil {
		t.Fatal(err)
	}
	if b, err := io.ReadAll(w); len(b) > 0 || err != nil {
		t.Errorf("at the end: %q, %v", b, err)
	}
	w, answer, err = Upgrade(dial(t, address), address, "/other", "mqtt")
	if w != nil || err == nil || answer.StatusCode != http.StatusNotFound {
		t.Errorf("%v, %v, %v", w, answer, err)
	}
}

// Cut reaches the socket below all layers, and says goodbye in none of them.
func TestCut(t *testing.T) {
	l, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = l.Close() }() // the end of the test
	ours := dial(t, l.Addr().String())
	theirs, err := l.Accept()
	if err != nil {
		t.Fatal(err)
	}
	Wrap(t, &WebSocket{Conn: &WebSocket{Conn: ours}}).Cut()
	if b, err := io.ReadAll(theirs); len(b) > 0 || !errors.Is(err, syscall.ECONNRESET) {
		t.Errorf("the server hears %q, %v", b, err)
	}
	_ = theirs.Close() // it was reset
}

// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package door

import (
	"bufio"
	"errors"
	"net/http"
	"strings"
	"testing"
)

// asked is a door that has sent its request, and the request.
func asked(t *testing.T) (*Door, *http.Request) {
	t.Helper()
	d := NewDoors(&Kind{Host: "[::1]:8080", Path: "/a/path?and=more"}).New()
	if err := d.Begin(); err != nil || d.Open() || d.Doing() != WebSocketHandshake {
		t.Fatalf("%v, open %v, doing %s", err, d.Open(), d.Doing())
	}
	r, err := http.ReadRequest(bufio.NewReader(strings.NewReader(string(d.doors.Out()))))
	if err != nil {
		t.Fatal(err)
	}
	return d, r
}

func TestRequest(t *testing.T) {
	t.Parallel()
	_, r := asked(t)
	_, other := asked(t)
	h := r.Header
	if r.Method != "GET" || r.RequestURI != "/a/path?and=more" || r.Host != "[::1]:8080" ||
		h.Get("Upgrade") != "websocket" || h.Get("Connection") != "Upgrade" ||
		h.Get("Sec-WebSocket-Version") != "13" || h.Get("Sec-WebSocket-Protocol") != "mqtt" ||
		len(h.Get("Sec-WebSocket-Key")) != 24 ||
		h.Get("Sec-WebSocket-Key") == other.Header.Get("Sec-WebSocket-Key") {
		t.Errorf("%+v", r)
	}
	// The example of RFC 6455 1.3.
	if got := accept("dGhlIHNhbXBsZSBub25jZQ=="); got != "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=" {
		t.Errorf("accept %q", got)
	}
}

// edit changes a line of an answer that is right.
func edit(key, from, to string) string {
	return strings.Replace("HTTP/1.1 101 Switching Protocols\r\nupgrade: WebSocket\r\n"+
		"Connection: keep-alive, Upgrade\r\nSec-WebSocket-Accept: "+accept(key)+
		"\r\nSec-WebSocket-Protocol: mqtt\r\n\r\n", from, to, 1)
}

// Answers are understood in pieces of any size, and what comes right behind is not lost.
func TestAnswers(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, from, to string
		err            string // "": it is right
	}{
		{"right", "", "", ""},
		{"404", "101 Switching Protocols", "404 \x1b[31m", "the answer is 404 Not Found"},
		{"of HTTP/1.0", "HTTP/1.1 101", "HTTP/1.0 503", "the answer is 503 Service Unavailable"},
		{"not HTTP", "HTTP/1.1", "\x20\x02\x00\x00", ErrNotHTTP.Error()},
		{"hardly HTTP", "HTTP/1.1 101", "HTTP/1.x abc", ErrNotHTTP.Error()},
		{"no upgrade", "upgrade: WebSocket", "upgrade: h2c", errUpgrade.Error()},
		{"no connection", "Connection", "Konnection", errUpgrade.Error()},
		{"another key", "Accept: ", "Accept: x", errAccept.Error()},
		{"another protocol", "Protocol: mqtt", "Protocol: amqp", errProtocol.Error()},
		{"no protocol", "Sec-WebSocket-Protocol", "X", errProtocol.Error()},
		{"an extension", "Upgrade\r\n", "Upgrade\r\nSec-WebSocket-Extensions: x\r\n",
			errExtensions.Error()},
		{"no end", "\r\n\r\n", "\r\nX: " + strings.Repeat("x", maxAnswer),
			errAnswerTooLarge.Error()},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			for _, piece := range []int{0, 1, 3, 100} {
				d, r := asked(t)
				answer := edit(r.Header.Get("Sec-WebSocket-Key"), test.from, test.to)
				s := play(d, []byte(answer+frame(0x82, "first")), piece)
				if test.err == "" {
					if s.err != nil || s.data != "first" || !d.Open() || d.State() != nil {
						t.Errorf("in pieces of %d: %+v", piece, s)
					}
					continue
				}
				if s.err == nil || s.err.Error() != test.err || d.Open() || s.data != "" {
					t.Errorf("in pieces of %d: %+v, want %s", piece, s, test.err)
				}
			}
		})
	}
}

// An answer that says no can be asked for its status.
func TestRefused(t *testing.T) {
	t.Parallel()
	d, _ := asked(t)
	var refused *Refused
	s := play(d, []byte("HTTP/1.1 403 No\r\n\r\n"), 0)
	if !errors.As(s.err, &refused) || refused.Status != 403 {
		t.Errorf("%v", s.err)
	}
}

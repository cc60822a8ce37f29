// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package transport

import (
	"bytes"
	"errors"
	"math/rand/v2"
	"strings"
	"testing"
	"unsafe"

	"github.com/flashmq/flashmq/pkg/buffer"
)

// Every connection through WebSocket pays this.
func TestWebSocketSize(t *testing.T) {
	if n := unsafe.Sizeof(WebSocket{}); n > 96 {
		t.Errorf("a WebSocket takes %d bytes", n)
	}
}

func TestError(t *testing.T) {
	inner := errors.New("websocket: so it is")
	e := &Error{Reason: WebSocketText, Err: inner}
	if e.Error() != "websocket: so it is" || !errors.Is(e, inner) {
		t.Errorf("%v, %v", e, errors.Unwrap(e))
	}
	if s := (&Error{Reason: WebSocketText}).Error(); s != "websocket_text" {
		t.Errorf("an error without another says %q", s)
	}
}

// conversation is a whole one: several packets in a frame, a packet in several frames with a ping
// between them, frames of all kinds of length, and a close.
func conversation() (in []byte, want outcome) {
	connect := "\x10\x0c\x00\x04MQTT\x04\x02\x00\x3c\x00\x00"
	publish := "\x30\x07\x00\x03a/bhi"
	long := "\x30\xac\x02\x00\x03a/b" + strings.Repeat("x", 295)
	huge := "\x30\xff\xff\x04\x00\x03a/b" + strings.Repeat("0123456789", 8192)
	in = join([]byte(request), masked(0x82, connect), masked(0x82, publish+publish),
		masked(0x02, publish[:3]), masked(0x89, "are you there?"), masked(0x00, publish[3:4]),
		masked(0x8A, "unasked"), masked(0x00, ""), masked(0x89, ""), masked(0x80, publish[4:]),
		masked(0x82, long), masked(0x82, huge), masked(0x82, ""),
		masked(0x89, strings.Repeat("p", 125)), masked(0x82, "\xe0\x00"),
		masked(0x88, "\x03\xe8done"), masked(0x82, "after the end"))
	return in, outcome{
		data: connect + publish + publish + publish + long + huge + "\xe0\x00",
		sent: accepted + "\x8a\x0eare you there?" + "\x8a\x00" + "\x8a\x7d" +
			strings.Repeat("p", 125) + "\x88\x02\x03\xe8",
		reason: WebSocketClosed,
	}
}

// The conversation is the same however it arrives.
func TestConversation(t *testing.T) {
	in, want := conversation()
	t.Run("at once", func(t *testing.T) {
		c := newConnection(t, &WebSocketOptions{})
		c.read(in)
		wantOutcome(t, c.outcome(), want)
		c.drained()
	})
	t.Run("byte by byte", func(t *testing.T) {
		c := newConnection(t, &WebSocketOptions{})
		for i := range in {
			c.read(in[i : i+1])
		}
		wantOutcome(t, c.outcome(), want)
		c.drained()
	})
	t.Run("in pieces", func(t *testing.T) {
		seed := rand.Uint64()
		t.Logf("seed %d", seed)
		random := rand.New(rand.NewPCG(seed, 1))
		for range 100 {
			c := newConnection(t, &WebSocketOptions{})
			c.readPieces(random, in)
			wantOutcome(t, c.outcome(), want)
			c.drained()
		}
	})
}

// A conversation that breaks off anywhere is no error, and Reset gives everything back.
func TestTruncation(t *testing.T) {
	in, want := conversation()
	in = in[:len(request)+200]
	for i := range in {
		c := newConnection(t, &WebSocketOptions{})
		c.read(in[:i])
		if c.reason != "" || !strings.HasPrefix(want.data, string(c.data)) ||
			!strings.HasPrefix(want.sent, string(c.sent)) {
			t.Fatalf("after %d bytes: %+v", i, c.outcome())
		}
		c.w.Reset(c.pool)
		c.w.Reset(c.pool)
		c.drained()
		c.read(in[i:])
		if !strings.HasPrefix(want.data, string(c.data)) || len(c.sent) > 0 && i < len(request) {
			t.Fatalf("after Reset at %d bytes: %+v", i, c.outcome())
		}
	}
}

// Between frames a connection owns no buffer; inside a control frame it owns one.
func TestIdleOwnsNothing(t *testing.T) {
	c := opened(t)
	c.drained()
	ping := masked(0x89, "ping")
	for i := range ping {
		if i > 6 && cap(c.w.kept) != 512 || i <= 6 && c.w.kept != nil {
			t.Errorf("%d bytes kept after %d of the ping", cap(c.w.kept), i)
		}
		c.read(ping[i : i+1])
	}
	c.drained()
	data := masked(0x82, "data")
	for i := range data {
		c.read(data[i : i+1])
		c.drained()
	}
	// Nor does a whole control frame need one: the pong takes the buffer that the handshake had.
	c = opened(t)
	held := c.pool.Held()
	c.read(ping)
	if c.pool.Held() != held {
		t.Errorf("%d bytes in the pool after a ping, %d before", c.pool.Held(), held)
	}
}

// What is kept may be given back to another pool than it came from.
func TestMove(t *testing.T) {
	c := opened(t)
	ping := masked(0x89, "ping")
	c.read(ping[:8])
	c.pool = buffer.NewPool(1 << 20)
	c.read(ping[8:])
	wantOutcome(t, c.outcome(), outcome{sent: "\x8a\x04ping"})
	if c.w.kept != nil {
		t.Error("the ping is kept")
	}
}

func TestSend(t *testing.T) {
	tests := []struct {
		n    int
		head string
	}{
		{0, ""}, {1, "82 01"}, {125, "82 7d"}, {126, "82 7e 007e"}, {300, "82 7e 012c"},
		{65535, "82 7e ffff"}, {65536, "82 7f 0000000000010000"},
		{3 << 20, "82 7f 0000000000300000"},
	}
	for _, tt := range tests {
		c := opened(t)
		payload := bytes.Repeat([]byte("0123456789abcde"), tt.n/15+1)[:tt.n]
		var from buffer.Out
		for rest := payload; len(rest) > 0; {
			n := min(len(rest), 60_000)
			from.Append(c.pool, rest[:n])
			rest = rest[n:]
		}
		c.out.Append(c.pool, []byte("before"))
		c.w.Send(c.pool, &from, &c.out)
		if from.Len() != 0 {
			t.Errorf("%d: %d bytes left", tt.n, from.Len())
		}
		c.write()
		want := "before" + string(unhex(t, tt.head)) + string(payload)
		wantOutcome(t, c.outcome(), outcome{sent: want})
		c.drained()
	}
}

// Large payload is not copied.
func TestSendHandsOver(t *testing.T) {
	c := opened(t)
	shared := make([]byte, 100_000)
	var from buffer.Out
	from.AppendShared(c.pool, shared)
	c.w.Send(c.pool, &from, &c.out)
	chunks := c.out.Chunks(nil, 9)
	if len(chunks) != 2 || len(chunks[0]) != 10 || &chunks[1][0] != &shared[0] {
		t.Errorf("%d chunks", len(chunks))
	}
}

func TestSendOutsideOfTheConversation(t *testing.T) {
	c := newConnection(t, &WebSocketOptions{})
	var from buffer.Out
	from.Append(c.pool, []byte("x"))
	c.w.Send(c.pool, &from, &c.out)
	c.w.Close(c.pool, 1001, &c.out)
	if from.Len() != 1 || c.out.Len() != 0 {
		t.Errorf("before the handshake: %d bytes left, %d sent", from.Len(), c.out.Len())
	}
	c.read([]byte("GET / HTTP/1.0\r\n\r\n"))
	c.sent = nil
	c.w.Send(c.pool, &from, &c.out)
	c.w.Close(c.pool, 1001, &c.out)
	if from.Len() != 1 || c.out.Len() != 0 || c.w.Ready() {
		t.Errorf("without handshake: %d bytes left, %d sent", from.Len(), c.out.Len())
	}
	from.Reset(c.pool)

	c = opened(t)
	c.w.Close(c.pool, 1001, &c.out)
	from.Append(c.pool, []byte("x"))
	c.w.Send(c.pool, &from, &c.out)
	c.write()
	if from.Len() != 0 || string(c.sent) != "\x88\x02\x03\xe9" {
		t.Errorf("after Close: %d bytes left, sent % x", from.Len(), c.sent)
	}
	c.drained()
}

// After our close frame nothing but the peer's counts.
func TestClose(t *testing.T) {
	tests := []struct {
		name   string
		in     []byte
		reason Reason
	}{
		{"nothing", nil, ""},
		{"data", masked(0x82, "data"), ""},
		{"a ping", masked(0x89, "ping"), ""},
		{"data, a ping and the answer", join(masked(0x82, "data"), masked(0x89, "ping"),
			masked(0x88, "\x03\xe9")), WebSocketClosed},
		{"an empty answer", masked(0x88, ""), WebSocketClosed},
		{"another code", masked(0x88, "\x03\xe8"), WebSocketClosed},
		{"no close frame", masked(0x88, "\x03"), WebSocketControl},
		{"a frame that is wrong", []byte{0x83}, WebSocketOpcode},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			c := opened(t)
			c.read(masked(0x82, "before")[:9])
			c.w.Close(c.pool, 1001, &c.out)
			c.w.Close(c.pool, 1000, &c.out)
			c.read(masked(0x82, "before")[9:])
			c.read(tt.in)
			c.read(tt.in)
			wantOutcome(t, c.outcome(),
				outcome{data: "bef", sent: "\x88\x02\x03\xe9", reason: tt.reason})
			c.w.Close(c.pool, 1000, &c.out)
			if c.out.Len() != 0 || !c.w.Ready() {
				t.Error("closed once more, or not ready any more")
			}
			c.drained()
		})
	}
}

// Who sends pings and does not read the answers gets no more of them.
func TestPingFlood(t *testing.T) {
	c := opened(t)
	ping := masked(0x89, strings.Repeat("p", 125))
	for range 1000 {
		if _, _, err := c.w.Next(c.pool, bytes.Clone(ping), &c.out); err != nil {
			t.Fatal(err)
		}
		if c.out.Len() > maxUnread+127 {
			t.Fatalf("%d bytes wait", c.out.Len())
		}
	}
	if c.out.Len() <= maxUnread {
		t.Errorf("only %d bytes wait", c.out.Len())
	}
	c.write()
	c.sent = nil
	c.read(masked(0x89, "and now"))
	wantOutcome(t, c.outcome(), outcome{sent: "\x8a\x07and now"})
}

// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package transport

import (
	"bytes"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"math/rand/v2"
	"net/netip"
	"strings"
	"testing"
	"unsafe"

	"github.com/flashmq/flashmq/pkg/buffer"
)

var remote = netip.MustParseAddr("192.0.2.1")

// request is the one of RFC 6455 1.3, for MQTT.
const request = "GET /mqtt HTTP/1.1\r\nHost: broker.example\r\nUpgrade: websocket\r\n" +
	"Connection: Upgrade\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n" +
	"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Protocol: mqtt\r\n\r\n"

// fromBrowser is a request as a page makes it, with what a reverse proxy adds.
const fromBrowser = "GET /mqtt?page=1 HTTP/1.1\r\nHost: broker.example:8083\r\n" +
	"Connection: Upgrade\r\nPragma: no-cache\r\nCache-Control: no-cache\r\n" +
	"User-Agent: Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) " +
	"Chrome/138.0.0.0 Safari/537.36\r\nUpgrade: websocket\r\nOrigin: https://app.example\r\n" +
	"Sec-WebSocket-Version: 13\r\nAccept-Encoding: gzip, deflate, br, zstd\r\n" +
	"Accept-Language: en-GB,en;q=0.9,de;q=0.8\r\n" +
	"Cookie: session=0123456789abcdef0123456789abcdef; theme=dark\r\n" +
	"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n" +
	"Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits\r\n" +
	"Sec-WebSocket-Protocol: mqttv3.1, mqtt\r\nX-Real-IP: 203.0.113.9\r\n" +
	"X-Forwarded-For: 198.51.100.1, 203.0.113.9\r\nX-Forwarded-Proto: https\r\n\r\n"

// accepted is the answer to them.
const accepted = "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n" +
	"Connection: Upgrade\r\nSec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n" +
	"Sec-WebSocket-Protocol: mqtt\r\n\r\n"

// outcome is what one end of a conversation has heard.
type outcome struct {
	data   string // passed up
	sent   string // answered
	reason Reason // of the end; "": it goes on
}

// connection drives a WebSocket as the server does.
type connection struct {
	t    testing.TB
	pool *buffer.Pool
	w    *WebSocket
	out  buffer.Out

	data, sent []byte
	reason     Reason
}

func newConnection(t testing.TB, o *WebSocketOptions) *connection {
	return &connection{t: t, pool: buffer.NewPool(1 << 20), w: NewWebSocket(o, remote)}
}

func (c *connection) outcome() outcome { return outcome{string(c.data), string(c.sent), c.reason} }

// opened is a connection after the handshake.
func opened(t testing.TB) *connection {
	t.Helper()
	c := newConnection(t, &WebSocketOptions{})
	c.read([]byte(request))
	if string(c.sent) != accepted || !c.w.Ready() || c.reason != "" {
		t.Fatalf("no handshake: %q, %q", c.sent, c.reason)
	}
	c.sent = nil
	return c
}

// read is one read from the socket: its bytes are lent and overwritten afterwards.
func (c *connection) read(in []byte) {
	c.t.Helper()
	in = bytes.Clone(in)
	for rest := in; ; {
		data, left, err := c.w.Next(c.pool, rest, &c.out)
		c.check(rest, data, left, err)
		c.data = append(c.data, data...)
		c.write()
		if err != nil {
			c.fail(err)
		}
		if rest = left; len(rest) == 0 {
			break
		}
	}
	for i := range in {
		in[i] = 0xA5
	}
}

// check wants data and left to be slices of in, in this order, and some progress.
func (c *connection) check(in, data, left []byte, err error) {
	c.t.Helper()
	offset := func(b []byte) int {
		return int(uintptr(unsafe.Pointer(unsafe.SliceData(b))) -
			uintptr(unsafe.Pointer(unsafe.SliceData(in))))
	}
	end := len(in)
	if len(left) > 0 {
		if end = offset(left); end <= 0 || end+len(left) != len(in) || err != nil {
			c.t.Fatalf("rest of %d bytes at %d of %d, %v", len(left), end, len(in), err)
		}
	}
	if len(data) > 0 && (offset(data) < 0 || offset(data)+len(data) > end) {
		c.t.Fatalf("data of %d bytes at %d, rest at %d", len(data), offset(data), end)
	}
	if cap(data) != len(data) {
		c.t.Fatal("append to the data would change what is behind it")
	}
}

// write takes what waits to be written.
func (c *connection) write() {
	for _, b := range c.out.Chunks(nil, 1<<30) {
		c.sent = append(c.sent, b...)
	}
	c.out.Reset(c.pool)
}

func (c *connection) fail(err error) {
	c.t.Helper()
	var e *Error
	if !errors.As(err, &e) || e.Reason == "" || !strings.HasPrefix(e.Error(), "websocket: ") {
		c.t.Fatalf("the error is %#v", err)
	}
	if c.reason != "" {
		c.t.Fatalf("%q after %q", e.Reason, c.reason)
	}
	c.reason = e.Reason
}

// readPieces reads in, cut at random.
func (c *connection) readPieces(random *rand.Rand, in []byte) {
	c.t.Helper()
	for longest := 1 << random.IntN(12); len(in) > 0; {
		n := min(len(in), 1+random.IntN(longest))
		c.read(in[:n])
		in = in[n:]
	}
}

// drained fails when something was not given back though nothing is under way.
func (c *connection) drained() {
	c.t.Helper()
	if c.w.kept != nil || c.pool.Lent() != 0 {
		c.t.Errorf("%d bytes kept, %d buffers lent", len(c.w.kept), c.pool.Lent())
	}
}

// frame is a frame as a client sends it.
func frame(first byte, payload string, key [4]byte) []byte {
	b := []byte{first}
	switch n := len(payload); {
	case n < 126:
		b = append(b, 0x80|byte(n))
	case n < 65536:
		b = binary.BigEndian.AppendUint16(append(b, 0x80|126), uint16(n))
	default:
		b = binary.BigEndian.AppendUint64(append(b, 0x80|127), uint64(n))
	}
	b = append(b, key[:]...)
	for i := range len(payload) {
		b = append(b, payload[i]^key[i%4])
	}
	return b
}

// masked is a frame with a key of which no byte equals another.
func masked(first byte, payload string) []byte {
	return frame(first, payload, [4]byte{0x37, 0xFA, 0x21, 0x3D})
}

func join(frames ...[]byte) []byte { return bytes.Join(frames, nil) }

// unhex reads hexadecimal digits; spaces are for the reader.
func unhex(t testing.TB, s string) []byte {
	t.Helper()
	b, err := hex.DecodeString(strings.ReplaceAll(s, " ", ""))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func wantOutcome(t testing.TB, got, want outcome) {
	t.Helper()
	if got.data != want.data {
		t.Errorf("data %.60q (%d), want %.60q (%d)", got.data, len(got.data), want.data,
			len(want.data))
	}
	if got.sent != want.sent {
		t.Errorf("sent % .60x (%d), want % .60x (%d)", got.sent, len(got.sent), want.sent,
			len(want.sent))
	}
	if got.reason != want.reason {
		t.Errorf("reason %q, want %q", got.reason, want.reason)
	}
}

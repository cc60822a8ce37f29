// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package load

import (
	"bufio"
	"bytes"
	"crypto/sha1"
	"crypto/tls"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"net"
	"net/http"
	"os"
	"runtime"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/flashmq/flashmq/cmd/flashmq-bench/internal/door"
	"github.com/flashmq/flashmq/pkg/mqtt"
)

// webPipe is pipe with a WebSocket that is open.
func webPipe(t *testing.T) (l *loop, c *conn, other int) {
	t.Helper()
	l, c, other = pipe(t)
	kind := &door.Kind{Host: "broker.example:80", Path: "/mqtt"}
	l.doors, l.raw = door.NewDoors(kind), make([]byte, readSize)
	l.ready, l.opening, c.state = 0, 1, dialing
	l.enter(c)
	b := make([]byte, 10000)
	n, err := unix.Read(other, b)
	if err != nil {
		t.Fatal(err)
	}
	r, err := http.ReadRequest(bufio.NewReader(bytes.NewReader(b[:n])))
	if err != nil {
		t.Fatal(err)
	}
	sum := sha1.Sum([]byte(r.Header.Get("Sec-WebSocket-Key") +
		"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"))
	answer := "HTTP/1.1 101 Go\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n" +
		"Sec-WebSocket-Accept: " + base64.StdEncoding.EncodeToString(sum[:]) +
		"\r\nSec-WebSocket-Protocol: mqtt\r\n\r\n"
	if _, err := unix.Write(other, []byte(answer)); err != nil {
		t.Fatal(err)
	}
	l.step(0)
	if c.state != greeting {
		t.Fatalf("state %d: %v", c.state, l.failure)
	}
	if n, err = unix.Read(other, b); err != nil || b[0] != 0x82 { // the frame of CONNECT
		t.Fatalf("%q, %v", b[:max(n, 0)], err)
	}
	c.state, l.ready, l.opening = ready, 1, 0
	return l, c, other
}

// frames puts a stream into frames of a server, each of so many bytes.
func frames(stream []byte, size int) (b []byte) {
	for len(stream) > 0 {
		n := min(size, len(stream), 65535)
		b = binary.BigEndian.AppendUint16(append(b, 0x82, 126), uint16(n))
		if n < 126 {
			b = append(b[:len(b)-3], byte(n))
		}
		b, stream = append(b, stream[:n]...), stream[n:]
	}
	return b
}

// Packets may begin and end anywhere in frames, and frames anywhere in reads.
func TestPacketsInFrames(t *testing.T) {
	t.Parallel()
	m, err := newTemplate(&Options{Version: 4, Size: 300}, "topic", false)
	if err != nil {
		t.Fatal(err)
	}
	var stream []byte
	const messages = 50
	for n := range uint32(messages) {
		stream = m.stamp(stream, 0, 0, n, 1)
		stream = append(stream, 0xD0, 0) // PINGRESP
	}
	for _, size := range []int{1, 7, 311, len(stream)} {
		for _, piece := range []int{1, 100, 1 << 16} {
			l, c, other := webPipe(t)
			c.hears = &hearing{group: &group{copies: 1}, from: make([]track, 1)}
			for rest := frames(stream, size); len(rest) > 0; l.step(0) {
				n, err := unix.Write(other, rest[:min(piece, len(rest))])
				if err != nil {
					t.Fatal(err)
				}
				rest = rest[n:]
			}
			for turn := 0; turn < 100 && l.count.pongs < messages; turn++ {
				l.step(0)
			}
			if l.count.received != messages || l.count.pongs != messages || l.count.gaps != 0 ||
				l.count.closed != 0 || len(c.rest) != 0 {
				t.Errorf("frames of %d in pieces of %d: %+v, %d bytes left, %v", size, piece,
					l.count, len(c.rest), l.failure)
			}
		}
	}
}

// A packet larger than anything that was sent ends the connection, whatever it comes in.
func TestTooLargeInFrames(t *testing.T) {
	t.Parallel()
	l, c, other := webPipe(t)
	stream := append([]byte{0x30, 0xFF, 0xFF, 0xFF, 1}, make([]byte, len(l.in))...)
	for rest := frames(stream, 60000); len(rest) > 0 && c.state != closed; l.step(0) {
		n, err := unix.Write(other, rest[:min(50000, len(rest))])
		if err != nil {
			t.Fatal(err)
		}
		rest = rest[n:]
	}
	if c.state != closed || !errors.Is(l.failure, errTooLarge) {
		t.Errorf("state %d, %v", c.state, l.failure)
	}
}

// Why the broker closed the WebSocket is told.
func TestCloseFrame(t *testing.T) {
	t.Parallel()
	l, c, other := webPipe(t)
	if _, err := unix.Write(other, []byte("\x88\x07\x03\xf0sorry")); err != nil {
		t.Fatal(err)
	}
	l.step(0)
	if c.state != ready {
		t.Errorf("state %d before the end: %v", c.state, l.failure)
	}
	if err := unix.Shutdown(other, unix.SHUT_WR); err != nil {
		t.Fatal(err)
	}
	l.step(0)
	const want = `client 0: the broker closed the WebSocket: status 1008, "sorry"`
	if c.state != closed || l.failure == nil || l.failure.Error() != want {
		t.Errorf("state %d, %v", c.state, l.failure)
	}
}

// Handshakes that come to no end leave nothing behind when the run ends.
func TestNobodyShakesHands(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	_, _, err = Run(t.Context(), Options{Scenario: Idle, Host: "127.0.0.1", Clients: 20,
		Port: listener.Addr().(*net.TCPAddr).Port, Version: mqtt.V311, TLS: &TLS{},
		Duration: time.Millisecond, Deadline: 50 * time.Millisecond})
	if !errors.Is(err, errDeadline) {
		t.Errorf("%v", err)
	}
	stacks := make([]byte, 1<<20)
	stacks = stacks[:runtime.Stack(stacks, true)]
	if bytes.Contains(stacks, []byte("door.newHandshake")) {
		t.Errorf("%s", stacks)
	}
}

// What was asked for is what crypto/tls is asked for.
func TestTLSConfig(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name        string
		tls         TLS
		least, most uint16
		server      string
		insecure    bool
		resumes     bool
	}{
		{"nothing", TLS{}, tls.VersionTLS12, 0, "host", false, false},
		{"1.2", TLS{Version: "1.2", ServerName: "other"}, tls.VersionTLS12, tls.VersionTLS12,
			"other", false, false},
		{"1.3", TLS{Version: "1.3", Insecure: true, Resume: true}, tls.VersionTLS13,
			tls.VersionTLS13, "host", true, true},
	} {
		c, err := test.tls.config("host")
		if err != nil {
			t.Fatal(err)
		}
		resumes := c.ClientSessionCache != nil
		if c.MinVersion != test.least || c.MaxVersion != test.most || resumes != test.resumes ||
			c.ServerName != test.server || c.InsecureSkipVerify != test.insecure ||
			c.RootCAs != nil || c.Certificates != nil {
			t.Errorf("%s: %+v", test.name, c)
		}
	}
	file := t.TempDir() + "/empty.pem"
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := (&TLS{CAFile: file}).config(""); err == nil ||
		!strings.Contains(err.Error(), "there is no certificate in "+file) {
		t.Errorf("%v", err)
	}
}

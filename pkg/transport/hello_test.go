// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package transport

import (
	"crypto/tls"
	"errors"
	"net"
	"strings"
	"testing"
	"time"
)

// greeting is a real ClientHello, records and all.
func greeting(t testing.TB) []byte {
	t.Helper()
	ours, theirs := net.Pipe()
	go func() { _ = tls.Client(theirs, clientConfig()).Handshake() }()
	_ = ours.SetDeadline(time.Now().Add(patience))
	b := make([]byte, 32<<10)
	n, err := ours.Read(b)
	if err != nil {
		t.Fatal(err)
	}
	_ = ours.Close()
	return b[:n]
}

// split cuts the message of one record into records of so many bytes.
func split(record []byte, size int) []byte {
	var out []byte
	for message := record[recordHeader:]; len(message) > 0; {
		n := min(size, len(message))
		out = append(out, recordHandshake, 3, 1, byte(n>>8), byte(n))
		out = append(out, message[:n]...)
		message = message[n:]
	}
	return out
}

func TestHello(t *testing.T) {
	t.Parallel()
	one := greeting(t)
	for _, size := range []int{1, 3, 4, 5, 100, 16384} {
		records := split(one, size)
		for _, piece := range []int{1, 7, len(records)} {
			var h hello
			for at := 0; at < len(records); at += piece {
				last := at+piece >= len(records)
				whole, err := h.add(records[at:min(at+piece, len(records))])
				if whole != last || err != nil {
					t.Fatalf("records of %d, %d at a time: complete at %d of %d: %v, %v", size,
						piece, at, len(records), whole, err)
				}
			}
		}
	}
}

func TestNotHello(t *testing.T) {
	t.Parallel()
	large := split(append([]byte{0, 0, 0, 0, 0, clientHello, 1, 0, 0}, make([]byte, 70<<10)...),
		9000)
	for _, tt := range []struct {
		name   string
		in     string
		reason Reason
		text   string
		after  int // bytes it takes to see that; 0: all
	}{
		{"MQTT", "\x10\x0c\x00\x04MQTT", TLSNotTLS, "MQTT without it", 1},
		{"HTTP", "GET / HTTP/1.1\r\n", TLSNotTLS, "HTTP without it", 1},
		{"PROXY 1", "PROXY TCP4 1.2.3.4", TLSNotTLS, "haproxy on", 1},
		{"PROXY 2", proxySignature2, TLSNotTLS, "haproxy on", 1},
		{"record of SSL 2", "\x16\x02", TLSNotTLS, "begins with", 2},
		{"empty record", "\x16\x03\x01\x00\x00", TLSHello, "0 bytes", 5},
		{"long record", "\x16\x03\x01\x40\x01", TLSHello, "16385 bytes", 5},
		{"ServerHello", "\x16\x03\x01\x00\x01\x02", TLSHello, "message 2", 6},
		{"an alert afterwards", "\x16\x03\x01\x00\x01\x01\x15", TLSNotTLS, "begins with", 7},
		{"large message", "\x16\x03\x01\x00\x04\x01\x01\x00\x01", TLSHello, "65537 bytes", 9},
		{"large in truth", string(large), TLSHello, "bytes", 0},
	} {
		var h hello
		var err error
		seen := 0
		for ; seen < len(tt.in) && err == nil; seen++ {
			_, err = h.add([]byte{tt.in[seen]})
		}
		var e *Error
		if !errors.As(err, &e) || e.Reason != tt.reason || !strings.Contains(e.Error(), tt.text) {
			t.Errorf("%s: %v, want %s and %q", tt.name, err, tt.reason, tt.text)
		}
		if tt.after != 0 && seen != tt.after {
			t.Errorf("%s: seen after %d bytes, want %d", tt.name, seen, tt.after)
		}
	}
}

func FuzzHello(f *testing.F) {
	f.Add(greeting(f), uint8(3))
	f.Add(split(greeting(f), 50), uint8(1))
	f.Fuzz(func(t *testing.T, in []byte, piece uint8) {
		var whole, parts hello
		done, err := whole.add(in)
		doneParts, errParts := false, error(nil)
		for n := int(piece) + 1; len(in) > 0 && !doneParts && errParts == nil; {
			n = min(n, len(in))
			doneParts, errParts = parts.add(in[:n])
			in = in[n:]
		}
		if done != doneParts || (err == nil) != (errParts == nil) {
			t.Errorf("in one piece %v, %v; in parts %v, %v", done, err, doneParts, errParts)
		}
	})
}

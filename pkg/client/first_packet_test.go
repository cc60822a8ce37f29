// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package client_test

import (
	"bytes"
	"strings"
	"testing"

	"github.com/flashmq/flashmq/pkg/mqtt"
	"github.com/flashmq/flashmq/pkg/packet"
	"github.com/flashmq/flashmq/pkg/servertest/scenario"
)

// TestFirstPacketRefusedAtItsHeader: a first packet that cannot be taken ends the connection as
// soon as its fixed header says so; a 5.0 Client whose version came along is told why.
func TestFirstPacketRefusedAtItsHeader(t *testing.T) {
	t.Parallel()
	const tooLarge = "\x10\xFE\xFF\x07"
	tests := []struct{ name, in, want string }{
		{"too large, version in sight", tooLarge + "\x00\x04MQTT\x05\x02",
			"CONNACK 0x95 packet too large +reason, closed"},
		{"too large, 3.1.1", tooLarge + "\x00\x04MQTT\x04\x02", "closed"},
		{"too large, header only", tooLarge, "closed"},
		{"wrong flags", "\x11\x0E\x00\x04MQTT\x05\x02\x00\x00\x00\x00\x01c",
			"CONNACK 0x81 malformed packet +reason, closed"},
		{"five-byte length", "\x10\xFF\xFF\xFF\xFF\x01", "closed"},
		{"a part of a PUBLISH", "\x30\x10", "closed"},
		{"the first byte of a PUBREC", "\x50", "closed"},
		{"a large PUBLISH", "\x30\xFE\xFF\x07", "closed"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			w := scenario.New(scenario.Defaults(1))
			c := w.Dial("c")
			c.Send([]byte(tt.in))
			w.Settle()
			if got := strings.Join(c.Take(), ", "); got != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}

// TestLargestFirstPacket: a CONNECT of exactly the limit is accepted, one byte more is not, and
// what was received of it is all that was kept.
func TestLargestFirstPacket(t *testing.T) {
	t.Parallel()
	const limit = 65_536
	for _, tt := range []struct {
		name string
		size int
		want string
	}{
		{"at the limit", limit, "CONNACK"},
		{"above the limit", limit + 1, "closed"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			w := scenario.New(scenario.Defaults(1))
			c := w.Dial("c")
			c.Version = mqtt.V311
			in := connectOfSize(t, tt.size)
			for len(in) > 0 && !c.Closed() { // in pieces, as from a socket
				n := min(1000, len(in))
				c.Send(in[:n])
				w.Settle()
				in = in[n:]
			}
			if got := strings.Join(c.Take(), ", "); got != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}

// connectOfSize makes a CONNECT of so many bytes with a long password and a will.
func connectOfSize(t *testing.T, size int) []byte {
	t.Helper()
	x := &packet.Connect{Version: mqtt.V311, ClientID: []byte("c"), CleanStart: true,
		HasUsername: true, Username: []byte("u"), HasPassword: true, Will: true,
		WillTopic: []byte("w"), WillPayload: bytes.Repeat([]byte{'x'}, 30_000)}
	empty, err := packet.AppendConnect(nil, x)
	if err != nil {
		t.Fatal(err)
	}
	x.Password = bytes.Repeat([]byte{'p'}, size-len(empty))
	b, err := packet.AppendConnect(nil, x)
	if err != nil || len(b) != size {
		t.Fatalf("made %d bytes, want %d: %v", len(b), size, err)
	}
	return b
}

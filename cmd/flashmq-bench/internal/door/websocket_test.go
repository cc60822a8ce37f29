// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package door

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"strings"
	"testing"
)

// stream is what a door made of what came: data passed on, bytes for the socket, and how it ended.
type stream struct {
	data, out string
	err       error
}

// play lends a door what came, in pieces of that size; 0: at once.
func play(d *Door, in []byte, piece int) (s stream) {
	if piece == 0 {
		piece = len(in)
	}
	b := make([]byte, 50) // small, so that much does not fit
	for len(in) > 0 && s.err == nil {
		part := bytes.Clone(in[:min(piece, len(in))])
		in = in[len(part):]
		d.Receive(part)
		for full := true; full && s.err == nil; {
			var n int
			n, s.err = d.Read(b)
			s.data += string(b[:n])
			s.out += string(d.doors.Out())
			full = n == len(b)
		}
	}
	return s
}

// opened is a door through WebSocket whose handshake is over.
func opened() *Door {
	d := NewDoors(&Kind{Host: "broker.example:80", Path: "/mqtt"}).New()
	d.web.open = true
	return d
}

// frame is one of a server.
func frame(first byte, payload string) string {
	b := []byte{first}
	switch n := len(payload); {
	case n < 126:
		b = append(b, byte(n))
	case n < 1<<16:
		b = binary.BigEndian.AppendUint16(append(b, 126), uint16(n))
	default:
		b = binary.BigEndian.AppendUint64(append(b, 127), uint64(n))
	}
	return string(b) + payload
}

// unmasked takes frames of a client apart: each as its first byte and its payload.
func unmasked(t *testing.T, b string) (frames []string) {
	t.Helper()
	for len(b) > 0 {
		if len(b) < 2 || b[1] < 0x80 {
			t.Fatalf("%q is not masked", b)
		}
		length, at := int(b[1]&0x7F), 2
		switch length {
		case 126:
			length, at = int(binary.BigEndian.Uint16([]byte(b[2:]))), 4
		case 127:
			length, at = int(binary.BigEndian.Uint64([]byte(b[2:]))), 10
		}
		payload := []byte(b[at+4 : at+4+length])
		for i := range payload {
			payload[i] ^= b[at+i%4]
		}
		frames = append(frames, b[:1]+string(payload))
		b = b[at+4+length:]
	}
	return frames
}

// Frames are passed on, or answered, or refused, in pieces of any size.
func TestFrames(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("0123456789", 30)
	huge := strings.Repeat("0123456789", 7000)
	tests := []struct {
		name, in, data string
		answers        []string
		err            error
	}{
		{"nothing", "", "", nil, nil},
		{"one", frame(0x82, "hello"), "hello", nil, nil},
		{"empty ones", frame(0x82, "") + frame(0x82, "a") + frame(0x82, ""), "a", nil, nil},
		{"two bytes of length", frame(0x82, long), long, nil, nil},
		{"eight bytes of length", frame(0x82, huge) + frame(0x82, "!"), huge + "!", nil, nil},
		{"fragments with a ping in between", frame(0x02, "ab") + frame(0x89, "there?") +
			frame(0x00, "") + frame(0x80, "c") + frame(0x82, "d"), "abcd", []string{"\x8athere?"},
			nil},
		{"pings", frame(0x89, "") + frame(0x89, long[:125]), "",
			[]string{"\x8a", "\x8a" + long[:125]}, nil},
		{"a pong", frame(0x8A, "unasked") + frame(0x82, "x"), "x", nil, nil},
		{"close", frame(0x82, "a") + frame(0x88, "\x03\xe8bye") + frame(0x82, "b"), "a",
			[]string{"\x88\x03\xe8"}, nil},
		{"close without a status", frame(0x88, "") + "garbage", "", []string{"\x88"}, nil},
		{"reserved bits", frame(0x82, "a") + "\xc2\x00", "a", nil, errReserved},
		{"another kind", "\x83\x00", "", nil, errOpcode},
		{"another kind of control", "\x8b\x00", "", nil, errOpcode},
		{"text", frame(0x81, "a"), "", nil, errText},
		{"masked", "\x82\x81aaaab", "", nil, errMasked},
		{"a long ping", "\x89\x7e\x00\x7e", "", nil, errControl},
		{"a ping in pieces", "\x09\x00", "", nil, errControl},
		{"nothing to continue", frame(0x80, "a"), "", nil, errFragments},
		{"not continued", frame(0x02, "a") + frame(0x82, "b"), "a", nil, errFragments},
		{"a length of two bytes for one", "\x82\x7e\x00\x7d", "", nil, errLength},
		{"a length of eight bytes for two", "\x82\x7f\x00\x00\x00\x00\x00\x00\xff\xff", "", nil,
			errLength},
		{"a length with its highest bit", "\x82\x7f\x80\x00\x00\x00\x00\x00\x00\x00", "", nil,
			errLength},
		{"a length that no memory has", "\x82\x7f\x7f\xff\xff\xff\xff\xff\xff\xffabc", "abc", nil,
			nil},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			for _, piece := range []int{0, 1, 2, 3, 7, 64} {
				s := play(opened(), []byte(test.in), piece)
				if s.data != test.data || !errors.Is(s.err, test.err) {
					t.Errorf("in pieces of %d: %d bytes, want %d; %v, want %v", piece, len(s.data),
						len(test.data), s.err, test.err)
				}
				if got := unmasked(t, s.out); fmt.Sprint(got) != fmt.Sprint(test.answers) {
					t.Errorf("in pieces of %d: answered %q, want %q", piece, got, test.answers)
				}
			}
		})
	}
}

// After the server's close frame there is a reason, and nothing is sent any more.
func TestServerCloses(t *testing.T) {
	t.Parallel()
	d := opened()
	if d.Ended() != nil {
		t.Error("ended before it began")
	}
	play(d, []byte(frame(0x88, "\x03\xf0\"go\"")), 0)
	const want = `the broker closed the WebSocket: status 1008, "\"go\""`
	if err := d.Ended(); err == nil || err.Error() != want {
		t.Errorf("%v, want %s", err, want)
	}
	if err := d.Write([]byte("late")); err != nil || len(d.doors.Out()) > 0 {
		t.Errorf("%v, or it was sent", err)
	}
}

// Who does not read has no more answers collected for him.
func TestUnreadPongs(t *testing.T) {
	t.Parallel()
	d := opened()
	d.Unread = true
	if s := play(d, []byte(frame(0x89, "?")+frame(0x82, "a")), 0); s.out != "" || s.data != "a" {
		t.Errorf("%+v", s)
	}
}

// A write is one frame, masked with a key of its own.
func TestWriteIsOneFrame(t *testing.T) {
	t.Parallel()
	d := opened()
	keys := map[string]bool{}
	for _, n := range []int{1, 7, 8, 125, 126, 65535, 65536, 100000} {
		want := strings.Repeat("abcdefg", n/7+1)[:n]
		if err := d.Write([]byte(want)); err != nil {
			t.Fatal(err)
		}
		b := string(d.doors.Out())
		if got := unmasked(t, b); len(got) != 1 || got[0] != "\x82"+want {
			t.Errorf("%d bytes became %d frames", n, len(got))
		}
		keys[b[len(b)-n-4:len(b)-n]] = true
	}
	if len(keys) < 7 {
		t.Errorf("only %d keys", len(keys))
	}
}

// Whatever comes, in whatever pieces, is understood in the same way.
func FuzzFrames(f *testing.F) {
	f.Add([]byte(frame(0x02, "ab")+frame(0x89, "there?")+frame(0x80, "c")), byte(1))
	f.Add([]byte(frame(0x82, strings.Repeat("x", 300))+frame(0x88, "\x03\xe8bye")), byte(3))
	f.Add([]byte("\x82\x7f\x7f\xff\xff\xff\xff\xff\xff\xffabc"), byte(2))
	f.Fuzz(func(t *testing.T, in []byte, piece byte) {
		whole, pieces := play(opened(), in, 0), play(opened(), in, int(piece)+1)
		if whole.data != pieces.data || !errors.Is(whole.err, pieces.err) ||
			fmt.Sprint(unmasked(t, whole.out)) != fmt.Sprint(unmasked(t, pieces.out)) {
			t.Fatalf("%+v and %+v", whole, pieces)
		}
	})
}

// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package transport

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
)

// protocolError is the close frame that most violations are answered with.
const protocolError = "\x88\x02\x03\xea"

type exchange struct {
	name string
	in   []byte
	want outcome
}

// run plays each exchange at once and byte by byte.
func run(t *testing.T, exchanges []exchange) {
	for _, e := range exchanges {
		t.Run(e.name, func(t *testing.T) {
			c := opened(t)
			c.read(e.in)
			wantOutcome(t, c.outcome(), e.want)
			if c.reason != "" {
				c.drained()
			}
			c = opened(t)
			for i := range e.in {
				c.read(e.in[i : i+1])
			}
			wantOutcome(t, c.outcome(), e.want)
		})
	}
}

func TestDataFrames(t *testing.T) {
	var exchanges []exchange
	for _, n := range []int{0, 1, 7, 8, 9, 125, 126, 127, 128, 65535, 65536, 131072} {
		data := strings.Repeat("\x00\xffab7", n/5+1)[:n]
		exchanges = append(exchanges, exchange{fmt.Sprintf("%d bytes", n), masked(0x82, data),
			outcome{data: data}})
	}
	run(t, exchanges)
}

func TestPings(t *testing.T) {
	long := strings.Repeat("\xfe", 125)
	var ten, pongs string
	for i := range 10 {
		ten += string(masked(0x89, fmt.Sprintf("payload-%d", i)))
		pongs += fmt.Sprintf("\x8a\x09payload-%d", i)
	}
	run(t, []exchange{
		{"empty", masked(0x89, ""), outcome{sent: "\x8a\x00"}},
		{"text", masked(0x89, "Hello"), outcome{sent: "\x8a\x05Hello"}},
		{"no text", masked(0x89, "\x00\xff\xfe\xfd\xfc\xfb\x00\xff"),
			outcome{sent: "\x8a\x08\x00\xff\xfe\xfd\xfc\xfb\x00\xff"}},
		{"125 bytes", masked(0x89, long), outcome{sent: "\x8a\x7d" + long}},
		{"126 bytes", masked(0x89, long+"x"),
			outcome{sent: protocolError, reason: WebSocketControl}},
		{"ten", []byte(ten), outcome{sent: pongs}},
		{"pong", masked(0x8A, ""), outcome{}},
		{"pong with payload, then ping", join(masked(0x8A, "unasked"), masked(0x89, "asked")),
			outcome{sent: "\x8a\x05asked"}},
		{"pong of 126 bytes", masked(0x8A, long+"x"),
			outcome{sent: protocolError, reason: WebSocketControl}},
	})
}

func TestReservedBits(t *testing.T) {
	var exchanges []exchange
	for bits := byte(1); bits < 8; bits++ {
		for _, code := range []byte{0x82, 0x89, 0x88, 0x02} {
			exchanges = append(exchanges, exchange{fmt.Sprintf("%x", bits<<4|code),
				join(masked(0x82, "good"), masked(bits<<4|code, ""), masked(0x89, "unseen")),
				outcome{"good", protocolError, WebSocketReservedBits}})
		}
	}
	run(t, exchanges)
}

func TestOpcodes(t *testing.T) {
	var exchanges []exchange
	for _, code := range []byte{3, 4, 5, 6, 7, 11, 12, 13, 14, 15} {
		for _, fin := range []byte{0, 0x80} {
			exchanges = append(exchanges, exchange{fmt.Sprintf("%x", fin|code),
				join(masked(0x82, "good"), masked(fin|code, "x"), masked(0x82, "unseen")),
				outcome{"good", protocolError, WebSocketOpcode}})
		}
	}
	run(t, exchanges)
}

func TestText(t *testing.T) {
	want := outcome{"good", "\x88\x02\x03\xeb", WebSocketText}
	run(t, []exchange{
		{"whole", join(masked(0x82, "good"), masked(0x81, "text")), want},
		{"fragment", join(masked(0x82, "good"), masked(0x01, "te"), masked(0x80, "xt")), want},
		{"empty", join(masked(0x82, "good"), masked(0x81, "")), want},
	})
}

func TestFragments(t *testing.T) {
	nothing := outcome{"", protocolError, WebSocketContinuation}
	run(t, []exchange{
		{"two", join(masked(0x02, "frag"), masked(0x80, "ment")), outcome{data: "fragment"}},
		{"with empty ones", join(masked(0x02, ""), masked(0x00, "x"), masked(0x00, ""),
			masked(0x80, "")), outcome{data: "x"}},
		{"with a ping between", join(masked(0x02, "frag"), masked(0x89, "p"),
			masked(0x80, "ment")), outcome{data: "fragment", sent: "\x8a\x01p"}},
		{"two messages", join(masked(0x02, "a"), masked(0x80, "b"), masked(0x02, "c"),
			masked(0x00, "d"), masked(0x80, "e"), masked(0x82, "f")), outcome{data: "abcdef"}},
		{"close between", join(masked(0x02, "frag"), masked(0x88, ""), masked(0x80, "ment")),
			outcome{"frag", "\x88\x00", WebSocketClosed}},
		{"nothing to continue", masked(0x80, "x"), nothing},
		{"nothing to continue, not final", masked(0x00, "x"), nothing},
		{"nothing to continue after a whole message", join(masked(0x82, ""), masked(0x80, "x")),
			nothing},
		{"nothing to continue after the last fragment", join(masked(0x02, ""),
			masked(0x80, ""), masked(0x80, "x")), nothing},
		{"ping starts nothing", join(masked(0x89, ""), masked(0x80, "x")),
			outcome{"", "\x8a\x00" + protocolError, WebSocketContinuation}},
		{"new message before the end", join(masked(0x02, "x"), masked(0x82, "y")),
			outcome{"x", protocolError, WebSocketContinuation}},
		{"new fragments before the end", join(masked(0x02, "x"), masked(0x02, "y")),
			outcome{"x", protocolError, WebSocketContinuation}},
		{"ping in fragments", join(masked(0x09, "x"), masked(0x80, "y")),
			outcome{"", protocolError, WebSocketControl}},
		{"pong in fragments", join(masked(0x0A, "x"), masked(0x80, "y")),
			outcome{"", protocolError, WebSocketControl}},
		{"close in fragments", join(masked(0x08, "x"), masked(0x80, "y")),
			outcome{"", protocolError, WebSocketControl}},
	})
}

func TestHeaders(t *testing.T) {
	key := "01020304"
	unmasked := outcome{"", protocolError, WebSocketUnmasked}
	length := outcome{"", protocolError, WebSocketLength}
	control := outcome{"", protocolError, WebSocketControl}
	run(t, []exchange{
		{"unmasked", unhex(t, "82 01 61"), unmasked},
		{"unmasked, empty", unhex(t, "82 00"), unmasked},
		{"unmasked ping", unhex(t, "89 00"), unmasked},
		{"unmasked close", unhex(t, "88 02 03e8"), unmasked},
		{"key of zeros", unhex(t, "82 82 00000000 6162"), outcome{data: "ab"}},
		{"two bytes for 125", unhex(t, "82 fe 007d"+key), length},
		{"two bytes for 0", unhex(t, "82 fe 0000"+key), length},
		{"two bytes for 126, as they should be", unhex(t, "82 fe 007e"+key), outcome{}},
		{"eight bytes for 65535", unhex(t, "82 ff 000000000000ffff"+key), length},
		{"eight bytes for 65536, as they should be", unhex(t, "82 ff 0000000000010000"+key),
			outcome{}},
		{"top bit", unhex(t, "82 ff 8000000000000000"+key), length},
		{"all bits", unhex(t, "82 ff ffffffffffffffff"+key), length},
		{"the longest there may be", unhex(t, "82 ff 7fffffffffffffff"+key+"60"),
			outcome{data: "a"}},
		{"control with two bytes of length", unhex(t, "89 fe 0005"+key), control},
		{"control with eight bytes of length", unhex(t, "89 ff 0000000000000005"+key), control},
	})
}

// What is wrong is answered with the byte that shows it.
func TestViolationsAtOnce(t *testing.T) {
	for _, s := range []string{"c2", "83", "81", "80", "09", "02 84 01020304 00000000 82",
		"82 00", "89 fe", "82 fe 007d", "82 ff 000000000000ffff"} {
		in := unhex(t, s)
		c := opened(t)
		c.read(in[:len(in)-1])
		if c.reason != "" {
			t.Errorf("%s: %q before the last byte", s, c.reason)
		}
		c.read(in[len(in)-1:])
		if c.reason == "" {
			t.Errorf("%s: no error", s)
		}
	}
}

func TestCloseFrames(t *testing.T) {
	exchanges := []exchange{
		{"empty", masked(0x88, ""), outcome{"", "\x88\x00", WebSocketClosed}},
		{"one byte", masked(0x88, "\x03"), outcome{"", protocolError, WebSocketControl}},
		{"reason", masked(0x88, "\x03\xe8bye"),
			outcome{"", "\x88\x02\x03\xe8", WebSocketClosed}},
		{"reason of 123 bytes", masked(0x88, "\x03\xe8"+strings.Repeat("*", 123)),
			outcome{"", "\x88\x02\x03\xe8", WebSocketClosed}},
		{"reason of 124 bytes", masked(0x88, "\x03\xe8"+strings.Repeat("*", 124)),
			outcome{"", protocolError, WebSocketControl}},
		{"reason with U+FFFD", masked(0x88, "\x03\xe8\uFFFD"),
			outcome{"", "\x88\x02\x03\xe8", WebSocketClosed}},
		{"reason in UTF-8", masked(0x88, "\x03\xe8\xce\xba\xe1\xbd\xb9\xf0\x9f\x98\x80"),
			outcome{"", "\x88\x02\x03\xe8", WebSocketClosed}},
		{"nothing counts behind it", join(masked(0x88, "\x03\xe8"), masked(0x82, "x"),
			masked(0x89, "x"), masked(0x88, "")),
			outcome{"", "\x88\x02\x03\xe8", WebSocketClosed}},
	}
	for _, s := range []string{"\xce", "\xed\xa0\x80", "\xf4\x90\x80\x80", "\xc0\xaf", "a\xff"} {
		exchanges = append(exchanges, exchange{fmt.Sprintf("reason % x", s),
			masked(0x88, "\x03\xe8"+s), outcome{"", "\x88\x02\x03\xef", WebSocketControl}})
	}
	add := func(want func(code []byte) outcome, codes ...uint16) {
		for _, code := range codes {
			b := binary.BigEndian.AppendUint16(nil, code)
			exchanges = append(exchanges, exchange{fmt.Sprint(code), masked(0x88, string(b)),
				want(b)})
		}
	}
	add(func(code []byte) outcome {
		return outcome{"", "\x88\x02" + string(code), WebSocketClosed}
	}, 1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 1012, 1013, 1014, 3000, 3999, 4000,
		4999)
	add(func([]byte) outcome { return outcome{"", protocolError, WebSocketControl} },
		0, 1, 999, 1004, 1005, 1006, 1015, 1016, 1100, 2000, 2999, 5000, 65535)
	run(t, exchanges)
}

// unmask does what RFC 6455 5.3 says, byte by byte, at every length and offset.
func TestUnmask(t *testing.T) {
	random := rand.New(rand.NewPCG(5, 6))
	for n := range 70 {
		for cut := range n + 1 {
			key, got, want := random.Uint32(), make([]byte, n), make([]byte, n)
			for i := range got {
				got[i] = byte(random.Uint32())
				want[i] = got[i] ^ byte(key>>(8*(i%4)))
			}
			unmask(got[cut:], unmask(got[:cut], key))
			if !bytes.Equal(got, want) {
				t.Fatalf("%d bytes in pieces of %d and %d", n, cut, n-cut)
			}
		}
	}
}

// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package transport

import (
	"math/rand/v2"
	"strings"
	"testing"
)

// naive decodes a stream of frames that is there as a whole, the slow way: it is what the layer is
// compared with.
func naive(in []byte) (o outcome) {
	data, sent, inside := []byte{}, []byte{}, false
	end := func(code byte, reason Reason) outcome {
		return outcome{string(data), string(append(sent, 0x88, 2, 3, code)), reason}
	}
	for len(in) > 0 {
		fin, kind := in[0] >= 0x80, in[0]%16
		isControl := kind == 8 || kind == 9 || kind == 10
		switch {
		case in[0]/16%8 != 0:
			return end(0xEA, WebSocketReservedBits)
		case kind != 0 && kind != 1 && kind != 2 && !isControl:
			return end(0xEA, WebSocketOpcode)
		case isControl && !fin:
			return end(0xEA, WebSocketControl)
		case kind == 1:
			return end(0xEB, WebSocketText)
		case kind == 0 && !inside || kind == 2 && inside:
			return end(0xEA, WebSocketContinuation)
		}
		if len(in) < 2 {
			break
		}
		size, n := 2, uint64(in[1]%128)
		switch {
		case in[1] < 128:
			return end(0xEA, WebSocketUnmasked)
		case isControl && n > 125:
			return end(0xEA, WebSocketControl)
		case n == 126:
			size = 4
		case n == 127:
			size = 10
		}
		if len(in) < size {
			break
		}
		if size > 2 {
			n = 0
			for _, b := range in[2:size] {
				n = n*256 + uint64(b)
			}
			if size == 4 && n < 126 || size == 10 && (n < 65536 || in[2] >= 0x80) {
				return end(0xEA, WebSocketLength)
			}
		}
		if len(in) < size+4 {
			break
		}
		key := in[size : size+4]
		in = in[size+4:]
		var payload []byte
		for i := uint64(0); i < n && i < uint64(len(in)); i++ {
			payload = append(payload, in[i]^key[i%4])
		}
		in = in[len(payload):]
		if !isControl {
			data, inside = append(data, payload...), !fin
		}
		if uint64(len(payload)) < n {
			break
		}
		if kind == 9 {
			sent = append(append(sent, 0x8A, byte(n)), payload...)
		}
		if kind == 8 {
			return naiveClose(data, sent, payload)
		}
	}
	return outcome{data: string(data), sent: string(sent)}
}

func naiveClose(data, sent, payload []byte) outcome {
	o := outcome{string(data), string(sent), WebSocketControl}
	if len(payload) == 0 {
		o.sent, o.reason = o.sent+"\x88\x00", WebSocketClosed
		return o
	}
	if len(payload) == 1 {
		o.sent += "\x88\x02\x03\xea"
		return o
	}
	code := int(payload[0])*256 + int(payload[1])
	if code < 1000 || code > 4999 || code > 1014 && code < 3000 || code == 1004 ||
		code == 1005 || code == 1006 {
		o.sent += "\x88\x02\x03\xea"
		return o
	}
	text := string(payload[2:])
	for i, r := range text {
		// What is no character becomes U+FFFD, which may also be there itself.
		if r == 0xFFFD && !strings.HasPrefix(text[i:], "\uFFFD") {
			o.sent += "\x88\x02\x03\xef"
			return o
		}
	}
	o.sent, o.reason = o.sent+"\x88\x02"+string(payload[:2]), WebSocketClosed
	return o
}

// compare feeds frames to a connection in several ways; it must say what the twin says.
func compare(t testing.TB, random *rand.Rand, in []byte) {
	t.Helper()
	want := naive(in)
	whole, pieces := opened(t), opened(t)
	whole.read(in)
	wantOutcome(t, whole.outcome(), want)
	pieces.readPieces(random, in)
	wantOutcome(t, pieces.outcome(), want)
	whole.w.Reset(whole.pool)
	whole.drained()
	if t.Failed() {
		t.Fatalf("% .200x", in)
	}
}

// Random sequences of frames, some with something wrong.
func TestFramesAgainstTheTwin(t *testing.T) {
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	random := rand.New(rand.NewPCG(seed, 1))
	for range 1500 {
		in := randomFrames(random)
		switch random.IntN(4) {
		case 0:
			in[random.IntN(len(in))] ^= 1 << random.IntN(8)
		case 1:
			in = in[:random.IntN(len(in))]
		}
		compare(t, random, in)
	}
}

func randomFrames(random *rand.Rand) (in []byte) {
	inside := false
	lengths := []int{0, 1, 2, 7, 8, 9, 125, 126, 127, 200, 300}
	for range 1 + random.IntN(12) {
		first, n := byte(random.IntN(2))<<7, lengths[random.IntN(len(lengths))]
		if !inside {
			first |= 2
		}
		if random.IntN(50) == 0 {
			n = 65534 + random.IntN(4)
		}
		control := random.IntN(3) == 0
		if control {
			first, n = 0x89+byte(random.IntN(2)), min(n, 125)
		} else {
			inside = first < 0x80
		}
		payload := make([]byte, n)
		for i := range payload {
			payload[i] = byte(random.Uint32())
		}
		if control && random.IntN(10) == 0 {
			first = 0x88
			payload = append([]byte{byte(random.IntN(20)), byte(random.Uint32())}, "bye"...)
		}
		k := random.Uint32()
		in = append(in, frame(first, string(payload),
			[4]byte{byte(k), byte(k >> 8), byte(k >> 16), byte(k >> 24)})...)
	}
	return in
}

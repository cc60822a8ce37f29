// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package wirecase

import (
	"bytes"
	"encoding/binary"

	"github.com/flashmq/flashmq/pkg/mqtt"
)

// The data representations of the specification (5.0, 1.5), written down a second time: what is
// sent must not depend on the encoder under test.

// two is a Two Byte Integer, four a Four Byte Integer.
func two(n int) []byte  { return binary.BigEndian.AppendUint16(nil, uint16(n)) }
func four(n int) []byte { return binary.BigEndian.AppendUint32(nil, uint32(n)) }

// number is a Variable Byte Integer.
func number(n int) (b []byte) {
	for n >= 128 {
		b = append(b, byte(n%128)|128)
		n /= 128
	}
	return append(b, byte(n))
}

// padded is number in so many bytes, more than needed.
func padded(n, size int) (b []byte) {
	for range size - 1 {
		b = append(b, byte(n%128)|128)
		n /= 128
	}
	return append(b, byte(n))
}

// takeNumber reads a Variable Byte Integer from the start of b. rest borrows.
func takeNumber(b []byte) (n uint32, rest []byte, ok bool) {
	for i := range min(len(b), 4) {
		n |= uint32(b[i]&127) << (7 * i)
		if b[i] < 128 {
			return n, b[i+1:], true
		}
	}
	return 0, nil, false
}

// text is a UTF-8 Encoded String, or Binary Data.
func text(s string) []byte { return append(two(len(s)), s...) }

// join puts bytes one behind the other.
func join(parts ...[]byte) []byte { return bytes.Join(parts, nil) }

// block is a set of properties with its length before it.
func block(properties ...[]byte) []byte {
	b := join(properties...)
	return join(number(len(b)), b)
}

// frame is a packet with the right Remaining Length.
func frame(first byte, body []byte) []byte {
	return join([]byte{first}, number(len(body)), body)
}

// Outcomes in few words.

func silent() []Outcome { return []Outcome{{Kind: Silent}} }
func ended() []Outcome  { return []Outcome{{Kind: Ended}} }

// refused is what an error earns: in 3.x the end, in 5.0 the end with one of the codes.
func refused(v mqtt.Version, codes ...mqtt.ReasonCode) []Outcome {
	if v < mqtt.V50 {
		return ended()
	}
	return []Outcome{{Kind: Refused, Codes: codes}}
}

// either is the one or the other.
func either(lists ...[]Outcome) (all []Outcome) {
	for _, list := range lists {
		all = append(all, list...)
	}
	return all
}

// What the specification calls wrong without saying which of the two it is.
var wrong = []mqtt.ReasonCode{mqtt.MalformedPacket, mqtt.ProtocolError}

// with adds codes to a set, which is not changed.
func with(codes []mqtt.ReasonCode, more ...mqtt.ReasonCode) []mqtt.ReasonCode {
	return append(codes[:len(codes):len(codes)], more...)
}

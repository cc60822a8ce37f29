// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package packet

import (
	"encoding/binary"
	"unicode/utf8"
)

// Ours: eight copies of one byte, to look at eight bytes at once.
const (
	eachOne   = 0x0101_0101_0101_0101 // adds 1 to each byte
	eachSpace = 0x2020_2020_2020_2020 // U+0020, the first character that is not a control
	eachHigh  = 0x8080_8080_8080_8080 // the bit that ASCII does not use
)

// ValidString reports whether b may stand in a UTF-8 Encoded String (1.5.4): well-formed, without
// surrogates [MQTT-1.5.4-1], without U+0000 [MQTT-1.5.4-2], and, which the specification leaves
// open, without the control characters U+0001..U+001F and U+007F..U+009F and the non-characters.
// FlashMQ: refuses the same ones. b is borrowed.
func ValidString(b []byte) bool {
	n := len(b)
	if n < 8 {
		return validShort(b)
	}
	i := 0
	for ; n-i > 8; i += 8 {
		if special(binary.LittleEndian.Uint64(b[i:])) {
			return validRunes(b[i:])
		}
	}
	// The last eight bytes, even where some of them have been looked at already.
	if special(binary.LittleEndian.Uint64(b[n-8:])) {
		return validRunes(b[i:])
	}
	return true
}

// special reports whether any of the eight bytes in x is outside 0x20..0x7E. The lowest such byte
// shows for certain, since no borrow or carry reaches it from the plain ones below.
func special(x uint64) bool {
	return (x|(x-eachSpace)|(x+eachOne))&eachHigh != 0
}

// validShort is ValidString for fewer than eight bytes.
func validShort(b []byte) bool {
	for i, c := range b {
		if c-0x20 >= 0x7F-0x20 {
			return validRunes(b[i:])
		}
	}
	return true
}

// validRunes is ValidString one character at a time.
func validRunes(b []byte) bool {
	for len(b) > 0 {
		if c := b[0]; c < utf8.RuneSelf {
			if c < 0x20 || c == 0x7F {
				return false
			}
			b = b[1:]
			continue
		}
		r, size := utf8.DecodeRune(b)
		if size == 1 || !validRune(r) {
			return false
		}
		b = b[size:]
	}
	return true
}

// validRune reports whether r, which is not ASCII, is neither a control nor a non-character.
func validRune(r rune) bool {
	if r < 0xA0 || r&0xFFFE == 0xFFFE {
		return false
	}
	return r < 0xFDD0 || r > 0xFDEF
}

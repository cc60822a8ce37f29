// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package packet

// From the specification (1.5.5): the largest Variable Byte Integer, and the largest packet, whose
// Remaining Length is that.
const (
	maxVarint = 268_435_455
	MaxPacket = 1 + 4 + maxVarint
)

// takeVarint reads a Variable Byte Integer from the start of b. ok is false when b ends too early,
// when a fourth byte says that a fifth follows, and when fewer bytes would do [MQTT-1.5.5-1].
func takeVarint(b []byte) (v uint32, rest []byte, ok bool) {
	if len(b) > 0 && b[0] < 0x80 {
		return uint32(b[0]), b[1:], true
	}
	for i := 0; i < 4 && i < len(b); i++ {
		v |= uint32(b[i]&0x7F) << (7 * i)
		if b[i] < 0x80 {
			return v, b[i+1:], b[i] != 0
		}
	}
	return 0, nil, false
}

// varintLength is the number of bytes that v takes, which is at most maxVarint.
func varintLength(v uint32) int {
	switch {
	case v < 1<<7:
		return 1
	case v < 1<<14:
		return 2
	case v < 1<<21:
		return 3
	}
	return 4
}

// appendVarint appends v, which is at most maxVarint.
func appendVarint(dst []byte, v uint32) []byte {
	for v >= 0x80 {
		dst = append(dst, byte(v)|0x80)
		v >>= 7
	}
	return append(dst, byte(v))
}

// closeLength makes the one byte at dst[mark] the length of all that follows it plus extra bytes
// that are still to come, moving what follows when the length takes more than one byte.
func closeLength(dst []byte, mark, extra int) ([]byte, error) {
	content := len(dst) - mark - 1
	if content+extra < 0x80 {
		dst[mark] = byte(content + extra)
		return dst, nil
	}
	if content+extra > maxVarint {
		return nil, ErrTooLong
	}
	n := varintLength(uint32(content + extra))
	dst = append(dst, 0, 0, 0)[:mark+n+content]
	copy(dst[mark+n:], dst[mark+1:mark+1+content])
	appendVarint(dst[:mark], uint32(content+extra))
	return dst, nil
}

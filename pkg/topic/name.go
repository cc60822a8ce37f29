// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package topic

import (
	"encoding/binary"

	"github.com/flashmq/flashmq/pkg/mqtt"
)

// ValidName reports whether s may be a Topic Name: at least one character [MQTT-4.7.3-1] and no
// wildcard [MQTT-3.3.2-2]. That it is UTF-8 without U+0000 is the decoder's promise.
func ValidName(s string) bool {
	n := len(s)
	if n < 8 {
		return n > 0 && !wildcardShort(s)
	}
	b := mqtt.Lend(s)
	for i := 0; n-i > 8; i += 8 {
		if wildcard(binary.LittleEndian.Uint64(b[i:])) {
			return false
		}
	}
	// The last eight bytes, even where some of them have been looked at already.
	return !wildcard(binary.LittleEndian.Uint64(b[n-8:]))
}

// Ours: eight copies of one byte, to look at eight bytes at once.
const (
	eachOne  = 0x0101_0101_0101_0101
	eachHigh = 0x80 * eachOne
)

// wildcard reports whether any of the eight bytes in x is '+' or '#', which differ in one bit: with
// that bit set both are '+', and a byte less itself is 0.
func wildcard(x uint64) bool {
	x = (x | ('+'^'#')*eachOne) ^ '+'*eachOne
	return (x-eachOne)&^x&eachHigh != 0
}

func wildcardShort(s string) bool {
	for i := range len(s) {
		if s[i] == '+' || s[i] == '#' {
			return true
		}
	}
	return false
}

// CheckName is ValidName with a Reason Code, and with a limit to the number of levels; a
// maxLevels of 0 is no limit. The error is a *mqtt.ReasonError.
func CheckName(s string, maxLevels int) error {
	switch {
	case len(s) == 0:
		return mqtt.Errorf(mqtt.ProtocolError, "empty topic name")
	case !ValidName(s):
		return mqtt.Errorf(mqtt.MalformedPacket, "wildcard in a topic name")
	case tooDeep(s, maxLevels):
		return mqtt.Errorf(mqtt.TopicNameInvalid, "topic name of more than %d levels", maxLevels)
	}
	return nil
}

func tooDeep(s string, maxLevels int) bool {
	return maxLevels > 0 && len(s) >= maxLevels && Levels(s) > maxLevels
}

// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package packet

import "github.com/flashmq/flashmq/pkg/mqtt"

// Frame is one whole packet as the Framer cut it, not looked into yet. It borrows its bytes.
//
// It is small enough to travel in registers, and should stay so: a larger one goes through memory,
// written in pieces and copied in larger ones, which stalls the processor at every packet.
type Frame struct {
	Raw  []byte // the whole packet, fixed header included
	Type Type
	head uint8 // length of the fixed header
}

// Flags are the lower four bits of the first byte.
func (f Frame) Flags() uint8 { return f.Raw[0] & 0x0F }

// Body is what follows the fixed header: Remaining Length bytes.
func (f Frame) Body() []byte { return f.Raw[f.head:] }

// Decoder reads the packets of one Network Connection. There is one method for each packet with
// content; the struct it fills is reused by the caller. Each decode sets every field of it: slices
// borrow from the Frame, fields of Properties count only where Has says so. After an error the
// struct holds nothing of use, except Connect.Version when the error is 0x84.
type Decoder struct {
	// Version is what the Client asked for; Connect sets it. Below 5 means 3.x.
	Version mqtt.Version
	// MaxString is the longest UTF-8 string or Correlation Data accepted; 0 means no limit but
	// the 65,535 bytes of the format.
	MaxString int
	// Server makes a second Subscription Identifier in a PUBLISH an error at once: a Client may
	// not send even one [MQTT-3.3.4-6], and only a Server has reason to send several.
	Server bool
	// MaxFilters is the largest number of Topic Filters in one SUBSCRIBE or UNSUBSCRIBE; 0 means
	// no limit.
	MaxFilters int
	// MaxUserProperties is the largest number of User Properties in one block; 0 means no limit.
	MaxUserProperties int
}

// codeSet is a set of Reason Codes.
type codeSet [4]uint64

func codes(list ...mqtt.ReasonCode) (s codeSet) {
	for _, c := range list {
		s[c>>6] |= 1 << (c & 63)
	}
	return s
}

func (s *codeSet) has(c mqtt.ReasonCode) bool { return s[c>>6]>>(c&63)&1 != 0 }

// badCode is the error for a Reason Code that t does not have.
func badCode(t Type, c mqtt.ReasonCode) error {
	return mqtt.Errorf(mqtt.ProtocolError, "0x%02X is no Reason Code of %v", uint8(c), t)
}

// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package mqtt

import "unsafe"

// ClientID is a Client Identifier: UTF-8, compared byte by byte.
type ClientID string

// PacketID is a Packet Identifier. Zero is not a valid one [MQTT-2.2.1-3].
type PacketID uint16

// QoS is a Quality of Service level: 0, 1 or 2.
type QoS uint8

// From the specification: the three levels.
const (
	AtMostOnce QoS = iota
	AtLeastOnce
	ExactlyOnce
)

// Valid reports whether q is one of the three levels [MQTT-3.3.1-4].
func (q QoS) Valid() bool { return q <= ExactlyOnce }

// Version is the Protocol Level byte of CONNECT.
type Version uint8

// From the specification: the levels a Server may be asked for.
const (
	V31  Version = 3
	V311 Version = 4
	V50  Version = 5
)

// String returns the name people use: "3.1", "3.1.1", "5.0".
func (v Version) String() string {
	switch v {
	case V31:
		return "3.1"
	case V311:
		return "3.1.1"
	case V50:
		return "5.0"
	}
	return "unknown"
}

// Borrow returns b as a string without copying it. The string is valid only as long as b is not
// written to: whoever keeps it past that copies it (strings.Clone, Message.Clone).
func Borrow(b []byte) string { return unsafe.String(unsafe.SliceData(b), len(b)) }

// Lend returns s as bytes without copying it. They must not be written to.
func Lend(s string) []byte { return unsafe.Slice(unsafe.StringData(s), len(s)) }

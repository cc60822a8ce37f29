// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package packet

import (
	"errors"

	"github.com/flashmq/flashmq/pkg/mqtt"
)

// What an encoder refuses. The destination is returned as it was.
var (
	// ErrTooLong: a string above 65,535 bytes, or a packet above what Remaining Length can say.
	ErrTooLong = errors.New("packet: does not fit the wire format")
	// ErrMisplaced: a property that the packet must not carry.
	ErrMisplaced = errors.New("packet: property not allowed in this packet")
	// ErrNoReturnCode: a Reason Code for which 3.x CONNACK has no return code. The Network
	// Connection is then closed without a CONNACK (3.1.1, 3.2.2.3).
	ErrNoReturnCode = errors.New("packet: no CONNACK return code for this reason")
)

// malformed is the error for what cannot be parsed: Malformed Packet.
func malformed(reason string) error {
	return &mqtt.ReasonError{Code: mqtt.MalformedPacket, Reason: reason}
}

// protocol is the error for what can be parsed but must not be: Protocol Error.
func protocol(reason string) error {
	return &mqtt.ReasonError{Code: mqtt.ProtocolError, Reason: reason}
}

// truncated is the error for a packet that ends before its field called name does.
func truncated(name string) error { return malformed(name + " runs past the end") }

// leftOver is the error for bytes after the last field of a packet.
func leftOver(t Type) error { return malformed("bytes left over at the end of " + t.String()) }

// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package packet

import (
	"encoding/binary"

	"github.com/flashmq/flashmq/pkg/mqtt"
)

// maxField is the longest string or binary field. From the specification (1.5.4, 1.5.6).
const maxField = 65_535

// takeUint16 reads a Two Byte Integer from the start of b.
func takeUint16(b []byte) (v uint16, rest []byte, ok bool) {
	if len(b) < 2 {
		return 0, nil, false
	}
	return binary.BigEndian.Uint16(b), b[2:], true
}

// takeID reads a Packet Identifier from the start of b. Both results borrow from b.
func takeID(b []byte) (id mqtt.PacketID, rest []byte, err error) {
	v, rest, ok := takeUint16(b)
	if !ok {
		return 0, nil, truncated("Packet Identifier")
	}
	if v == 0 {
		return 0, nil, malformed("Packet Identifier 0") // [MQTT-2.2.1-3]
	}
	return mqtt.PacketID(v), rest, nil
}

// takeBinary reads Binary Data from the start of b. Both results borrow from b.
func takeBinary(b []byte) (data, rest []byte, ok bool) {
	if len(b) < 2 {
		return nil, nil, false
	}
	end := 2 + int(binary.BigEndian.Uint16(b))
	if len(b) < end {
		return nil, nil, false
	}
	return b[2:end:end], b[end:], true
}

// takeLimited is takeBinary for the field called name, which MaxString applies to.
func (d *Decoder) takeLimited(b []byte, name string) (data, rest []byte, err error) {
	data, rest, ok := takeBinary(b)
	if !ok {
		return nil, nil, truncated(name)
	}
	if len(data) > d.MaxString && d.MaxString != 0 {
		return nil, nil, mqtt.Errorf(mqtt.ImplementationSpecificError,
			"%s has %d bytes, at most %d are allowed", name, len(data), d.MaxString)
	}
	return data, rest, nil
}

// takeString reads the UTF-8 Encoded String called name from the start of b and checks its
// length and content. Both results borrow from b.
func (d *Decoder) takeString(b []byte, name string) (s, rest []byte, err error) {
	s, rest, err = d.takeLimited(b, name)
	if err == nil && !ValidString(s) {
		return nil, nil, malformed(name + " is not a valid UTF-8 string") // [MQTT-1.5.4-1]
	}
	return s, rest, err
}

// appendField appends the string or binary field s with its length.
func appendField(dst, s []byte) ([]byte, error) {
	if len(s) > maxField {
		return nil, ErrTooLong
	}
	dst = binary.BigEndian.AppendUint16(dst, uint16(len(s)))
	return append(dst, s...), nil
}

// appendText is appendField for a string.
func appendText(dst []byte, s string) ([]byte, error) {
	if len(s) > maxField {
		return nil, ErrTooLong
	}
	dst = binary.BigEndian.AppendUint16(dst, uint16(len(s)))
	return append(dst, s...), nil
}

// finish sets the Remaining Length of the packet that begins at len(dst) in b, whose second byte
// was left open for it. If that fails dst is returned as it was.
func finish(b, dst []byte) ([]byte, error) {
	b, err := closeLength(b, len(dst)+1, 0)
	if err != nil {
		return dst, err
	}
	return b, nil
}

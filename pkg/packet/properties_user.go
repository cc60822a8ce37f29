// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package packet

import "encoding/binary"

// AddUser adds a User Property after those that are there. key and value are copied.
func (p *Properties) AddUser(key, value []byte) {
	if p.present&addedUsers == 0 {
		p.added = p.added[:0]
	}
	p.mark(UserProperty)
	p.present |= addedUsers
	if len(key) > maxField || len(value) > maxField {
		p.present |= overlong // the encoder will say so
		return
	}
	p.added = append(p.added, byte(UserProperty))
	p.added = binary.BigEndian.AppendUint16(p.added, uint16(len(key)))
	p.added = append(p.added, key...)
	p.added = binary.BigEndian.AppendUint16(p.added, uint16(len(value)))
	p.added = append(p.added, value...)
}

// Users yields every User Property in order [MQTT-3.3.2-18]. key and value borrow from p.
func (p *Properties) Users(yield func(key, value []byte) bool) {
	if p.present&wireUsers != 0 && !yieldUsers(p.wire, yield) {
		return
	}
	if p.present&addedUsers != 0 {
		yieldUsers(p.added, yield)
	}
}

// yieldUsers yields the User Properties of a block; it reports whether yield wants more.
func yieldUsers(block []byte, yield func(key, value []byte) bool) bool {
	for len(block) > 0 {
		size := propertyLength(block)
		if PropertyID(block[0]) == UserProperty {
			value := 3 + int(binary.BigEndian.Uint16(block[1:]))
			if !yield(block[3:value:value], block[value+2:size:size]) {
				return false
			}
		}
		block = block[size:]
	}
	return true
}

// appendUsers appends all User Properties.
func (p *Properties) appendUsers(dst []byte) ([]byte, error) {
	if p.present&overlong != 0 {
		return nil, ErrTooLong
	}
	if p.present&wireUsers != 0 {
		for block := p.wire; len(block) > 0; {
			size := propertyLength(block)
			if PropertyID(block[0]) == UserProperty {
				dst = append(dst, block[:size]...)
			}
			block = block[size:]
		}
	}
	if p.present&addedUsers != 0 {
		dst = append(dst, p.added...)
	}
	return dst, nil
}

// propertyLength is the size, identifier included, of the property at the start of a block that
// has been decoded.
func propertyLength(block []byte) int {
	switch properties[block[0]].kind {
	case oneByte:
		return 2
	case twoBytes:
		return 3
	case fourBytes:
		return 5
	case variable:
		n := 1
		for block[n] >= 0x80 {
			n++
		}
		return n + 1
	case textPair:
		value := 3 + int(binary.BigEndian.Uint16(block[1:]))
		return value + 2 + int(binary.BigEndian.Uint16(block[value:]))
	}
	return 3 + int(binary.BigEndian.Uint16(block[1:]))
}

// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package packet

import (
	"bytes"
	"encoding/binary"

	"github.com/flashmq/flashmq/pkg/mqtt"
)

// properties reads the block of properties at the start of b, its length included, by the rules
// for a packet of type where. rest and what into then holds borrow from b.
func (d *Decoder) properties(b []byte, where Type, into *Properties) (rest []byte, err error) {
	if len(b) > 0 && b[0] == 0 {
		into.present = 0
		return b[1:], nil
	}
	return d.someProperties(b, where, into)
}

func (d *Decoder) someProperties(b []byte, where Type, into *Properties) (rest []byte, err error) {
	into.present = 0
	length, b, ok := takeVarint(b)
	if !ok {
		return nil, malformed("invalid Property Length")
	}
	if uint64(length) > uint64(len(b)) {
		return nil, truncated("Properties")
	}
	into.wire = b[:length:length]
	users := 0
	for block := into.wire; len(block) > 0; {
		id := PropertyID(block[0])
		if err := d.checkPlace(id, where, into); err != nil {
			return nil, err
		}
		if id == UserProperty {
			users++
			if users > d.MaxUserProperties && d.MaxUserProperties != 0 {
				return nil, mqtt.Errorf(mqtt.ImplementationSpecificError,
					"more than %d User Properties", d.MaxUserProperties)
			}
		}
		if block, err = d.propertyValue(block[1:], id, into); err != nil {
			return nil, err
		}
		into.present |= 1 << id
	}
	into.present |= intact
	if users > 0 {
		into.present |= wireUsers
	}
	return b[length:], nil
}

// checkPlace reports whether the property id may come next in a packet of type where.
func (d *Decoder) checkPlace(id PropertyID, where Type, got *Properties) error {
	if int(id) >= len(properties) || properties[id].kind == 0 {
		return mqtt.Errorf(mqtt.MalformedPacket, "unknown property 0x%02X", uint8(id))
	}
	if misplaced[where]>>id&1 != 0 {
		return malformed(id.String() + " is not allowed in " + where.String()) // 5.0, 2.2.2.2
	}
	if got.Has(id) && (d.Server || !mayRepeat(id, where)) && id != UserProperty {
		return protocol("more than one " + id.String())
	}
	return nil
}

// propertyValue reads the value of the property id from the start of b, which ends where the block
// does, and returns what follows it.
func (d *Decoder) propertyValue(
	b []byte, id PropertyID, into *Properties,
) (rest []byte, err error) {
	switch properties[id].kind {
	case oneByte:
		if len(b) < 1 {
			return nil, truncated(id.String())
		}
		*into.byteField(id) = b[0]
		return b[1:], checkByte(id, b[0])
	case twoBytes:
		if len(b) < 2 {
			return nil, truncated(id.String())
		}
		v := binary.BigEndian.Uint16(b)
		*into.uint16Field(id) = v
		return b[2:], checkNumber(id, uint32(v))
	case fourBytes:
		if len(b) < 4 {
			return nil, truncated(id.String())
		}
		v := binary.BigEndian.Uint32(b)
		*into.uint32Field(id) = v
		return b[4:], checkNumber(id, v)
	case variable:
		v, rest, ok := takeVarint(b)
		if !ok {
			return nil, malformed("invalid " + id.String())
		}
		into.addIdentifier(v)
		return rest, checkNumber(id, v)
	case textPair:
		if _, b, err = d.takeString(b, "User Property name"); err != nil {
			return nil, err
		}
		_, rest, err = d.takeString(b, "User Property value")
		return rest, err
	}
	return d.propertyBytes(b, id, into.bytesField(id))
}

// propertyBytes is propertyValue for kinds text and binaryData.
func (d *Decoder) propertyBytes(b []byte, id PropertyID, into *[]byte) (rest []byte, err error) {
	if properties[id].kind == text {
		if *into, rest, err = d.takeString(b, id.String()); err != nil {
			return nil, err
		}
		return rest, checkText(id, *into)
	}
	if id == CorrelationData {
		*into, rest, err = d.takeLimited(b, id.String())
		return rest, err
	}
	data, rest, ok := takeBinary(b)
	if !ok {
		return nil, truncated(id.String())
	}
	*into = data
	return rest, nil
}

// checkByte refuses values above 1: every property of one byte is a switch, or Maximum QoS, of
// which 2 is said by leaving it out (3.1.2.11.6, 3.1.2.11.7, 3.2.2.3.4, 3.2.2.3.5).
func checkByte(id PropertyID, v byte) error {
	if v > 1 {
		return protocol(id.String() + " above 1")
	}
	return nil
}

// checkNumber refuses 0 where it has no meaning.
func checkNumber(id PropertyID, v uint32) error {
	if v != 0 {
		return nil
	}
	switch id {
	case TopicAlias:
		return mqtt.Errorf(mqtt.TopicAliasInvalid, "Topic Alias 0") // [MQTT-3.3.2-8]
	case ReceiveMaximum, MaximumPacketSize, SubscriptionIdentifier:
		return protocol(id.String() + " 0") // 3.1.2.11.3, 3.1.2.11.4, 3.8.2.1.2
	}
	return nil
}

// checkText refuses what cannot be a Response Topic: it names exactly one topic.
func checkText(id PropertyID, s []byte) error {
	if id != ResponseTopic {
		return nil
	}
	if len(s) == 0 {
		return protocol("empty Response Topic") // [MQTT-4.7.3-1]
	}
	if bytes.ContainsAny(s, "+#") {
		return protocol("wildcard in Response Topic") // [MQTT-3.3.2-14]
	}
	return nil
}

// checkAuthentication refuses Authentication Data without a method (3.1.2.11.10).
func checkAuthentication(p *Properties) error {
	if p.Has(AuthenticationData) && !p.Has(AuthenticationMethod) {
		return protocol("Authentication Data without Authentication Method")
	}
	return nil
}

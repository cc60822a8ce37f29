// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package packet

import (
	"encoding/binary"
	"math/bits"
)

// wireOrder is the order properties are encoded in, User Properties last. Those of CONNACK are in
// the order of FlashMQ, so that its answers are the same byte for byte.
var wireOrder = [...]PropertyID{
	PayloadFormat, MessageExpiryInterval, ContentType, ResponseTopic, CorrelationData,
	SubscriptionIdentifier, SessionExpiryInterval, ReceiveMaximum, MaximumQoS, RetainAvailable,
	MaximumPacketSize, AssignedClientIdentifier, TopicAliasMaximum, TopicAlias,
	WildcardSubscriptionAvailable, SubscriptionIdentifierAvailable, SharedSubscriptionAvailable,
	ServerKeepAlive, AuthenticationMethod, AuthenticationData, RequestProblemInformation,
	RequestResponseInformation, WillDelayInterval, ResponseInformation, ServerReference,
	ReasonString, UserProperty,
}

// append appends the block of properties with its length, for a packet of type where. dst grows.
func (p *Properties) append(dst []byte, where Type) ([]byte, error) {
	present := p.present & presence
	if present == 0 {
		return append(dst, 0), nil
	}
	if present&misplaced[where] != 0 {
		return nil, ErrMisplaced
	}
	mark := len(dst)
	dst, err := p.appendSome(append(dst, 0), present)
	if err != nil {
		return nil, err
	}
	return closeLength(dst, mark, 0)
}

// appendSome appends those properties whose bits are set in which; they must be there.
func (p *Properties) appendSome(dst []byte, which uint64) ([]byte, error) {
	var err error
	left := bits.OnesCount64(which)
	for _, id := range wireOrder {
		if left == 0 {
			break
		}
		if which>>id&1 == 0 {
			continue
		}
		left--
		if dst, err = p.appendOne(dst, id); err != nil {
			return nil, err
		}
	}
	return dst, nil
}

// appendOne appends the property id, all of them where there are several.
func (p *Properties) appendOne(dst []byte, id PropertyID) ([]byte, error) {
	switch properties[id].kind {
	case oneByte:
		return append(dst, byte(id), *p.byteField(id)), nil
	case twoBytes:
		return binary.BigEndian.AppendUint16(append(dst, byte(id)), *p.uint16Field(id)), nil
	case fourBytes:
		return binary.BigEndian.AppendUint32(append(dst, byte(id)), *p.uint32Field(id)), nil
	case variable:
		for v := range p.SubscriptionIdentifiers {
			if v > maxVarint {
				return nil, ErrTooLong
			}
			dst = appendVarint(append(dst, byte(id)), v)
		}
		return dst, nil
	case textPair:
		return p.appendUsers(dst)
	}
	return appendField(append(dst, byte(id)), *p.bytesField(id))
}

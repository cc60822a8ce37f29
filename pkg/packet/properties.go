// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package packet

// Properties are the properties of one packet, or those of a Will. A field counts only when Has
// says so. The zero value has none. Properties are not copied: built ones own storage.
//
// Slices set by decoding borrow from the packet, those given to setters from the caller.
type Properties struct {
	present uint64   // bit n: property n; and the flags below
	wire    []byte   // the decoded block; for User Properties when wireUsers, Forward when intact
	added   []byte   // User Properties of AddUser, encoded; owned, counts when addedUsers
	more    []uint32 // Subscription Identifiers after the first; owned

	ContentType              []byte
	ResponseTopic            []byte
	CorrelationData          []byte
	AssignedClientIdentifier []byte
	AuthenticationMethod     []byte
	AuthenticationData       []byte
	ResponseInformation      []byte
	ServerReference          []byte
	ReasonString             []byte

	MessageExpiryInterval  uint32 // seconds
	SubscriptionIdentifier uint32 // the first; SubscriptionIdentifiers yields all
	SessionExpiryInterval  uint32 // seconds
	WillDelayInterval      uint32 // seconds
	MaximumPacketSize      uint32 // bytes

	ServerKeepAlive   uint16 // seconds
	ReceiveMaximum    uint16
	TopicAliasMaximum uint16
	TopicAlias        uint16

	PayloadFormat                   byte
	RequestProblemInformation       byte
	RequestResponseInformation      byte
	MaximumQoS                      byte
	RetainAvailable                 byte
	WildcardSubscriptionAvailable   byte
	SubscriptionIdentifierAvailable byte
	SharedSubscriptionAvailable     byte
}

// Ours: flags in the bits of present that no property has.
const (
	overlong   = 1 << 60 // a User Property was added that does not fit the wire format
	intact     = 1 << 61 // nothing was set since wire was decoded
	wireUsers  = 1 << 62 // there are User Properties in wire
	addedUsers = 1 << 63 // there are User Properties in added

	presence = 1<<(SharedSubscriptionAvailable+1) - 1 // the bits that are properties
)

// Has reports whether the property id is there.
func (p *Properties) Has(id PropertyID) bool { return p.present>>(id&63)&1 != 0 }

// Empty reports whether there is no property at all.
func (p *Properties) Empty() bool { return p.present&presence == 0 }

// Reset removes all properties.
func (p *Properties) Reset() { p.present = 0 }

// Remove removes the property id, all of them where there may be several.
func (p *Properties) Remove(id PropertyID) {
	p.present &^= 1<<(id&63) | intact
	if id == UserProperty {
		p.present &^= wireUsers | addedUsers | overlong
	}
}

// mark notes that the property id was set.
func (p *Properties) mark(id PropertyID) { p.present = p.present&^intact | 1<<id }

// AddSubscriptionIdentifier adds another Subscription Identifier: 1 to 268,435,455.
func (p *Properties) AddSubscriptionIdentifier(id uint32) {
	p.addIdentifier(id)
	p.mark(SubscriptionIdentifier)
}

func (p *Properties) addIdentifier(id uint32) {
	if p.Has(SubscriptionIdentifier) {
		p.more = append(p.more, id)
		return
	}
	p.SubscriptionIdentifier, p.more = id, p.more[:0]
}

// SubscriptionIdentifiers yields every Subscription Identifier in order.
func (p *Properties) SubscriptionIdentifiers(yield func(id uint32) bool) {
	if !p.Has(SubscriptionIdentifier) || !yield(p.SubscriptionIdentifier) {
		return
	}
	for _, id := range p.more {
		if !yield(id) {
			return
		}
	}
}

// byteField is where the property id of kind oneByte is kept.
func (p *Properties) byteField(id PropertyID) *byte {
	switch id {
	case PayloadFormat:
		return &p.PayloadFormat
	case RequestProblemInformation:
		return &p.RequestProblemInformation
	case RequestResponseInformation:
		return &p.RequestResponseInformation
	case MaximumQoS:
		return &p.MaximumQoS
	case RetainAvailable:
		return &p.RetainAvailable
	case WildcardSubscriptionAvailable:
		return &p.WildcardSubscriptionAvailable
	case SubscriptionIdentifierAvailable:
		return &p.SubscriptionIdentifierAvailable
	case SharedSubscriptionAvailable:
		return &p.SharedSubscriptionAvailable
	}
	panic("packet: not a property of one byte")
}

// uint16Field is where the property id of kind twoBytes is kept.
func (p *Properties) uint16Field(id PropertyID) *uint16 {
	switch id {
	case ServerKeepAlive:
		return &p.ServerKeepAlive
	case ReceiveMaximum:
		return &p.ReceiveMaximum
	case TopicAliasMaximum:
		return &p.TopicAliasMaximum
	case TopicAlias:
		return &p.TopicAlias
	}
	panic("packet: not a property of two bytes")
}

// uint32Field is where the property id of kind fourBytes is kept.
func (p *Properties) uint32Field(id PropertyID) *uint32 {
	switch id {
	case MessageExpiryInterval:
		return &p.MessageExpiryInterval
	case SessionExpiryInterval:
		return &p.SessionExpiryInterval
	case WillDelayInterval:
		return &p.WillDelayInterval
	case MaximumPacketSize:
		return &p.MaximumPacketSize
	}
	panic("packet: not a property of four bytes")
}

// bytesField is where the property id of kind text or binaryData is kept.
func (p *Properties) bytesField(id PropertyID) *[]byte {
	switch id {
	case ContentType:
		return &p.ContentType
	case ResponseTopic:
		return &p.ResponseTopic
	case CorrelationData:
		return &p.CorrelationData
	case AssignedClientIdentifier:
		return &p.AssignedClientIdentifier
	case AuthenticationMethod:
		return &p.AuthenticationMethod
	case AuthenticationData:
		return &p.AuthenticationData
	case ResponseInformation:
		return &p.ResponseInformation
	case ServerReference:
		return &p.ServerReference
	case ReasonString:
		return &p.ReasonString
	}
	panic("packet: not a property of bytes")
}

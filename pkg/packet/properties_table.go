// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package packet

// PropertyID is a Property Identifier (5.0, 2.2.2.2). All defined ones fit one byte.
type PropertyID uint8

// From the specification: the properties.
const (
	PayloadFormat                   PropertyID = 0x01
	MessageExpiryInterval           PropertyID = 0x02
	ContentType                     PropertyID = 0x03
	ResponseTopic                   PropertyID = 0x08
	CorrelationData                 PropertyID = 0x09
	SubscriptionIdentifier          PropertyID = 0x0B
	SessionExpiryInterval           PropertyID = 0x11
	AssignedClientIdentifier        PropertyID = 0x12
	ServerKeepAlive                 PropertyID = 0x13
	AuthenticationMethod            PropertyID = 0x15
	AuthenticationData              PropertyID = 0x16
	RequestProblemInformation       PropertyID = 0x17
	WillDelayInterval               PropertyID = 0x18
	RequestResponseInformation      PropertyID = 0x19
	ResponseInformation             PropertyID = 0x1A
	ServerReference                 PropertyID = 0x1C
	ReasonString                    PropertyID = 0x1F
	ReceiveMaximum                  PropertyID = 0x21
	TopicAliasMaximum               PropertyID = 0x22
	TopicAlias                      PropertyID = 0x23
	MaximumQoS                      PropertyID = 0x24
	RetainAvailable                 PropertyID = 0x25
	UserProperty                    PropertyID = 0x26
	MaximumPacketSize               PropertyID = 0x27
	WildcardSubscriptionAvailable   PropertyID = 0x28
	SubscriptionIdentifierAvailable PropertyID = 0x29
	SharedSubscriptionAvailable     PropertyID = 0x2A
)

// String returns the specification's name for id.
func (id PropertyID) String() string {
	if int(id) < len(properties) && properties[id].name != "" {
		return properties[id].name
	}
	return "unknown property"
}

// kind is how the value of a property is encoded (2.2.2.2). 0 means no such property.
type kind uint8

const (
	oneByte kind = iota + 1
	twoBytes
	fourBytes
	variable
	text
	binaryData
	textPair
)

// property is what the specification says about one property.
type property struct {
	name string
	kind kind
	in   packets
}

// packets is a set of packet types; the Will Properties count as type 0 (see will).
type packets uint16

func only(types ...Type) (s packets) {
	for _, t := range types {
		s |= 1 << t
	}
	return s
}

// Sets of packets that several properties share.
var (
	messages = only(PUBLISH, will)
	opening  = only(CONNECT, CONNACK)
	answered = only(CONNACK)
	closing  = only(DISCONNECT)
	matching = only(PUBLISH, SUBSCRIBE)
	reasoned = only(CONNACK, PUBACK, PUBREC, PUBREL, PUBCOMP, SUBACK, UNSUBACK, DISCONNECT, AUTH)
	anywhere = messages | opening | reasoned | only(SUBSCRIBE, UNSUBSCRIBE)
)

// properties is table 2-4 of the specification.
var properties = [SharedSubscriptionAvailable + 1]property{
	PayloadFormat:                   {"Payload Format Indicator", oneByte, messages},
	MessageExpiryInterval:           {"Message Expiry Interval", fourBytes, messages},
	ContentType:                     {"Content Type", text, messages},
	ResponseTopic:                   {"Response Topic", text, messages},
	CorrelationData:                 {"Correlation Data", binaryData, messages},
	SubscriptionIdentifier:          {"Subscription Identifier", variable, matching},
	SessionExpiryInterval:           {"Session Expiry Interval", fourBytes, opening | closing},
	AssignedClientIdentifier:        {"Assigned Client Identifier", text, answered},
	ServerKeepAlive:                 {"Server Keep Alive", twoBytes, answered},
	AuthenticationMethod:            {"Authentication Method", text, opening | only(AUTH)},
	AuthenticationData:              {"Authentication Data", binaryData, opening | only(AUTH)},
	RequestProblemInformation:       {"Request Problem Information", oneByte, only(CONNECT)},
	WillDelayInterval:               {"Will Delay Interval", fourBytes, only(will)},
	RequestResponseInformation:      {"Request Response Information", oneByte, only(CONNECT)},
	ResponseInformation:             {"Response Information", text, answered},
	ServerReference:                 {"Server Reference", text, answered | closing},
	ReasonString:                    {"Reason String", text, reasoned},
	ReceiveMaximum:                  {"Receive Maximum", twoBytes, opening},
	TopicAliasMaximum:               {"Topic Alias Maximum", twoBytes, opening},
	TopicAlias:                      {"Topic Alias", twoBytes, only(PUBLISH)},
	MaximumQoS:                      {"Maximum QoS", oneByte, answered},
	RetainAvailable:                 {"Retain Available", oneByte, answered},
	UserProperty:                    {"User Property", textPair, anywhere},
	MaximumPacketSize:               {"Maximum Packet Size", fourBytes, opening},
	WildcardSubscriptionAvailable:   {"Wildcard Subscription Available", oneByte, answered},
	SubscriptionIdentifierAvailable: {"Subscription Identifier Available", oneByte, answered},
	SharedSubscriptionAvailable:     {"Shared Subscription Available", oneByte, answered},
}

// mayRepeat reports whether a packet of type where may carry id more than once: any of them a User
// Property, a PUBLISH to a Client Subscription Identifiers (3.3.2.3.8).
func mayRepeat(id PropertyID, where Type) bool {
	return id == UserProperty || id == SubscriptionIdentifier && where == PUBLISH
}

// misplaced has, for each packet type, a bit for each property the packet must not carry.
var misplaced = func() (m [16]uint64) {
	for id, p := range properties {
		for t := range m {
			if p.in>>t&1 == 0 {
				m[t] |= 1 << id
			}
		}
	}
	return m
}()

// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package wirecase

import "github.com/flashmq/flashmq/pkg/packet"

// place is where a set of properties stands.
type place uint8

const (
	inConnect place = iota
	inWill
	inPublish
	inPuback
	inPubrec
	inPubrel
	inPubcomp
	inSubscribe
	inUnsubscribe
	inDisconnect
	inAuth
)

var placeOf = map[packet.Type]place{packet.PUBACK: inPuback, packet.PUBREC: inPubrec,
	packet.PUBREL: inPubrel, packet.PUBCOMP: inPubcomp}

// property is what the specification says about a property (5.0, table 2-4).
type property struct {
	id    byte
	name  string
	value []byte // a good one
	// in are the places where a Client may put it; none for those of Servers.
	in []place
	// bad are values that a rule of its own forbids, open those nothing is said about.
	bad  []value
	good [][]byte
	open [][]byte
	// text: the value is a UTF-8 Encoded String, or a pair.
	text bool
}

// value is a bad value, and what it earns.
type value struct {
	wire   []byte
	clause string
	code   byte
}

var (
	inMessages = []place{inPublish, inWill}
	inReasons  = []place{inPuback, inPubrec, inPubrel, inPubcomp, inDisconnect, inAuth}
	everywhere = []place{inConnect, inWill, inPublish, inPuback, inPubrec, inPubrel, inPubcomp,
		inSubscribe, inUnsubscribe, inDisconnect, inAuth}
)

var propertyTable = []property{
	{id: 0x01, name: "payload format indicator", value: []byte{1}, in: inMessages,
		good: [][]byte{{0}}, open: [][]byte{{2}, {0xFF}}},
	{id: 0x02, name: "message expiry interval", value: four(100), in: inMessages,
		good: [][]byte{four(0), four(1), four(0xFFFFFFFF)}},
	{id: 0x03, name: "content type", value: text("text"), in: inMessages, text: true,
		good: [][]byte{text("")}},
	{id: 0x08, name: "response topic", value: text("wire/back"), in: inMessages, text: true,
		good: [][]byte{text("/"), text("wire back")}},
	{id: 0x09, name: "correlation data", value: text("data"), in: inMessages,
		good: [][]byte{text(""), text("\xFF\x00")}},
	{id: 0x0B, name: "subscription identifier", value: []byte{0x80, 1},
		in:  []place{inSubscribe, inPublish},
		bad: []value{{[]byte{0}, "3.8.2.1.2", 0x82}, {[]byte{0x81, 0}, "MQTT-1.5.5-1", 0x81}},
		good: [][]byte{{1}, {0x7F}, {0xFF, 0x7F}, {0x80, 0x80, 0x01},
			{0xFF, 0xFF, 0xFF, 0x7F}}},
	{id: 0x11, name: "session expiry interval", value: four(1),
		in:   []place{inConnect, inDisconnect},
		good: [][]byte{four(0), four(2), four(0xFFFFFFFF)}},
	{id: 0x12, name: "assigned client identifier", value: text("wire"), text: true},
	{id: 0x13, name: "server keep alive", value: two(60)},
	{id: 0x15, name: "authentication method", value: text("method"),
		in: []place{inConnect, inAuth}, text: true},
	{id: 0x16, name: "authentication data", value: text("data"), in: []place{inConnect, inAuth}},
	{id: 0x17, name: "request problem information", value: []byte{1}, in: []place{inConnect},
		bad:  []value{{[]byte{2}, "3.1.2.11.7", 0x82}, {[]byte{0xFF}, "3.1.2.11.7", 0x82}},
		good: [][]byte{{0}}},
	{id: 0x18, name: "will delay interval", value: four(1), in: []place{inWill},
		good: [][]byte{four(0), four(0xFFFFFFFF)}},
	{id: 0x19, name: "request response information", value: []byte{1}, in: []place{inConnect},
		bad:  []value{{[]byte{2}, "3.1.2.11.6", 0x82}, {[]byte{0xFF}, "3.1.2.11.6", 0x82}},
		good: [][]byte{{0}}},
	{id: 0x1A, name: "response information", value: text("wire"), text: true},
	{id: 0x1C, name: "server reference", value: text("wire"), in: []place{inDisconnect},
		text: true},
	{id: 0x1F, name: "reason string", value: text("because"), in: inReasons, text: true,
		good: [][]byte{text("")}},
	{id: 0x21, name: "receive maximum", value: two(10), in: []place{inConnect},
		bad: []value{{two(0), "3.1.2.11.3", 0x82}}, good: [][]byte{two(1), two(0xFFFF)}},
	{id: 0x22, name: "topic alias maximum", value: two(10), in: []place{inConnect},
		good: [][]byte{two(0), two(1), two(0xFFFF)}},
	{id: 0x23, name: "topic alias", value: two(1), in: []place{inPublish},
		bad: []value{{two(0), "MQTT-3.3.2-8", 0x94}}, good: [][]byte{two(2)}},
	{id: 0x24, name: "maximum QoS", value: []byte{1}},
	{id: 0x25, name: "retain available", value: []byte{1}},
	{id: 0x26, name: "user property", value: someProperty[1:], in: everywhere, text: true,
		good: [][]byte{join(text(""), text("")), join(text("k"), text(""))}},
	{id: 0x27, name: "maximum packet size", value: four(1000), in: []place{inConnect},
		bad: []value{{four(0), "3.1.2.11.4", 0x82}}, good: [][]byte{four(0xFFFFFFFF)}},
	{id: 0x28, name: "wildcard subscription available", value: []byte{1}},
	{id: 0x29, name: "subscription identifier available", value: []byte{1}},
	{id: 0x2A, name: "shared subscription available", value: []byte{1}},
}

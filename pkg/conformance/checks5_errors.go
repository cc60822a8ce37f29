// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package conformance

import (
	"strings"

	"github.com/flashmq/flashmq/pkg/mqtt"
	"github.com/flashmq/flashmq/pkg/packet"
)

// checks5Errors are about packets that cannot be (4.13), where no other section has a number.
var checks5Errors = []Check{
	{Name: "packets that cannot be parsed", Clauses: []string{"MQTT-4.13.1-1"}, Run: unparsed5},
	{Name: "packets only a Server sends", Clauses: []string{"MQTT-4.13.1-1"},
		Run: serverPackets5},
	{Name: "properties of PUBLISH", Clauses: []string{"MQTT-4.13.1-1"}, Run: badPublish5},
	{Name: "properties of SUBSCRIBE", Clauses: []string{"MQTT-4.13.1-1"}, Run: badSubscribe5},
	{Name: "properties of acknowledgements", Clauses: []string{"MQTT-4.13.1-1"}, Run: badAcks5},
	{Name: "properties of a DISCONNECT", Clauses: []string{"MQTT-4.13.1-1"},
		Run: badDisconnect5},
	{Name: "end of the connection after an error", Clauses: []string{"MQTT-4.13.2-1"},
		Run: othersGoOn5},
}

func unparsed5(t *T) {
	refuseRows5(t, map[string][]byte{
		"packet type 0":                     frame(0x00),
		"Remaining Length of five bytes":    {0x30, 0x80, 0x80, 0x80, 0x80, 0x01},
		"PINGREQ with something in it":      frame(0xC0, []byte{0}),
		"PUBACK without Packet Identifier":  frame(0x40),
		"PUBACK with half an identifier":    frame(0x40, []byte{1}),
		"PUBREL with bytes left over":       frame(0x62, number16(1), []byte{0, 0, 0}),
		"PUBLISH without Packet Identifier": frame(0x32, text(t.Topic("x"))),
		"PUBLISH without Property Length":   frame(0x30, text(t.Topic("x"))),
		"Property Length beyond the packet": frame(0x30, text(t.Topic("x")), []byte{9}),
		"Property Length of five bytes": frame(0x30, text(t.Topic("x")),
			[]byte{0x80, 0x80, 0x80, 0x80, 0x01}),
		"property beyond the Property Length": frame(0x30, text(t.Topic("x")),
			[]byte{2, byte(packet.ContentType), 0}, []byte{1, 'x'}),
	}, wrong5...)
}

func serverPackets5(t *T) {
	refuseRows5(t, map[string][]byte{
		"CONNACK":  frame(0x20, []byte{0, 0}, block5()),
		"SUBACK":   frame(0x90, number16(1), block5(), []byte{0}),
		"UNSUBACK": frame(0xB0, number16(1), block5(), []byte{0}),
		"PINGRESP": frame(0xD0),
	}, wrong5...)
}

// misplaced5 are properties that none of the packets below may have, by name.
func misplaced5() map[string][]byte {
	return map[string][]byte{
		"unknown property":         {0x7F, 0},
		"Receive Maximum":          short5(packet.ReceiveMaximum, 9),
		"Maximum QoS":              byte5(packet.MaximumQoS, 1),
		"Will Delay Interval":      long5(packet.WillDelayInterval, 1),
		"Server Keep Alive":        short5(packet.ServerKeepAlive, 9),
		"two Reason Strings":       twice5(text5(packet.ReasonString, "x")),
		"User Property, cut off":   user5("name", "value")[:9],
		"Authentication Data":      text5(packet.AuthenticationData, "x"),
		"Shared Subscription":      byte5(packet.SharedSubscriptionAvailable, 1),
		"Assigned Identifier":      text5(packet.AssignedClientIdentifier, "x"),
		"Request Problem":          byte5(packet.RequestProblemInformation, 1),
		"Maximum Packet Size":      long5(packet.MaximumPacketSize, 999),
		"Wildcard Subscription":    byte5(packet.WildcardSubscriptionAvailable, 1),
		"Topic Alias Maximum":      short5(packet.TopicAliasMaximum, 9),
		"ill-formed User Property": user5("\xFF", ""),
	}
}

func badPublish5(t *T) {
	rows := misplaced5()
	for name, property := range map[string][]byte{
		"Payload Format Indicator": byte5(packet.PayloadFormat, 1),
		"Message Expiry Interval":  long5(packet.MessageExpiryInterval, 9),
		"Topic Alias":              short5(packet.TopicAlias, 1),
		"Response Topic":           text5(packet.ResponseTopic, "x"),
		"Correlation Data":         text5(packet.CorrelationData, "x"),
		"Content Type":             text5(packet.ContentType, "x"),
	} {
		rows["two of "+name] = twice5(property)
	}
	rows["Session Expiry Interval"] = long5(packet.SessionExpiryInterval, 9)
	for name, properties := range rows {
		rows[name] = publish5(0x30, t.Topic("x"), properties, "m")
	}
	// 0x94 where the Server has no Topic Aliases.
	refuseRows5(t, rows, badAlias5...)
}

func badSubscribe5(t *T) {
	needIdentifiers5(t)
	rows := misplaced5()
	id := byte(packet.SubscriptionIdentifier)
	rows["Subscription Identifier 0"] = []byte{id, 0}
	rows["two Subscription Identifiers"] = twice5([]byte{id, 1})
	rows["Subscription Identifier of five bytes"] = []byte{id, 0x80, 0x80, 0x80, 0x80, 0x01}
	rows["Reason String"] = text5(packet.ReasonString, "x")
	for name, properties := range rows {
		rows[name] = subscribe5(properties, text(t.Topic("x")), []byte{0})
	}
	rows["QoS 3"] = subscribe5(nil, text(t.Topic("x")), []byte{3})
	rows["Retain Handling 3"] = subscribe5(nil, text(t.Topic("x")), []byte{0x30})
	rows["UNSUBSCRIBE with Subscription Identifier"] = frame(0xA2, number16(1),
		block5([]byte{id, 1}), text(t.Topic("x")))
	refuseRows5(t, rows, wrong5...)
}

func badAcks5(t *T) {
	rows := map[string][]byte{}
	for name, properties := range misplaced5() {
		rows["PUBACK: "+name] = frame(0x40, number16(1), []byte{0}, block5(properties))
		rows["PUBREL: "+name] = frame(0x62, number16(1), []byte{0}, block5(properties))
	}
	refuseRows5(t, rows, wrong5...)
}

func badDisconnect5(t *T) {
	rows := map[string][]byte{}
	for name, properties := range misplaced5() {
		rows[name] = frame(0xE0, []byte{0}, block5(properties))
	}
	rows["two Session Expiry Intervals"] = frame(0xE0, []byte{0},
		block5(twice5(long5(packet.SessionExpiryInterval, 0))))
	rows["bytes left over"] = frame(0xE0, []byte{0}, block5(), []byte{0})
	// CONNECT had none (3.14.2.2.2).
	rows["Session Expiry Interval raised from 0"] = disconnect5(60)
	refuseRows5(t, rows, wrong5...)
}

func othersGoOn5(t *T) {
	other := subscriber5(t, "b", t.Topic("x"), 1)
	for range 3 {
		refuse5(t, publish5(0x30, t.Topic("x"), []byte{0x7F, 0}, strings.Repeat("m", 99)))
	}
	t.Connect("a").Publish(t.Topic("x"), "m", mqtt.AtLeastOnce)
	other.ExpectMessage(t.Topic("x"), "m") // and nothing of what was refused
}

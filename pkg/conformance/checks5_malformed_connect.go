// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package conformance

import (
	"slices"

	"github.com/flashmq/flashmq/pkg/packet"
)

// Checks of checks5Connect that are tables.

func malformedConnect5(t *T) {
	id, topic := text(t.ID("a")), text(t.Topic("x"))
	whole := connect5(0x02, nil, id)
	tooFew := append([]byte{0x10, whole[1] - 3}, whole[2:len(whole)-3]...)
	cutOff := short5(packet.ReceiveMaximum, 1)[:2]
	refuseFirstRows5(t, map[string][]byte{
		"ends inside the Client Identifier": tooFew,
		"ends before the Payload":           connect5(0x02, nil),
		"bytes behind the last field":       connect5(0x02, nil, id, []byte{0}),
		"Will Flag without Will Topic":      connect5(0x06, nil, id, block5()),
		"Will Flag without Will Payload":    connect5(0x06, nil, id, block5(), topic),
		"no Property Length":                frame(0x10, text("MQTT"), []byte{5, 2, 0, 0}),
		"Property Length beyond the packet": frame(0x10, text("MQTT"), []byte{5, 2, 0, 0, 99},
			id),
		"property cut off":                  connect5(0x02, cutOff, id),
		"Property Length of five bytes":     frame(0x10, text("MQTT"), fiveBytes5, id),
		"Will Properties beyond the packet": connect5(0x06, nil, id, []byte{99}, topic, text("")),
		"Will Payload longer than the packet": connect5(0x06, nil, id, block5(), topic,
			[]byte{0, 9, 1}),
	}, wrong5...)
}

// fiveBytes5 are version, flags, Keep Alive and a Variable Byte Integer that does not end.
var fiveBytes5 = []byte{5, 2, 0, 0, 0x80, 0x80, 0x80, 0x80, 0x01}

// twice5 is a property that comes two times.
func twice5(property []byte) []byte { return slices.Concat(property, property) }

func connectProperties5(t *T) {
	rows := map[string][]byte{}
	for name, properties := range map[string][]byte{
		"unknown property":                   {0x7F, 0},
		"property of PUBLISH":                short5(packet.TopicAlias, 1),
		"property of CONNACK":                byte5(packet.RetainAvailable, 1),
		"property of the Will":               long5(packet.WillDelayInterval, 1),
		"Receive Maximum 0":                  short5(packet.ReceiveMaximum, 0),
		"Maximum Packet Size 0":              long5(packet.MaximumPacketSize, 0),
		"Request Response Information 2":     byte5(packet.RequestResponseInformation, 2),
		"Request Problem Information 2":      byte5(packet.RequestProblemInformation, 2),
		"two Session Expiry Intervals":       twice5(long5(packet.SessionExpiryInterval, 1)),
		"two Receive Maximums":               twice5(short5(packet.ReceiveMaximum, 9)),
		"two Maximum Packet Sizes":           twice5(long5(packet.MaximumPacketSize, 999)),
		"two Topic Alias Maximums":           twice5(short5(packet.TopicAliasMaximum, 9)),
		"two Request Response Informations":  twice5(byte5(packet.RequestResponseInformation, 0)),
		"two Request Problem Informations":   twice5(byte5(packet.RequestProblemInformation, 0)),
		"two Authentication Methods":         twice5(text5(packet.AuthenticationMethod, "x")),
		"Authentication Data without Method": text5(packet.AuthenticationData, "x"),
	} {
		rows[name] = connect5(0x02, properties, text(t.ID("a")))
	}
	refuseFirstRows5(t, rows, wrong5...)
	rows = map[string][]byte{}
	for name, properties := range map[string][]byte{
		"unknown property of the Will":    {0x7F, 0},
		"property of CONNECT in the Will": short5(packet.ReceiveMaximum, 9),
		"two Will Delay Intervals":        twice5(long5(packet.WillDelayInterval, 9)),
		"two Payload Format Indicators":   twice5(byte5(packet.PayloadFormat, 0)),
		"two Message Expiry Intervals":    twice5(long5(packet.MessageExpiryInterval, 9)),
		"two Content Types":               twice5(text5(packet.ContentType, "x")),
		"two Response Topics":             twice5(text5(packet.ResponseTopic, "x")),
		"two Correlation Datas":           twice5(text5(packet.CorrelationData, "x")),
	} {
		rows[name] = connect5(0x06, nil, text(t.ID("a")), block5(properties), text(t.Topic("x")),
			text("payload"))
	}
	refuseFirstRows5(t, rows, wrong5...)
}

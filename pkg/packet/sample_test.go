// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package packet

import (
	"strings"
	"testing"

	"github.com/flashmq/flashmq/pkg/mqtt"
)

// sample is one good packet: the struct and the bytes that are the same thing.
type sample struct {
	name    string
	version mqtt.Version
	packet  any
	first   byte
	body    string
	// shorter are the lengths at which a truncated body is a good packet too.
	shorter []int
}

func (s *sample) wire(t testing.TB) []byte { return wire(t, s.first, s.body) }

func ascii(s string) []byte { return []byte(s) }

func users(pairs ...string) func(p *Properties) {
	return func(p *Properties) {
		for i := 0; i < len(pairs); i += 2 {
			p.AddUser(ascii(pairs[i]), ascii(pairs[i+1]))
		}
	}
}

func reason(p *Properties) { p.SetReasonString(ascii("why")) }

// samples are the good packets of every type and version. Both directions are tested with them,
// and all fuzz targets start from them.
func samples() []sample {
	all := append(connectSamples(), publishSamples()...)
	all = append(all, ackSamples()...)
	all = append(all, subscriptionSamples()...)
	return append(all, otherSamples()...)
}

func connectSamples() []sample {
	return []sample{
		{"CONNECT 3.1", mqtt.V31, &Connect{Version: mqtt.V31, CleanStart: true, KeepAlive: 60,
			ClientID: ascii("c")}, 0x10, "s'MQIsdp' 03 02 003c s'c'", nil},
		{"CONNECT 3.1.1", mqtt.V311, &Connect{Version: mqtt.V311, KeepAlive: 0xFFFF,
			ClientID: ascii("device-1")}, 0x10, "s'MQTT' 04 00 ffff s'device-1'", nil},
		{"CONNECT 3.1.1 empty identifier", mqtt.V311,
			&Connect{Version: mqtt.V311, CleanStart: true}, 0x10, "s'MQTT' 04 02 0000 0000", nil},
		{"CONNECT 3.1.1 bridge", mqtt.V311, &Connect{Version: mqtt.V311, Bridge: true,
			ClientID: ascii("b")}, 0x10, "s'MQTT' 84 00 0000 s'b'", nil},
		{"CONNECT 3.1.1 everything", mqtt.V311, &Connect{Version: mqtt.V311, CleanStart: true,
			KeepAlive: 10, ClientID: ascii("c"), Will: true, WillQoS: 2, WillRetain: true,
			WillTopic: ascii("w/t"), WillPayload: ascii("\x00gone"), HasUsername: true,
			Username: ascii("u"), HasPassword: true, Password: ascii("\xff")},
			0x10, "s'MQTT' 04 f6 000a s'c' s'w/t' 0005 00 676f6e65 s'u' 0001 ff", nil},
		{"CONNECT 3.1.1 user name only", mqtt.V311, &Connect{Version: mqtt.V311,
			ClientID: ascii("c"), HasUsername: true}, 0x10, "s'MQTT' 04 80 0000 s'c' 0000", nil},
		{"CONNECT 5.0", mqtt.V50, &Connect{Version: mqtt.V50, CleanStart: true, KeepAlive: 60,
			ClientID: ascii("c")}, 0x10, "s'MQTT' 05 02 003c 00 s'c'", nil},
		{"CONNECT 5.0 bridge", mqtt.V50, &Connect{Version: mqtt.V50, Bridge: true},
			0x10, "s'MQTT' 85 00 0000 00 0000", nil},
		{"CONNECT 5.0 password only", mqtt.V50, &Connect{Version: mqtt.V50, HasPassword: true,
			Password: ascii("p")}, 0x10, "s'MQTT' 05 40 0000 00 0000 s'p'", nil},
		{"CONNECT 5.0 everything", mqtt.V50, everyConnect(), 0x10, "s'MQTT' 05 ee 000a 2e" +
			"11 00000e10 21 0014 27 00010000 22 000a 15 s'SCRAM' 16 0002 ff00 17 00 19 01" +
			" 26 s'k' s'v' 26 s'k' 0000 s'c'" +
			" 25 01 01 02 0000003c 03 s't' 08 s're/ply' 09 0002 00ff 18 00000005 26 s'a' s'b'" +
			" s'w/t' s'bye' s'u' s'p'", nil},
		{"CONNACK 3.1", mqtt.V31, &Connack{}, 0x20, "0000", nil},
		{"CONNACK 3.1.1 present", mqtt.V311, &Connack{SessionPresent: true}, 0x20, "0100", nil},
		{"CONNACK 3.1.1 refused", mqtt.V311, &Connack{Code: mqtt.NotAuthorized}, 0x20, "0005", nil},
		{"CONNACK 5.0", mqtt.V50, &Connack{SessionPresent: true}, 0x20, "010000", nil},
		{"CONNACK 5.0 refused", mqtt.V50, &Connack{Code: mqtt.Banned, Properties: with(reason)},
			0x20, "008a 06 1f s'why'", nil},
		{"CONNACK 5.0 everything", mqtt.V50, everyConnack(), 0x20, "0000 5b" +
			"11 ffffffff 21 0001 24 01 25 00 27 00000040 12 s'given' 22 0000 28 00 29 01 2a 00" +
			"13 003c 15 s'M' 16 0001 00 1a s'resp' 1c s'other' 1f s'why' 26 s'k' s'v'" +
			" 26 s'zone' s'eu-west-1'", nil},
	}
}

func everyConnect() *Connect {
	return &Connect{Version: mqtt.V50, CleanStart: true, KeepAlive: 10, ClientID: ascii("c"),
		Will: true, WillQoS: 1, WillRetain: true, WillTopic: ascii("w/t"),
		WillPayload: ascii("bye"), HasUsername: true, Username: ascii("u"), HasPassword: true,
		Password: ascii("p"),
		Properties: with(func(p *Properties) {
			p.SetSessionExpiryInterval(3600)
			p.SetReceiveMaximum(20)
			p.SetMaximumPacketSize(65536)
			p.SetTopicAliasMaximum(10)
			p.SetRequestProblemInformation(0)
			p.SetRequestResponseInformation(1)
			p.SetAuthenticationMethod(ascii("SCRAM"))
			p.SetAuthenticationData(ascii("\xff\x00"))
			users("k", "v", "k", "")(p)
		}),
		WillProperties: with(func(p *Properties) {
			p.SetWillDelayInterval(5)
			p.SetPayloadFormat(1)
			p.SetMessageExpiryInterval(60)
			p.SetContentType(ascii("t"))
			p.SetResponseTopic(ascii("re/ply"))
			p.SetCorrelationData(ascii("\x00\xff"))
			users("a", "b")(p)
		}),
	}
}

func everyConnack() *Connack {
	return &Connack{Properties: with(func(p *Properties) {
		p.SetSessionExpiryInterval(0xFFFFFFFF)
		p.SetReceiveMaximum(1)
		p.SetMaximumQoS(1)
		p.SetRetainAvailable(0)
		p.SetMaximumPacketSize(64)
		p.SetAssignedClientIdentifier(ascii("given"))
		p.SetTopicAliasMaximum(0)
		p.SetReasonString(ascii("why"))
		p.SetWildcardSubscriptionAvailable(0)
		p.SetSubscriptionIdentifierAvailable(1)
		p.SetSharedSubscriptionAvailable(0)
		p.SetServerKeepAlive(60)
		p.SetResponseInformation(ascii("resp"))
		p.SetServerReference(ascii("other"))
		p.SetAuthenticationMethod(ascii("M"))
		p.SetAuthenticationData(ascii("\x00"))
		users("k", "v", "zone", "eu-west-1")(p)
	})}
}

func publishSamples() []sample {
	return []sample{
		{"PUBLISH 3.1.1 QoS 0", mqtt.V311, &Publish{Topic: ascii("a/b"), Payload: ascii("hi")},
			0x30, "s'a/b' 6869", []int{5, 6}},
		{"PUBLISH 3.1 retained", mqtt.V31, &Publish{Topic: ascii("a/b"), Retain: true},
			0x31, "s'a/b'", nil},
		{"PUBLISH 3.1.1 QoS 1 again", mqtt.V311, &Publish{Topic: ascii("a/b"), QoS: 1, Dup: true,
			ID: 0xFFFF}, 0x3A, "s'a/b' ffff", nil},
		{"PUBLISH 3.1.1 long", mqtt.V311, &Publish{Topic: ascii(strings.Repeat("t", 200)), QoS: 2,
			ID: 1, Payload: ascii("x")}, 0x34, "s'" + strings.Repeat("t", 200) + "' 0001 78",
			[]int{204}},
		{"PUBLISH 5.0 QoS 0", mqtt.V50, &Publish{Topic: ascii("a/b"), Payload: ascii("hi")},
			0x30, "s'a/b' 00 6869", []int{6, 7}},
		{"PUBLISH 5.0 alias", mqtt.V50, &Publish{QoS: 2, ID: 0x1234, Retain: true,
			Properties: with(func(p *Properties) { p.SetTopicAlias(9) })},
			0x35, "0000 1234 03 23 0009", nil},
		{"PUBLISH 5.0 everything", mqtt.V50, &Publish{Topic: ascii("a/b"), QoS: 1, ID: 2,
			Payload: ascii("p"), Properties: with(func(p *Properties) {
				p.SetTopicAlias(1)
				p.SetPayloadFormat(0)
				p.SetMessageExpiryInterval(0)
				p.SetContentType(ascii("t"))
				p.SetResponseTopic(ascii("r"))
				p.SetCorrelationData(nil)
				for _, id := range []uint32{1, 128, 268_435_455} {
					p.AddSubscriptionIdentifier(id)
				}
				users("k", "v")(p)
			})},
			0x32, "s'a/b' 0002 26 01 00 02 00000000 03 s't' 08 s'r' 09 0000 0b 01 0b 8001" +
				" 0b ffffff7f 23 0001 26 s'k' s'v' 70", []int{46}},
	}
}

func ackSamples() (all []sample) {
	for _, t := range []Type{PUBACK, PUBREC, PUBREL, PUBCOMP} {
		code := mqtt.PacketIdentifierNotFound
		codeHex := "92"
		if t == PUBACK || t == PUBREC {
			code, codeHex = mqtt.NoMatchingSubscribers, "10"
		}
		first := byte(t) << 4
		if t == PUBREL {
			first |= 2
		}
		name := t.String()
		all = append(all,
			sample{name + " 3.1.1", mqtt.V311, &Ack{ID: 5}, first, "0005", nil},
			sample{name + " 3.1", mqtt.V31, &Ack{ID: 0xFFFF}, first, "ffff", nil},
			sample{name + " 5.0 short", mqtt.V50, &Ack{ID: 0x0102}, first, "0102", nil},
			sample{name + " 5.0 code", mqtt.V50, &Ack{ID: 5, Code: code}, first, "0005" + codeHex,
				[]int{2}},
			sample{name + " 5.0 reason", mqtt.V50,
				&Ack{ID: 5, Code: code, Properties: with(reason)}, first,
				"0005" + codeHex + "06 1f s'why'", []int{2, 3}},
			sample{name + " 5.0 user", mqtt.V50, &Ack{ID: 5, Properties: with(users("", ""))},
				first, "0005 00 05 26 0000 0000", []int{2, 3}})
	}
	return all
}

func subscriptionSamples() []sample {
	return []sample{
		{"SUBSCRIBE 3.1.1", mqtt.V311, &Subscribe{ID: 3, Subscriptions: []mqtt.Subscription{
			{Filter: "a/#", Options: 0}, {Filter: "+", Options: 2}}},
			0x82, "0003 s'a/#' 00 s'+' 02", []int{8}},
		{"SUBSCRIBE 3.1", mqtt.V31, &Subscribe{ID: 3, Subscriptions: []mqtt.Subscription{
			{Filter: "a", Options: 1}}}, 0x82, "0003 s'a' 01", nil},
		{"SUBSCRIBE 5.0", mqtt.V50, &Subscribe{ID: 3, Subscriptions: []mqtt.Subscription{
			{Filter: "a/#", Options: 0x2E}}}, 0x82, "0003 00 s'a/#' 2e", nil},
		{"SUBSCRIBE 5.0 identifier", mqtt.V50, &Subscribe{ID: 3, Subscriptions: []mqtt.Subscription{
			{Filter: "$share/g/a", Options: 1, Identifier: 321}, {Filter: "b", Identifier: 321}},
			Properties: with(func(p *Properties) {
				p.AddSubscriptionIdentifier(321)
				users("k", "v")(p)
			})}, 0x82, "0003 0a 0b c102 26 s'k' s'v' s'$share/g/a' 01 s'b' 00", []int{26}},
		{"SUBACK 3.1.1", mqtt.V311, &Suback{ID: 3, Codes: []mqtt.ReasonCode{0, 1, 2, 0x80}},
			0x90, "0003 00010280", []int{3, 4, 5}},
		{"SUBACK 5.0", mqtt.V50, &Suback{ID: 3, Codes: []mqtt.ReasonCode{2, 0x87},
			Properties: with(reason)}, 0x90, "0003 06 1f s'why' 0287", []int{10}},
		{"UNSUBSCRIBE 3.1.1", mqtt.V311, &Unsubscribe{ID: 3, Filters: []string{"a/#", "b"}},
			0xA2, "0003 s'a/#' s'b'", []int{7}},
		{"UNSUBSCRIBE 5.0", mqtt.V50, &Unsubscribe{ID: 3, Filters: []string{"a"},
			Properties: with(users("k", "v"))}, 0xA2, "0003 07 26 s'k' s'v' s'a'", nil},
		{"UNSUBACK 3.1.1", mqtt.V311, &Unsuback{ID: 3}, 0xB0, "0003", nil},
		{"UNSUBACK 5.0", mqtt.V50, &Unsuback{ID: 3, Codes: []mqtt.ReasonCode{0, 0x11},
			Properties: with(reason)}, 0xB0, "0003 06 1f s'why' 0011", []int{10}},
	}
}

func otherSamples() []sample {
	return []sample{
		{"PINGREQ", mqtt.V311, &ping{}, 0xC0, "", nil},
		{"PINGRESP", mqtt.V50, &ping{}, 0xD0, "", nil},
		{"DISCONNECT 3.1.1", mqtt.V311, &Disconnect{}, 0xE0, "", nil},
		{"DISCONNECT 5.0 normal", mqtt.V50, &Disconnect{}, 0xE0, "", nil},
		{"DISCONNECT 5.0 will", mqtt.V50, &Disconnect{Code: mqtt.DisconnectWithWill}, 0xE0, "04",
			[]int{0}},
		{"DISCONNECT 5.0 everything", mqtt.V50, &Disconnect{Code: mqtt.ServerMoved,
			Properties: with(func(p *Properties) {
				p.SetSessionExpiryInterval(0)
				p.SetServerReference(ascii("x"))
				reason(p)
				users("k", "v")(p)
			})}, 0xE0, "9d 16 11 00000000 1c s'x' 1f s'why' 26 s'k' s'v'", []int{0, 1}},
		{"AUTH success", mqtt.V50, &Auth{}, 0xF0, "", nil},
		{"AUTH continue", mqtt.V50, &Auth{Code: mqtt.ContinueAuthentication,
			Properties: with(func(p *Properties) {
				p.SetAuthenticationMethod(ascii("M"))
				p.SetAuthenticationData(ascii("\x01\x02"))
				reason(p)
				users("k", "v")(p)
			})}, 0xF0, "18 16 15 s'M' 16 0002 0102 1f s'why' 26 s'k' s'v'", []int{0}},
		{"AUTH again", mqtt.V50, &Auth{Code: mqtt.ReAuthenticate}, 0xF0, "19 00", []int{0}},
	}
}

// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package wirecase

import (
	"fmt"

	"github.com/flashmq/flashmq/pkg/mqtt"
)

// From the specification: the Connect Flags (3.1.2.3).
const (
	flagReserved   = 0x01
	flagClean      = 0x02
	flagWill       = 0x04
	flagWillRetain = 0x20
	flagPassword   = 0x40
	flagUserName   = 0x80
)

// connects adds what is special about CONNECT.
func (s *sheet) connects(v mqtt.Version) {
	for flags := range 256 {
		clause, want := connectVerdict(v, byte(flags))
		if want == nil {
			continue
		}
		sp := startConnect(v, byte(flags)).has("client identifier", words, text(someID))
		sp.announced(byte(flags))
		s.add(sp, "connect flags", fmt.Sprintf("%08b", flags), frame(0x10, sp.body()), clause, want)
	}
	s.identifiers(v)
	for _, other := range []mqtt.Version{mqtt.V31, mqtt.V311, mqtt.V50} {
		again := shortConnect(v)
		again.state = Connected
		s.add(again, "whole", "second, of version "+other.String(),
			frame(0x10, shortConnect(other).body()), connectOnce.of(v),
			refused(v, mqtt.ProtocolError))
	}
	if v != mqtt.V31 {
		s.unannounced(v)
	}
}

// announced adds the fields that the flags say are there.
func (sp *specimen) announced(flags byte) {
	if flags&flagWill != 0 {
		sp.hasProperties(inWill).has("will topic", name, text("wire/will")).
			has("will payload", blob, text(""))
	}
	if flags&flagUserName != 0 {
		sp.has("user name", words, text("user"))
	}
	if flags&flagPassword != 0 {
		sp.has("password", blob, text("word"))
	}
}

// connectVerdict is what Connect Flags earn; nil where 3.1 says nothing. There the flags of the
// Will are disregarded when there is none.
func connectVerdict(v mqtt.Version, flags byte) (clause string, want []Outcome) {
	will, qos, retain := flags&flagWill != 0, flags>>3&3, flags&flagWillRetain != 0
	nameless := flags&(flagUserName|flagPassword) == flagPassword
	if v == mqtt.V31 {
		switch {
		case flags&flagReserved != 0 || will && qos == 3:
			return "", nil
		case nameless:
			return "3.1", ended()
		}
		return "3.1", accepted()
	}
	clause, want = connack.of(v), accepted()
	var codes []mqtt.ReasonCode
	broken := func(r rule, more ...mqtt.ReasonCode) {
		clause, codes = r.of(v), with(codes, more...)
	}
	if nameless && v == mqtt.V311 {
		broken(rule{v311: "MQTT-3.1.2-22"}, mqtt.MalformedPacket)
	}
	if retain && !will {
		broken(rule{v5: "MQTT-3.1.2-13", v311: "MQTT-3.1.2-15"}, wrong...)
	}
	if qos != 0 && !will {
		broken(rule{v5: "MQTT-3.1.2-11", v311: "MQTT-3.1.2-13"}, wrong...)
	}
	if qos == 3 && will {
		broken(rule{v5: "MQTT-3.1.2-12", v311: "MQTT-3.1.2-14"}, mqtt.MalformedPacket)
	}
	if flags&flagReserved != 0 {
		broken(rule{v5: "MQTT-3.1.2-3", v311: "MQTT-3.1.2-3"}, mqtt.MalformedPacket)
	}
	if codes != nil {
		want = refused(v, codes...)
	}
	return clause, want
}

// unannounced adds fields whose flag is not set, so that there are bytes too many.
func (s *sheet) unannounced(v mqtt.Version) {
	for i, flag := range []byte{flagWill, flagUserName, flagPassword,
		flagWill | flagUserName | flagPassword} {
		sp := fullConnect(v)
		what := []string{"will", "user name", "password", "anything"}[i] + " not announced"
		sp.fields[sp.field("connect flags")].wire = []byte{0xC6 &^ flag}
		s.add(sp, "connect flags", what, frame(0x10, sp.body()), sp.form,
			refused(v, mqtt.MalformedPacket))
	}
}

// identifiers adds Client Identifiers: short and long ones, and none.
func (s *sheet) identifiers(v mqtt.Version) {
	notValid := identifierNotValid()
	for _, tail := range []string{"", "A", "zZ09aAbByY", "ABCDEFGHIJKLMNO"} {
		sp := shortConnect(v)
		what := fmt.Sprintf("%d characters", len(someID)+len(tail))
		s.add(sp, "client identifier", what, sp.with(sp.field("client identifier"),
			text(someID+tail)), rule{"MQTT-3.1.3-5", "MQTT-3.1.3-5", "3.1"}.of(v), sp.want)
	}
	for _, clean := range []byte{0, flagClean} {
		sp := startConnect(v, clean).has("client identifier", words, text(""))
		want, clause := either(accepted(), notValid), "MQTT-3.1.3-6"
		switch {
		case v == mqtt.V31:
			want, clause = notValid, "3.1"
		case v == mqtt.V311 && clean == 0:
			want, clause = notValid, "MQTT-3.1.3-8"
		}
		what := fmt.Sprintf("empty, connect flags %08b", clean)
		s.add(sp, "client identifier", what, frame(0x10, sp.body()), clause, want)
	}
}

// identifierNotValid is a CONNACK that says so, in every version.
func identifierNotValid() []Outcome {
	return []Outcome{{Kind: Refused, Codes: []mqtt.ReasonCode{mqtt.ClientIdentifierNotValid}}}
}

// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package wirecase

import (
	"fmt"

	"github.com/flashmq/flashmq/pkg/mqtt"
	"github.com/flashmq/flashmq/pkg/packet"
)

// headers adds every value of the fixed header's flags to every packet type, those included that a
// Client must not send.
func (s *sheet) headers(v mqtt.Version) {
	for _, sp := range specimens(v) {
		if sp.first>>4 != byte(packet.PUBLISH) {
			s.flags(sp)
		}
	}
	for flags := range 16 {
		s.publishFlags(v, byte(flags))
	}
	for _, sp := range foreign(v) {
		s.foreignFlags(sp)
	}
}

// flagClauses are rules about the flags of one packet type.
var flagClauses = map[string]string{
	"PUBREL": "MQTT-3.6.1-1", "SUBSCRIBE": "MQTT-3.8.1-1", "UNSUBSCRIBE": "MQTT-3.10.1-1",
	"DISCONNECT": "MQTT-3.14.1-1", "AUTH": "MQTT-3.15.1-1",
}

// flags adds the flags of a packet for which the specification has one value. In 3.1 most packets
// have flags that are "not used"; where there is a QoS, DUP may be set.
func (s *sheet) flags(sp *specimen) {
	good := sp.first & 15
	for flags := range byte(16) {
		want, clause := sp.misread(), reservedBits.of(sp.version)
		if tag, ok := flagClauses[sp.packet]; ok && sp.version != mqtt.V31 {
			clause = tag
		}
		dup := sp.version == mqtt.V31 && good == 2 && flags == 2|8
		switch {
		case flags == good || dup:
			want = sp.want
		case sp.version == mqtt.V31:
			continue
		}
		spoilt := *sp
		spoilt.first = sp.first&0xF0 | flags
		s.add(sp, "flags", fmt.Sprintf("%04b", flags), frame(spoilt.first, sp.body()), clause, want)
	}
}

// publishFlags adds a PUBLISH with these flags. Nothing is left behind: a message with RETAIN is
// an empty one.
func (s *sheet) publishFlags(v mqtt.Version, flags byte) {
	qos := flags >> 1 & 3
	sp := publish(v, min(qos, 2))
	sp.name, sp.first = "PUBLISH", 0x30|flags
	want, clause := sp.want, sp.clause
	switch {
	case v == mqtt.V31 && (qos == 3 || qos == 0 && flags&8 != 0):
		return // reserved, and without a meaning
	case qos == 3:
		want, clause = refused(v, mqtt.MalformedPacket), "MQTT-3.3.1-4"
	case qos == 0 && flags&8 != 0:
		want, clause = refused(v, wrong...), "MQTT-3.3.1-2"
	}
	wire := sp.with(sp.field("payload"), nil)
	s.add(sp, "flags", fmt.Sprintf("%04b", flags), wire, clause, want)
}

// foreign are packets that a Client never sends: those of a Server, and reserved types.
func foreign(v mqtt.Version) []*specimen {
	start := func(name string, first byte) *specimen {
		sp := newSpecimen(packet.Type(first>>4), v, Connected, first)
		sp.name, sp.packet = name, name
		return sp.earns(forServers, refused(v, mqtt.ProtocolError))
	}
	list := []*specimen{
		start("CONNACK", 0x20).has("everything", opaque, join([]byte{0, 0}, noProperties(v))),
		start("SUBACK", 0x90).has("everything", opaque, join(two(10), noProperties(v), []byte{1})),
		start("UNSUBACK", 0xB0).has("everything", opaque, two(10)),
		start("PINGRESP", 0xD0),
		start("type 0", 0x00).earns(reservedType, refused(v, wrong...)),
	}
	if v == mqtt.V50 {
		list[2].has("codes", opaque, join(noProperties(v), []byte{0}))
		return list
	}
	return append(list, start("type 15", 0xF0).earns(reservedType, ended()))
}

// foreignFlags adds such a packet with every value of the flags.
func (s *sheet) foreignFlags(sp *specimen) {
	for flags := range byte(16) {
		want := sp.want
		if flags != 0 {
			want = refused(sp.version, wrong...)
		}
		what := fmt.Sprintf("%04b", flags)
		s.add(sp, "flags", what, frame(sp.first|flags, sp.body()), sp.clause, want)
	}
}

// strangers adds every other packet in the place of the first CONNECT.
func (s *sheet) strangers(v mqtt.Version) {
	for _, sp := range append(specimens(v), foreign(v)...) {
		if sp.packet == "CONNECT" {
			continue
		}
		wire := frame(sp.first, sp.body())
		first := *sp
		first.state = Fresh
		s.add(&first, "whole", "before CONNECT", wire, connectFirst.of(v),
			either(ended(), refused(v, wrong...)))
	}
}

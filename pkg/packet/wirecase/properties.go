// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package wirecase

import (
	"fmt"
	"slices"

	"github.com/flashmq/flashmq/pkg/mqtt"
)

// holder is a packet with a set of properties, which takes the place of field.
type holder struct {
	*specimen
	field int
	in    place
}

// holders are one packet for each place.
func holders() (list []holder) {
	seen := map[place]bool{}
	for _, sp := range specimens(mqtt.V50) {
		for i, f := range sp.fields {
			if f.kind == props && !seen[f.in] && sp.name != "PUBLISH QoS 0" {
				seen[f.in] = true
				list = append(list, holder{sp, i, f.in})
			}
		}
	}
	return list
}

// properties adds every property in every place.
func (s *sheet) properties() {
	for _, h := range holders() {
		where := h.fields[h.field].name
		for _, p := range propertyTable {
			wire := h.put(p.wire(p.value))
			if !slices.Contains(p.in, h.in) {
				s.add(h.specimen, where, p.name+" not allowed", wire, propertyType.v5,
					refused(mqtt.V50, h.malformed...))
				continue
			}
			s.add(h.specimen, where, p.name, wire, propertyType.v5, h.allowed(p))
			s.twice(h, p)
			s.values(h, p)
			s.halves(h, p)
		}
		s.unknown(h)
	}
}

// wire is the property with a value.
func (p property) wire(value []byte) []byte { return join([]byte{p.id}, value) }

// put is the packet with these properties.
func (h holder) put(properties ...[]byte) []byte { return h.with(h.field, block(properties...)) }

// allowed is what a property earns where it may be. Some are right on the wire and wrong all the
// same.
func (h holder) allowed(p property) []Outcome {
	switch {
	case h.in == inConnect && p.name == "authentication method":
		// No Server knows it (5.0, 4.12).
		return refused(mqtt.V50, mqtt.BadAuthenticationMethod, mqtt.NotAuthorized)
	case h.in == inConnect && p.name == "authentication data":
		return refused(mqtt.V50, mqtt.ProtocolError) // without a method (5.0, 3.1.2.11.10)
	case h.in == inPublish && p.name == "subscription identifier":
		return refused(mqtt.V50, mqtt.ProtocolError) // [MQTT-3.3.4-6]
	case h.in == inDisconnect && p.name == "session expiry interval":
		return refused(mqtt.V50, mqtt.ProtocolError) // raised from 0 (5.0, 3.14.2.2.2)
	case h.in == inDisconnect && p.name == "server reference":
		return either(h.want, refused(mqtt.V50, wrong...)) // it is for Clients
	}
	return h.want
}

// fails is what a bad property earns: one of codes, or what is wrong with the packet anyway.
func (h holder) fails(p property, codes ...mqtt.ReasonCode) []Outcome {
	for _, o := range h.allowed(p) {
		if o.Kind == Refused {
			codes = with(codes, o.Codes...)
		}
	}
	return refused(mqtt.V50, codes...)
}

// twice adds the property two times, which only a User Property may be.
func (s *sheet) twice(h holder, p property) {
	want := h.fails(p, mqtt.ProtocolError)
	if p.name == "user property" {
		want = h.want
	}
	wire := h.put(p.wire(p.value), p.wire(p.value))
	s.add(h.specimen, h.fields[h.field].name, p.name+" twice", wire, "2.2.2.2", want)
}

// values adds other values of the property.
func (s *sheet) values(h holder, p property) {
	where, expiring := h.fields[h.field].name, p.id == 0x11 && h.in == inDisconnect
	for _, good := range p.good {
		want := h.allowed(p)
		if expiring && good[3] == 0 {
			want = h.want // 0 may be said again
		}
		what := fmt.Sprintf("%s % x", p.name, good)
		s.add(h.specimen, where, what, h.put(p.wire(good)), propertyType.v5, want)
	}
	for _, bad := range p.bad {
		what := fmt.Sprintf("%s % x", p.name, bad.wire)
		s.add(h.specimen, where, what, h.put(p.wire(bad.wire)), bad.clause,
			h.fails(p, mqtt.ReasonCode(bad.code)))
	}
	for _, open := range p.open {
		what := fmt.Sprintf("%s % x", p.name, open)
		want := either(h.allowed(p), h.fails(p, with(wrong, mqtt.PayloadFormatInvalid)...))
		s.add(h.specimen, where, what, h.put(p.wire(open)), "3.3.2.3.2", want)
	}
	if p.text {
		s.spelledValues(h, p)
	}
	if p.name == "response topic" {
		for _, topic := range []string{"", "+", "#", "wire/+", "wire/#", "wi+re"} {
			what := fmt.Sprintf("%s %q", p.name, topic)
			s.add(h.specimen, where, what, h.put(p.wire(text(topic))), "MQTT-3.3.2-14",
				h.fails(p, with(wrong, mqtt.TopicNameInvalid)...))
		}
	}
}

// halves adds values that end too early.
func (s *sheet) halves(h holder, p property) {
	for n := range p.value {
		what := fmt.Sprintf("%s, %d of %d bytes", p.name, n, len(p.value))
		s.add(h.specimen, h.fields[h.field].name, what, h.put(p.wire(p.value[:n])),
			propertyType.v5, h.fails(p, mqtt.MalformedPacket))
	}
}

// spelledValues adds strings as a property's value, both strings of a pair.
func (s *sheet) spelledValues(h holder, p property) {
	for _, x := range spellings {
		want := h.fails(p, mqtt.MalformedPacket)
		switch {
		case x.good:
			want = h.allowed(p)
		case x.open:
			want = either(h.allowed(p), want)
		}
		variants := map[string][]byte{"": text("x" + x.text)}
		if p.name == "user property" {
			variants = map[string][]byte{
				" name":  join(text("x"+x.text), text("v")),
				" value": join(text("k"), text("x"+x.text)),
			}
		}
		for _, part := range []string{"", " name", " value"} {
			if variants[part] == nil {
				continue
			}
			what := p.name + part + ", " + x.name
			s.add(h.specimen, h.fields[h.field].name, what, h.put(p.wire(variants[part])),
				x.rule.v5, want)
		}
	}
}

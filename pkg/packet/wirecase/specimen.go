// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package wirecase

import (
	"github.com/flashmq/flashmq/pkg/mqtt"
	"github.com/flashmq/flashmq/pkg/packet"
)

// specimen is a good packet, field by field, to be spoilt.
type specimen struct {
	name    string // for people: the packet type and what is special
	packet  string // the packet type's name
	version mqtt.Version
	state   State
	first   byte // of the fixed header
	fields  []field
	want    []Outcome
	clause  string
	// form is the rule that a packet breaks which cannot be parsed.
	form string
	// empty is what the packet earns with a Remaining Length of 0; nil: it cannot be parsed.
	empty []Outcome
	// malformed are the Reason Codes for a packet that cannot be parsed; more than one where the
	// packet is wrong anyway.
	malformed []mqtt.ReasonCode
}

// kind is what a field is.
type kind uint8

const (
	opaque  kind = iota // has tables of its own
	words               // UTF-8 Encoded String
	name                // the same, a Topic Name
	filter              // the same, a Topic Filter
	blob                // Binary Data
	id                  // Packet Identifier of a request
	ackID               // Packet Identifier of an acknowledgement
	seconds             // a Two Byte Integer, any value
	props               // set of properties
	payload             // the rest of the packet, any bytes
)

// field is one field of a packet.
type field struct {
	name string
	kind kind
	wire []byte
	// end is what a packet earns that ends behind this field, and why; nil: it cannot be parsed.
	end []Outcome
	why string
	// in is where a set of properties stands.
	in place
}

func newSpecimen(t packet.Type, v mqtt.Version, s State, first byte) *specimen {
	return &specimen{name: t.String(), packet: t.String(), version: v, state: s, first: first,
		form: parsing.of(v), malformed: []mqtt.ReasonCode{mqtt.MalformedPacket}}
}

// has adds a field.
func (sp *specimen) has(name string, k kind, wire []byte) *specimen {
	sp.fields = append(sp.fields, field{name: name, kind: k, wire: wire})
	return sp
}

// mayEnd says what the packet earns when it ends here.
func (sp *specimen) mayEnd(o []Outcome) *specimen {
	last := &sp.fields[len(sp.fields)-1]
	last.end, last.why = o, sp.clause
	return sp
}

// mustNotEnd says that the packet is a Protocol Error when it ends here, and which rule it breaks.
func (sp *specimen) mustNotEnd(r rule) *specimen {
	last := &sp.fields[len(sp.fields)-1]
	last.end, last.why = refused(sp.version, mqtt.ProtocolError), r.of(sp.version)
	return sp
}

// hasProperties adds a set of properties where the version has them: a User Property.
func (sp *specimen) hasProperties(in place) *specimen {
	if sp.version == mqtt.V50 {
		name := "properties"
		if in == inWill {
			name = "will properties"
		}
		sp.has(name, props, block(someProperty))
		sp.fields[len(sp.fields)-1].in = in
	}
	return sp
}

// someProperty is a User Property, which every packet may have.
var someProperty = join([]byte{0x26}, text("k"), text("v"))

// earns says what the packet earns as it is.
func (sp *specimen) earns(clause rule, want []Outcome) *specimen {
	sp.want, sp.clause = want, clause.of(sp.version)
	return sp
}

// called gives the specimen a name that tells it from others of its packet type.
func (sp *specimen) called(what string) *specimen {
	sp.name = sp.packet + " " + what
	return sp
}

// body is what follows the fixed header.
func (sp *specimen) body() (b []byte) {
	for _, f := range sp.fields {
		b = append(b, f.wire...)
	}
	return b
}

// with is the packet with other bytes in the field i, and the Remaining Length that goes with it.
func (sp *specimen) with(i int, wire []byte) []byte {
	var b []byte
	for j, f := range sp.fields {
		if i == j {
			b = append(b, wire...)
		} else {
			b = append(b, f.wire...)
		}
	}
	return frame(sp.first, b)
}

// field is the position of a field.
func (sp *specimen) field(name string) int {
	for i, f := range sp.fields {
		if f.name == name {
			return i
		}
	}
	panic("wirecase: no field " + name + " in " + sp.name)
}

// blind is the number of bytes of the body after which a Server knows the version: without it, it
// cannot answer.
func (sp *specimen) blind() int {
	if sp.packet != "CONNECT" {
		return 0
	}
	return len(sp.fields[0].wire) + len(sp.fields[1].wire)
}

// wrong is what a packet earns that cannot be parsed once known bytes of its body are read.
func (sp *specimen) wrong(known int) []Outcome {
	o := refused(sp.version, sp.malformed...)
	if known < sp.blind() {
		return either(o, ended())
	}
	return o
}

// misread is what a packet earns that is wrong before its body begins.
func (sp *specimen) misread() []Outcome { return sp.wrong(0) }

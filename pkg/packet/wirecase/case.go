// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package wirecase

import (
	"bytes"
	"fmt"

	"github.com/flashmq/flashmq/pkg/mqtt"
	"github.com/flashmq/flashmq/pkg/packet"
)

// Case is one thing a Client sends.
type Case struct {
	// Name is unique and stays: "v5/SUBSCRIBE/packet identifier/zero".
	Name string
	// Packet is what the case is about, a packet type's name; "type 0" for the reserved one.
	Packet  string
	Version mqtt.Version
	// State is what has to have happened on the connection before.
	State State
	// Wire is what is sent then. It is not to be changed.
	Wire []byte
	// Want are the right reactions; there are several where the specification leaves a choice.
	Want []Outcome
	// Clause is the normative statement that decides, in the numbering of that version, without
	// brackets; the section's number where the rule has no tag, as in all of 3.1.
	Clause string
}

// Kind is a kind of reaction.
type Kind uint8

// Ours: what a Server can do.
const (
	Silent   Kind = iota // it sends nothing, and the connection stays
	Answered             // it sends the packet Answer, and the connection stays
	Ended                // it sends nothing and closes the connection
	Refused              // it sends CONNACK, or DISCONNECT after that, and closes the connection
)

// Outcome is one way to react.
type Outcome struct {
	Kind   Kind
	Answer packet.Type   // of Answered
	ID     mqtt.PacketID // its Packet Identifier; 0: it has none
	// Codes are the Reason Codes that may be in the packet; nil where it has none. 3.x return
	// codes are given as the Reason Codes that say the same.
	Codes []mqtt.ReasonCode
	// Count is the number of Reason Codes of SUBACK and UNSUBACK; 0: the packet has none.
	Count int
}

// String says what o is.
func (o Outcome) String() string {
	switch o.Kind {
	case Silent:
		return "silence"
	case Ended:
		return "the end without a word"
	case Refused:
		return fmt.Sprintf("the end with a code of %v", hexadecimal(o.Codes))
	}
	s := o.Answer.String()
	if o.ID != 0 {
		s += fmt.Sprintf(" %d", o.ID)
	}
	if len(o.Codes) > 0 {
		s += fmt.Sprintf(" with a code of %v", hexadecimal(o.Codes))
	}
	return s
}

func hexadecimal(codes []mqtt.ReasonCode) []string {
	list := make([]string, len(codes))
	for i, c := range codes {
		list[i] = fmt.Sprintf("0x%02X", uint8(c))
	}
	return list
}

// All returns every case, those of one version and packet side by side. The caller owns the slice.
func All() []Case {
	s := &sheet{}
	for _, v := range []mqtt.Version{mqtt.V31, mqtt.V311, mqtt.V50} {
		for _, sp := range specimens(v) {
			s.whole(sp)
			s.lengths(sp)
			s.fields(sp)
		}
		s.headers(v)
		s.strangers(v)
		s.connects(v)
		s.exchanges(v)
		s.filters(v)
		s.options(v)
	}
	s.codes()
	s.properties()
	s.levels()
	return s.cases
}

// sheet collects cases.
type sheet struct {
	cases []Case
}

// someID stands for the Client Identifier in packets under construction. In the end each case has
// one of its own, of the same length: two cases may be run at the same time.
const someID = "wire0000"

// add adds a case about sp. where is the field, how what was done to it.
func (s *sheet) add(sp *specimen, where, how string, wire []byte, clause string, want []Outcome) {
	id := fmt.Sprintf("w%07d", len(s.cases))
	s.cases = append(s.cases, Case{
		Name:    fmt.Sprintf("v%s/%s/%s/%s", short(sp.version), sp.name, where, how),
		Packet:  sp.packet,
		Version: sp.version,
		State:   sp.state,
		Wire:    bytes.ReplaceAll(wire, []byte(someID), []byte(id)),
		Want:    want,
		Clause:  clause,
	})
}

// short is the version as it stands in names.
func short(v mqtt.Version) string {
	if v == mqtt.V50 {
		return "5"
	}
	return v.String()
}

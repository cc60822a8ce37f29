// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package wirecase

import (
	"fmt"

	"github.com/flashmq/flashmq/pkg/mqtt"
)

// spelling is something to put behind the text of a UTF-8 Encoded String, and what it earns.
type spelling struct {
	name string
	text string
	rule rule
	good bool
	// open: the specification leaves it to the Server (5.0, 1.5.4: SHOULD NOT, MAY).
	open bool
}

var spellings = []spelling{
	{name: "null character", text: "\x00", rule: noNull},
	{name: "null character inside", text: "\x00x", rule: noNull},
	{name: "surrogate U+D800", text: "\xED\xA0\x80", rule: wellFormed},
	{name: "surrogate U+DBFF", text: "\xED\xAF\xBF", rule: wellFormed},
	{name: "surrogate U+DC00", text: "\xED\xB0\x80", rule: wellFormed},
	{name: "surrogate U+DFFF", text: "\xED\xBF\xBF", rule: wellFormed},
	{name: "pair of surrogates", text: "\xED\xA0\xBD\xED\xB8\x80", rule: wellFormed},
	{name: "overlong null character", text: "\xC0\x80", rule: wellFormed},
	{name: "overlong in two bytes", text: "\xC1\xBF", rule: wellFormed},
	{name: "overlong in three bytes", text: "\xE0\x80\xAF", rule: wellFormed},
	{name: "overlong in four bytes", text: "\xF0\x80\x80\xAF", rule: wellFormed},
	{name: "one byte of two", text: "\xC3", rule: wellFormed},
	{name: "two bytes of three", text: "\xE2\x82", rule: wellFormed},
	{name: "three bytes of four", text: "\xF0\x9F\x98", rule: wellFormed},
	{name: "one byte of two, more after it", text: "\xC3xx", rule: wellFormed},
	{name: "continuation alone", text: "\x80", rule: wellFormed},
	{name: "continuation too many", text: "\xC3\xA9\xBF", rule: wellFormed},
	{name: "above U+10FFFF", text: "\xF4\x90\x80\x80", rule: wellFormed},
	{name: "byte F5", text: "\xF5\x80\x80\x80", rule: wellFormed},
	{name: "byte FE", text: "\xFE", rule: wellFormed},
	{name: "byte FF", text: "\xFF", rule: wellFormed},
	{name: "two bytes", text: "\u00e9", rule: wellFormed, good: true},
	{name: "three bytes", text: "\u20ac", rule: wellFormed, good: true},
	{name: "four bytes", text: "\U0001F600", rule: wellFormed, good: true},
	{name: "largest before the surrogates", text: "\uD7FF", rule: wellFormed, good: true},
	{name: "smallest after the surrogates", text: "\uE000", rule: wellFormed, good: true},
	{name: "byte order mark", text: "\uFEFF", rule: keptMark, good: true},
	{name: "control character U+0001", text: "\x01", rule: controls, open: true},
	{name: "control character U+001F", text: "\x1F", rule: controls, open: true},
	{name: "control character U+007F", text: "\x7F", rule: controls, open: true},
	{name: "control character U+009F", text: "\u009F", rule: controls, open: true},
	{name: "non-character U+FDD0", text: "\uFDD0", rule: controls, open: true},
	{name: "non-character U+FFFF", text: "\uFFFF", rule: controls, open: true},
	{name: "non-character U+10FFFF", text: "\U0010FFFF", rule: controls, open: true},
}

// fields adds what can be wrong with each field of the specimen, by its kind.
func (s *sheet) fields(sp *specimen) {
	for i, f := range sp.fields {
		switch f.kind {
		case words, name, filter:
			s.spelled(sp, i)
			s.outside(sp, i)
		case blob:
			s.blobs(sp, i)
			s.outside(sp, i)
		case id:
			s.requestIDs(sp, i)
		case ackID:
			s.acknowledgedIDs(sp, i)
		case seconds:
			for _, n := range []int{10, 0x00FF, 0xFF00, 0xFFFF} {
				s.add(sp, f.name, fmt.Sprint(n), sp.with(i, two(n)), sp.clause, sp.want)
			}
		case payload:
			s.payloads(sp, i)
		case props:
			s.propertyLengths(sp, i)
		}
		if f.kind == name {
			s.topicNames(sp, i)
		}
	}
}

// spelled adds every spelling to a string. 3.1 has a UTF-8 of its own and no rules about it.
func (s *sheet) spelled(sp *specimen, i int) {
	f, v := sp.fields[i], sp.version
	if v == mqtt.V31 {
		return
	}
	for _, x := range spellings {
		want := refused(v, sp.malformed...)
		switch {
		case x.good && f.name == "client identifier":
			want = either(sp.want, identifierNotValid()) // [MQTT-3.1.3-5] asks for less
		case x.good:
			want = sp.want
		case x.open:
			want = either(sp.want, want)
		}
		wire := sp.with(i, text(string(f.wire[2:])+x.text))
		s.add(sp, f.name, x.name, wire, x.rule.of(v), want)
	}
}

// outside adds lengths of a string or of Binary Data that reach beyond the packet.
func (s *sheet) outside(sp *specimen, i int) {
	f := sp.fields[i]
	left := 0
	for _, later := range sp.fields[i:] {
		left += len(later.wire)
	}
	for _, n := range []int{left - 2 + 1, 0xFF00, 0xFFFF} {
		what := fmt.Sprintf("length %d with %d bytes left", n, left-2)
		s.add(sp, f.name, what, sp.with(i, join(two(n), f.wire[2:])), sp.form,
			refused(sp.version, sp.malformed...))
	}
}

// blobs adds Binary Data, which may be anything.
func (s *sheet) blobs(sp *specimen, i int) {
	all := make([]byte, 256)
	for n := range all {
		all[n] = byte(n)
	}
	for what, data := range []string{"", "\x00", "\xFF\xFE", "\xED\xA0\x80", string(all)} {
		label := []string{"empty", "null", "not UTF-8", "surrogate", "every byte"}[what]
		s.add(sp, sp.fields[i].name, label, sp.with(i, text(data)), sp.clause, sp.want)
	}
}

// payloads adds payloads, which may be anything, too.
func (s *sheet) payloads(sp *specimen, i int) {
	for _, n := range []int{0, 1, 100, 127, 128, 1000} {
		data := make([]byte, n)
		for j := range data {
			data[j] = byte(255 - j)
		}
		what := fmt.Sprintf("%d bytes", n)
		s.add(sp, "payload", what, sp.with(i, data), sp.clause, sp.want)
	}
}

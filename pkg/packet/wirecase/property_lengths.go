// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package wirecase

import (
	"fmt"

	"github.com/flashmq/flashmq/pkg/mqtt"
)

// unknown adds Property Identifiers that do not exist: all there are where a message is published,
// some elsewhere. The longer ones are Variable Byte Integers of two bytes and more.
func (s *sheet) unknown(h holder) {
	known := map[byte]bool{}
	for _, p := range propertyTable {
		known[p.id] = true
	}
	some := map[byte]bool{0x00: true, 0x04: true, 0x10: true, 0x20: true, 0x2B: true, 0x7F: true}
	for n := range byte(128) {
		if !known[n] && (h.in == inPublish || some[n]) {
			s.unknownOne(h, fmt.Sprintf("identifier %02x", n), []byte{n})
		}
	}
	for _, n := range []int{128, 129, 0xFF, 0x3FFF, 0x4000, 0x0FFFFFFF} {
		s.unknownOne(h, fmt.Sprintf("identifier % x", number(n)), number(n))
	}
	for size := 2; size <= 4; size++ {
		long := join(padded(0x26, size), someProperty[1:])
		what := fmt.Sprintf("identifier in %d bytes, more than needed", size)
		s.add(h.specimen, h.fields[h.field].name, what, h.put(long), minimal.v5,
			refused(mqtt.V50, h.malformed...))
	}
}

// unknownOne adds one such identifier, alone and behind a good property.
func (s *sheet) unknownOne(h holder, what string, id []byte) {
	value := join(id, text("value"))
	s.add(h.specimen, h.fields[h.field].name, "unknown "+what, h.put(value), propertyType.v5,
		refused(mqtt.V50, h.malformed...))
	s.add(h.specimen, h.fields[h.field].name, "unknown "+what+" at the end",
		h.put(someProperty, value), propertyType.v5, refused(mqtt.V50, h.malformed...))
}

// propertyLengths adds Property Lengths that do not fit what follows.
func (s *sheet) propertyLengths(sp *specimen, i int) {
	f := sp.fields[i]
	n, content := len(f.wire)-1, f.wire[1:]
	want := refused(sp.version, sp.malformed...)
	add := func(what, clause string, length []byte) {
		s.add(sp, f.name, "length "+what, sp.with(i, join(length, content)), clause, want)
	}
	// Shorter: the last property is cut, and what is left of it comes where something else is
	// expected. Longer: what follows is taken for a property.
	for short := 1; short < n; short++ {
		add(fmt.Sprintf("%d too short", short), propertyType.v5, number(n-short))
	}
	for _, long := range []int{1, 100, 10000, 0x0FFFFFFF - n} {
		add(fmt.Sprintf("%d too long", long), propertyType.v5, number(n+long))
	}
	for size := 2; size <= 4; size++ {
		add(fmt.Sprintf("in %d bytes, more than needed", size), minimal.v5, padded(n, size))
	}
	add("of five bytes", fourBytes.v5, []byte{0x87, 0x80, 0x80, 0x80, 0x00})
	add("of five bytes, largest", fourBytes.v5, []byte{0xFF, 0xFF, 0xFF, 0xFF, 0x7F})
	s.add(sp, f.name, "empty", sp.with(i, block()), sp.clause, sp.want)
	s.add(sp, f.name, "empty, in two bytes", sp.with(i, []byte{0x80, 0}), minimal.v5, want)
	s.add(sp, f.name, "ten times", sp.with(i, block(someProperty, someProperty, someProperty,
		someProperty, someProperty, someProperty, someProperty, someProperty, someProperty,
		someProperty)), sp.clause, sp.want)
}

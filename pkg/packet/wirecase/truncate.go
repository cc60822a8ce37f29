// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package wirecase

import (
	"fmt"

	"github.com/flashmq/flashmq/pkg/mqtt"
)

// whole adds the specimen as it is: it has to be accepted.
func (s *sheet) whole(sp *specimen) {
	s.add(sp, "whole", "valid", frame(sp.first, sp.body()), sp.clause, sp.want)
}

// lengths adds what can be wrong with where a packet ends.
func (s *sheet) lengths(sp *specimen) {
	s.encodedLengths(sp)
	body := sp.body()
	for n := range body {
		what := fmt.Sprintf("%d of %d bytes", n, len(body))
		clause, want := sp.cut(n)
		s.add(sp, "cut", what, frame(sp.first, body[:n]), clause, want)
	}
	s.shortLengths(sp, body)
	s.tooLong(sp, body)
}

// cut is what the packet earns when its body has only n bytes, and why.
func (sp *specimen) cut(n int) (clause string, want []Outcome) {
	if n == 0 && sp.empty != nil {
		return sp.clause, sp.empty
	}
	end := 0
	for _, f := range sp.fields {
		start := end
		end += len(f.wire)
		if f.kind == payload && n >= start && n < end {
			return sp.clause, sp.want
		}
		if n == end && f.end != nil {
			return f.why, f.end
		}
	}
	return sp.form, sp.wrong(n)
}

// shortLengths adds packets whose Remaining Length ends where a field does, or a byte before, while
// the rest follows all the same.
func (s *sheet) shortLengths(sp *specimen, body []byte) {
	for i, end := range sp.ends() {
		for _, n := range []int{end - 1, end} {
			clause, want := sp.cut(n)
			if !stops(want) {
				continue
			}
			what := "ends behind " + sp.fields[i].name
			if n < end {
				what = "ends a byte before the end of " + sp.fields[i].name
			}
			wire := join([]byte{sp.first}, number(n), body)
			s.add(sp, "remaining length", what, wire, clause, want)
		}
	}
}

// stops reports whether nothing that follows can matter any more.
func stops(list []Outcome) bool {
	for _, o := range list {
		if o.Kind == Silent || o.Kind == Answered {
			return false
		}
	}
	return true
}

// ends are the positions in the body where fields end, that of the last field aside.
func (sp *specimen) ends() (list []int) {
	at := 0
	for i, f := range sp.fields {
		at += len(f.wire)
		if i < len(sp.fields)-1 {
			list = append(list, at)
		}
	}
	return list
}

// tooLong adds packets with a byte more than they should have.
func (s *sheet) tooLong(sp *specimen, body []byte) {
	want := refused(sp.version, sp.malformed...)
	if n := len(sp.fields); n > 0 && sp.fields[n-1].kind == payload {
		want = sp.want
	}
	for _, extra := range []byte{0, 1, 0xFF} {
		what := fmt.Sprintf("a byte %02x after the last field", extra)
		s.add(sp, "remaining length", what, frame(sp.first, join(body, []byte{extra})),
			sp.form, want)
	}
}

// encodedLengths adds what can be wrong with the encoding of the Remaining Length.
func (s *sheet) encodedLengths(sp *specimen) {
	body, v := sp.body(), sp.version
	for size := 2; size <= 4; size++ {
		want := sp.misread()
		if v != mqtt.V50 {
			// Before 5.0 nothing says that it must be short.
			want = either(want, sp.want)
		}
		if size > len(number(len(body))) {
			wire := join([]byte{sp.first}, padded(len(body), size), body)
			what := fmt.Sprintf("in %d bytes, more than needed", size)
			s.add(sp, "remaining length", what, wire, minimal.of(v), want)
		}
	}
	for _, digit := range []byte{0x80, 0xFF} {
		wire := join([]byte{sp.first, digit, digit, digit, digit, 0x01}, body)
		what := fmt.Sprintf("of five bytes, %02x first", digit)
		s.add(sp, "remaining length", what, wire, fourBytes.of(v), sp.misread())
	}
}

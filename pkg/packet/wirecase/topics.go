// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package wirecase

import (
	"fmt"

	"github.com/flashmq/flashmq/pkg/mqtt"
)

// sample is a Topic Name or Topic Filter and the rule it obeys or breaks.
type sample struct {
	text string
	rule rule
	good bool
}

var names = []sample{
	{"+", noWildcard, false}, {"#", noWildcard, false}, {"wire/+", noWildcard, false},
	{"wire/#", noWildcard, false}, {"+/wire", noWildcard, false}, {"wire/+/x", noWildcard, false},
	{"wi+re", noWildcard, false}, {"wire#", noWildcard, false}, {"#wire", noWildcard, false},
	{"wire/x+", noWildcard, false}, {"", notEmpty, false},
	{"/", notEmpty, true}, {"//", notEmpty, true}, {"/wire", notEmpty, true},
	{"wire/", notEmpty, true}, {"wire//x", notEmpty, true}, {"wire x", notEmpty, true},
	{" ", notEmpty, true}, {"w", notEmpty, true}, {"wire/$SYS", notEmpty, true},
	{"wire/a*b?c", notEmpty, true},
}

// topicNames adds Topic Names, good ones and others.
func (s *sheet) topicNames(sp *specimen, i int) {
	v := sp.version
	codes := with(wrong, mqtt.TopicNameInvalid)
	for _, x := range names {
		want, clause := refused(v, codes...), x.rule.of(v)
		switch {
		case x.good:
			want = sp.want
		case x.text == "" && sp.fields[i].name == "topic name":
			want = refused(v, mqtt.ProtocolError) // 5.0, 3.3.2.1
		case x.text != "" && sp.fields[i].name == "topic name":
			clause = publishName.of(v)
		}
		wire := sp.with(i, text(x.text))
		s.add(sp, sp.fields[i].name, fmt.Sprintf("%q", x.text), wire, clause, want)
	}
}

var filterSamples = []sample{
	{"", notEmpty, false}, {"wire#", multiLevel, false}, {"#/wire", multiLevel, false},
	{"wire/#/x", multiLevel, false}, {"##", multiLevel, false}, {"wire/##", multiLevel, false},
	{"#wire", multiLevel, false}, {"/#wire", multiLevel, false}, {"#/", multiLevel, false},
	{"#/#", multiLevel, false}, {"+#", multiLevel, false}, {"#+", multiLevel, false},
	{"wire+", singleLevel, false}, {"+wire", singleLevel, false}, {"wire/x+", singleLevel, false},
	{"wire/+x/y", singleLevel, false}, {"++", singleLevel, false}, {"/+x", singleLevel, false},
	{"+/++", singleLevel, false}, {"wi+re", singleLevel, false},
	{"#", multiLevel, true}, {"/#", multiLevel, true}, {"wire/#", multiLevel, true},
	{"wire//#", multiLevel, true}, {"+/#", multiLevel, true}, {"wire/+/#", multiLevel, true},
	{"+", singleLevel, true}, {"/+", singleLevel, true}, {"+/", singleLevel, true},
	{"+/+", singleLevel, true}, {"wire/+", singleLevel, true}, {"+/wire", singleLevel, true},
	{"wire/+/x", singleLevel, true}, {"+//+", singleLevel, true},
	{"/", notEmpty, true}, {"//", notEmpty, true}, {"wire", notEmpty, true},
	{"wire/", notEmpty, true}, {"/wire", notEmpty, true}, {"wire x", notEmpty, true},
	{" ", notEmpty, true}, {"$SYS/wire", notEmpty, true}, {"wire/$share/g", notEmpty, true},
	{"$SHARE/g/x", notEmpty, true}, {"$shared/g/x", notEmpty, true},
}

// shares are Shared Subscriptions, which only 5.0 has (5.0, 4.8.2).
var shares = []sample{
	{"$share/", shareName, false}, {"$share//wire", shareName, false},
	{"$share//", shareName, false}, {"$share/g", shareRest, false},
	{"$share/g/", shareRest, false}, {"$share/+/wire", shareRest, false},
	{"$share/#/wire", shareRest, false}, {"$share/g+/wire", shareRest, false},
	{"$share/#g/wire", shareRest, false}, {"$share/#", shareRest, false},
	{"$share/+", shareRest, false}, {"$share/g/wire#", multiLevel, false},
	{"$share/g/#/wire", multiLevel, false}, {"$share/g/wire+", singleLevel, false},
	{"$share/g/wire", shareName, true}, {"$share/g//wire", shareRest, true},
	{"$share/g//", shareRest, true}, {"$share/g/#", shareRest, true},
	{"$share/g/+", shareRest, true}, {"$share/g/+/wire/#", shareRest, true},
	{"$share/a group/wire", shareName, true}, {"$share/$g/wire", shareName, true},
	{"$share/g/$share/g/wire", shareRest, true},
}

// filters adds Topic Filters to SUBSCRIBE and UNSUBSCRIBE, each alone and behind a good one.
func (s *sheet) filters(v mqtt.Version) {
	list := filterSamples
	if v == mqtt.V50 {
		list = append(list[:len(list):len(list)], shares...)
	}
	codes := with(wrong, mqtt.TopicFilterInvalid)
	for _, where := range []string{"topic filter", "second topic filter"} {
		for _, x := range list {
			sub, unsub := subscribe(v), unsubscribe(v)
			want := refused(v, codes...)
			// Nobody can have such a subscription: an UNSUBACK that says so is right as well.
			unwant := either(want,
				removed(v, 2, mqtt.TopicFilterInvalid, mqtt.NoSubscriptionExisted))
			if x.good {
				want, unwant = sub.want, unsub.want
			}
			what, clause := fmt.Sprintf("%q", x.text), x.rule.of(v)
			s.add(sub, where, what, sub.with(sub.field(where), text(x.text)), clause, want)
			s.add(unsub, where, what, unsub.with(unsub.field(where), text(x.text)), clause, unwant)
		}
	}
}

// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package simulation

import (
	"fmt"

	"github.com/flashmq/flashmq/pkg/mqtt"
)

// What every subscriber must, may and must not have got, message by message, once all have come to
// rest. Order was looked at when messages arrived (receiving.go).

// span is how many copies of a message a subscriber may have got at one level: one for each of its
// subscriptions that had to get it, up to one for each that could.
type span struct{ least, most int }

// spanOf message m at the level q, by those of a's subscriptions that are for it.
func spanOf(wanting []*interval, m *message) (s span) {
	for _, v := range wanting {
		if v.must(m) {
			s.least++
		}
		if v.may(m) {
			s.most++
		}
	}
	return s
}

// sums is what a subscriber got of one message at one level.
type sums struct {
	fresh map[int32]int // by transmission: without DUP, or at QoS 2 without repetitions
	total map[int32]int
}

type level struct {
	place
	qos mqtt.QoS
}

// tallied adds up what came through different subscriptions.
func (a *actor) tallied() map[level]sums {
	all := make(map[level]sums)
	for c, t := range a.got {
		at := level{c.place, c.qos}
		if _, known := all[at]; !known {
			all[at] = sums{make(map[int32]int), make(map[int32]int)}
		}
		all[at].fresh[c.epoch] += t.fresh
		all[at].total[c.epoch] += t.fresh + t.again
	}
	return all
}

// judge holds what one subscriber got against what it was promised.
func (a *actor) judge() {
	got := a.tallied()
	for _, st := range a.world.streams {
		if st.kind != plain {
			continue
		}
		for q := range st.qos + 1 {
			var wanting []*interval
			for _, v := range a.all {
				if v.wants(a, st, q) {
					wanting = append(wanting, v)
				}
			}
			for n := range st.messages {
				a.judgeMessage(got, level{place{st, n}, q}, wanting)
			}
		}
	}
}

func (a *actor) judgeMessage(got map[level]sums, at level, wanting []*interval) {
	m := at.message()
	s := spanOf(wanting, m)
	if at.qos == mqtt.AtMostOnce && !(a.calm && a.world.roomy) {
		s.least = 0 // who is slow or away may lose it
	}
	x := got[at]
	for epoch, n := range x.fresh {
		if n > s.most || s.most == 0 && x.total[epoch] > 0 {
			a.failf("%s message %d, transmission %d: %d copies of QoS %d, at most %d; %s",
				at.stream.topic, at.n, epoch, max(n, x.total[epoch]), at.qos, s.most,
				explain(m, wanting))
		}
	}
	if n := x.total[transmission(at.stream, m)]; n < s.least {
		a.failf("%s message %d: %d copies of QoS %d, at least %d; %s",
			at.stream.topic, at.n, n, at.qos, s.least, explain(m, wanting))
	}
}

// transmission is the one that has to arrive: the acknowledged one, where they are told apart.
func transmission(st *stream, m *message) int32 {
	if st.qos == mqtt.ExactlyOnce {
		return 0
	}
	return m.epoch
}

// judgeShare holds what the members of a group got together against the promises: one member gets
// each message [MQTT-4.8.2-3], at QoS 2 once and for all.
func (w *world) judgeShare(group int) {
	got := w.sharedBy(group)
	for _, st := range w.streams {
		for n := range st.messages {
			if st.kind == shared {
				w.judgeShared(got, place{st, n}, group)
			}
		}
	}
	for c, t := range got {
		// One that was acknowledged goes to nobody else; others may [MQTT-4.8.2-4].
		if t.closed > 1 {
			w.failf("group %d: %s message %d, transmission %d: acknowledged by %d members",
				group, c.stream.topic, c.n, c.epoch, t.closed)
		}
	}
}

// sharedBy adds up what the members of a group got through it.
func (w *world) sharedBy(group int) map[copied]*tally {
	got := make(map[copied]*tally)
	for _, a := range w.actors {
		for c, t := range a.got {
			if a.group != group || c.stream.kind != shared {
				continue
			}
			if got[c] == nil {
				got[c] = &tally{}
			}
			got[c].fresh += t.fresh
			got[c].again += t.again
			got[c].closed += t.closed
		}
	}
	return got
}

func (w *world) judgeShared(got map[copied]*tally, p place, group int) {
	m, q := p.message(), p.stream.qos
	t := got[copied{p, transmission(p.stream, m), line{from: p.stream, qos: q}}]
	if t == nil {
		t = &tally{}
	}
	n := t.fresh + t.again
	if m.done > 0 && q > mqtt.AtMostOnce && n == 0 || n > 1 && q != mqtt.AtLeastOnce {
		w.failf("group %d: %s message %d came %d times at QoS %d; it was acknowledged: %v",
			group, p.stream.topic, p.n, n, q, m.done > 0)
	}
}

// explain tells what is known about a message and the subscriptions it is for.
func explain(m *message, wanting []*interval) string {
	text := fmt.Sprintf("published between %d and %d", m.begun, m.done)
	for _, v := range wanting {
		text += fmt.Sprintf("; %q quiet %d from %d until %d over %d lossy %v",
			v.filter, v.quiet, v.from, v.until, v.over, v.lossy)
	}
	return text
}

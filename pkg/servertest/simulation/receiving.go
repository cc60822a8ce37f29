// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package simulation

import (
	"github.com/flashmq/flashmq/pkg/mqtt"
	"github.com/flashmq/flashmq/pkg/packet"
)

// receiving is an actor as a subscriber.
type receiving struct {
	receiveMaximum uint16 // 0: none
	aliasMaximum   uint16
	packets        int // PUBLISH and PUBREL received

	// Of the Session.
	holding map[mqtt.PacketID]copied // QoS 2, until PUBREL
	// Of the connection.
	names       map[uint16]string      // by Topic Alias
	outstanding map[mqtt.PacketID]bool // against Receive Maximum
	owed        []owed                 // acknowledgements, in the order to be sent
	unconfirmed []copied               // PUBACK sent, not known to have arrived
	current     map[line]position      // the last message of each line

	// Since the beginning.
	got    map[copied]*tally
	latest map[line]position // the last message of each line
}

// copied is what makes two deliveries the same message. Transmissions of a QoS 1 message by its
// publisher are messages of their own; of a QoS 2 message the Server takes the first.
type copied struct {
	place
	epoch int32
	line
}

// line is what has an order: a stream at the level delivered, through one subscription where that
// can be told.
type line struct {
	from         *stream
	qos          mqtt.QoS
	subscription uint32
}

// position is a place in that order.
type position struct {
	epoch int32
	n     int
}

func (p position) before(q position) bool {
	return p.epoch < q.epoch || p.epoch == q.epoch && p.n < q.n
}

// tally counts deliveries of the same: without DUP, with DUP, and those whose PUBACK is known to
// have reached the Server.
type tally struct{ fresh, again, closed int }

type owed struct {
	what packet.Type
	id   mqtt.PacketID
	of   copied
}

// highestID is what Packet Identifiers stay below when the Server does not lose any: its table
// doubles when all are in use (docs/decisions/0006), and maxWindow are at the most.
const (
	maxWindow = 40
	highestID = 64
)

func (r *receiving) start() {
	r.holding, r.got = make(map[mqtt.PacketID]copied), make(map[copied]*tally)
	r.latest = make(map[line]position)
	r.restart()
}

// restart begins a connection.
func (r *receiving) restart() {
	r.names, r.outstanding = make(map[uint16]string), make(map[mqtt.PacketID]bool)
	r.current = make(map[line]position)
	r.owed, r.unconfirmed = nil, nil
}

func (a *actor) receive(p *packet.Publish) {
	a.packets++
	a.world.deliveries.Add(1)
	c, ok := a.identify(p)
	if !ok {
		return
	}
	a.count(p)
	switch p.QoS {
	case mqtt.AtLeastOnce:
		a.owed = append(a.owed, owed{packet.PUBACK, p.ID, c})
	case mqtt.ExactlyOnce:
		a.owed = append(a.owed, owed{packet.PUBREC, p.ID, c})
		if before, repeated := a.holding[p.ID]; repeated {
			if before != c || !p.Dup {
				a.failf("Packet Identifier %d is in use for %v, and comes with %v, DUP %v",
					p.ID, before, c, p.Dup)
			}
			return // [MQTT-4.3.3-10]
		}
		a.holding[p.ID] = c
	}
	a.note(c, p)
}

// count holds the messages under way against Receive Maximum [MQTT-3.3.4-9].
func (a *actor) count(p *packet.Publish) {
	if p.QoS == mqtt.AtMostOnce {
		return
	}
	a.outstanding[p.ID] = true
	if m := int(a.receiveMaximum); m > 0 && len(a.outstanding) > m {
		a.failf("%d messages under way, Receive Maximum is %d", len(a.outstanding), m)
	}
	if p.ID > highestID {
		a.failf("Packet Identifier %d: the server loses them", p.ID)
	}
}

// identify finds out which message it is, and whether it should have come at all.
func (a *actor) identify(p *packet.Publish) (c copied, ok bool) {
	name := a.resolve(p)
	st := a.world.topics[name]
	n, epoch, err := parse(p.Payload)
	if st == nil || err != nil || st.kind == retained || p.Retain {
		a.failf("got topic %q, retain %v, payload %.20q", name, p.Retain, p.Payload)
		return c, false
	}
	if st.qos == mqtt.ExactlyOnce {
		epoch = 0
	}
	c = copied{place{st, n}, epoch, line{from: st, qos: p.QoS}}
	if p.QoS > st.qos {
		a.failf("%s came at QoS %d", name, p.QoS)
	}
	if a.version == mqtt.V50 {
		id := p.Properties.SubscriptionIdentifier
		if id == 0 || int(id) > len(a.all) || !a.all[id-1].wants(a, st, p.QoS) {
			a.failf("%s came at QoS %d for Subscription Identifier %d", name, p.QoS, id)
			return c, false
		}
		if st.kind == plain {
			c.subscription = id
		}
	}
	return c, true
}

// resolve returns the Topic Name, which an alias may stand for [MQTT-3.3.2-12].
func (a *actor) resolve(p *packet.Publish) string {
	name, alias := string(p.Topic), p.Properties.TopicAlias
	if !p.Properties.Has(packet.TopicAlias) {
		return name
	}
	if alias == 0 || alias > a.aliasMaximum {
		a.failf("Topic Alias %d, maximum is %d", alias, a.aliasMaximum)
	}
	if name == "" {
		name = a.names[alias]
	}
	a.names[alias] = name
	return name
}

// note counts a delivery and looks at its order.
func (a *actor) note(c copied, p *packet.Publish) {
	t := a.got[c]
	if t == nil {
		t = &tally{}
		a.got[c] = t
	}
	switch {
	case !p.Dup || p.QoS == mqtt.ExactlyOnce: // repetitions were dealt with
		t.fresh++
	case p.QoS == mqtt.AtMostOnce:
		a.failf("%v at QoS 0 with DUP", c)
	default:
		t.again++
		if t.closed >= a.copies(c) {
			a.failf("%v came again after its PUBACK had arrived", c)
		}
	}
	if c.stream.kind == plain {
		a.order(c, p)
	}
}

// order holds a message against what came before in its line: what was never sent before comes
// after all that was, and each connection has the old order [MQTT-4.6.0-1], [MQTT-4.6.0-5].
func (a *actor) order(c copied, p *packet.Publish) {
	at := position{c.epoch, c.n}
	last, known := a.latest[c.line]
	if known && at.before(last) && (!p.Dup || p.QoS == mqtt.ExactlyOnce) {
		a.failf("%s at QoS %d: got %v after %v", c.stream.topic, c.qos, at, last)
	}
	if now, known := a.current[c.line]; known && at.before(now) {
		a.failf("%s at QoS %d: got %v after %v on one connection", c.stream.topic, c.qos, at, now)
	}
	a.current[c.line] = at
	if !known || last.before(at) {
		a.latest[c.line] = at
	}
}

// release ends the exchange of a QoS 2 message [MQTT-4.3.3-11].
func (a *actor) release(id mqtt.PacketID) {
	a.packets++
	delete(a.holding, id)
	a.owed = append(a.owed, owed{what: packet.PUBCOMP, id: id})
}

// acknowledge sends the first n of the acknowledgements that are owed.
func (a *actor) acknowledge(n int) {
	if a.link == nil {
		return
	}
	var b []byte
	for _, o := range a.owed[:min(n, len(a.owed))] {
		b = append(b, acknowledgement(a.version, o.what, o.id)...)
		if o.what == packet.PUBACK {
			a.unconfirmed = append(a.unconfirmed, o.of)
		}
		if o.what != packet.PUBREC {
			delete(a.outstanding, o.id)
		}
	}
	a.owed = a.owed[min(n, len(a.owed)):]
	if len(b) > 0 {
		a.link.send(b)
	}
}

// confirm notes that the first zeros messages of QoS 0 and acks acknowledgements have arrived.
func (a *actor) confirm(zeros, acks int) {
	for _, p := range a.zeros[:zeros] {
		a.arrived(p)
	}
	for _, c := range a.unconfirmed[:acks] {
		a.got[c].closed++
	}
	a.zeros, a.unconfirmed = a.zeros[zeros:], a.unconfirmed[acks:]
}

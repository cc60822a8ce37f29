// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package simulation

import (
	"slices"

	"github.com/flashmq/flashmq/pkg/mqtt"
	"github.com/flashmq/flashmq/pkg/packet"
	"github.com/flashmq/flashmq/pkg/rawclient"
)

// sending is an actor as a publisher.
type sending struct {
	under  []exchange // not acknowledged to the end, in the order first sent
	lastID mqtt.PacketID
	zeros  []place         // QoS 0 of this connection, not known to have arrived
	named  map[uint16]bool // Topic Aliases of this connection
}

// place is one message of a stream.
type place struct {
	stream *stream
	n      int
}

// exchange is a message of QoS 1 or 2 under way.
type exchange struct {
	place
	id       mqtt.PacketID
	padding  int
	released bool // PUBREC has come, PUBREL was sent
}

// window is how many messages an actor has under way.
const window = 8

func (p place) message() *message { return &p.stream.messages[p.n] }

// uncertain says that the publisher does not know what its last message has become.
func (st *stream) uncertain() bool {
	n := len(st.messages)
	return n > 0 && st.messages[n-1].done == 0
}

func (a *actor) publish() {
	if a.link == nil {
		return
	}
	a.publishOn(a.mine[a.random.IntN(len(a.mine))])
}

// publishOn publishes the next message of a stream, if there is room.
func (a *actor) publishOn(st *stream) {
	if st.qos > mqtt.AtMostOnce && len(a.under) >= window || st.kind == retained && a.busy(st) {
		return
	}
	x := a.begin(st)
	a.link.send(a.packet(x, false))
}

// begin notes the next message of a stream as under way.
func (a *actor) begin(st *stream) exchange {
	a.world.messages.Add(1)
	x := exchange{place: place{st, len(st.messages)}, padding: a.padding()}
	st.messages = append(st.messages, message{begun: a.world.now()})
	if st.kind == retained {
		st.begun.Add(1)
	}
	if st.qos == mqtt.AtMostOnce {
		a.zeros = append(a.zeros, x.place)
		return x
	}
	x.id = a.newID()
	a.under = append(a.under, x)
	return x
}

func (a *actor) padding() int {
	switch n := a.random.IntN(200); {
	case n == 0:
		return 8000 + a.random.IntN(20000) // not copied by the server
	case n < 10:
		return a.random.IntN(2000)
	}
	return a.random.IntN(40)
}

func (a *actor) busy(st *stream) bool {
	return slices.ContainsFunc(a.under, func(x exchange) bool { return x.stream == st })
}

// newID returns a Packet Identifier that is not in use [MQTT-2.2.1-3].
func (a *actor) newID() mqtt.PacketID {
	for {
		a.lastID = a.lastID%(3*window) + 1 // used again soon
		id := a.lastID
		if !slices.ContainsFunc(a.under, func(x exchange) bool { return x.id == id }) {
			return id
		}
	}
}

// packet makes the PUBLISH of x for this connection.
func (a *actor) packet(x exchange, dup bool) []byte {
	st := x.stream
	body := payload(st, x.n, a.epoch, x.padding)
	return rawclient.Publish(a.version, x.id, st.topic, body, st.qos, func(p *packet.Publish) {
		p.Dup, p.Retain = dup, st.kind == retained
		if a.version != mqtt.V50 {
			return
		}
		if a.random.IntN(4) == 0 {
			p.Properties.SetContentType([]byte("numbers"))
		}
		if a.random.IntN(4) == 0 {
			p.Properties.SetMessageExpiryInterval(3600)
		}
		if alias := uint16(slices.Index(a.mine, st) + 1); a.random.IntN(2) == 0 {
			p.Properties.SetTopicAlias(alias)
			if a.named[alias] {
				p.Topic = nil
			}
			a.named[alias] = true
		}
	})
}

// again sends on a new connection what was not acknowledged, in the old order [MQTT-4.4.0-1].
func (a *actor) again() {
	a.zeros, a.named = nil, make(map[uint16]bool)
	for _, x := range a.under {
		if x.released {
			a.link.send(acknowledgement(a.version, packet.PUBREL, x.id))
		} else {
			a.link.send(a.packet(x, true))
		}
	}
}

// oldest returns the index of the exchange an acknowledgement belongs to, which must be the first
// of those that wait for one of its kind [MQTT-4.6.0-2], [MQTT-4.6.0-3]; -1 if there is none.
func (a *actor) oldest(what string, ack packet.Ack, waits func(exchange) bool) int {
	if ack.Code.Failed() && ack.Code != mqtt.PacketIdentifierNotFound {
		a.failf("%s %d with %v", what, ack.ID, ack.Code)
	}
	i := slices.IndexFunc(a.under, waits)
	if i < 0 || a.under[i].id != ack.ID {
		a.failf("%s %d is none that comes next; under way are %v", what, ack.ID, a.under)
		return -1
	}
	return i
}

func (a *actor) acknowledged(ack packet.Ack) {
	i := a.oldest("PUBACK", ack, func(x exchange) bool { return x.stream.qos == mqtt.AtLeastOnce })
	if i >= 0 {
		a.arrived(a.under[i].place)
		a.under = slices.Delete(a.under, i, i+1)
	}
}

func (a *actor) received(ack packet.Ack) {
	i := a.oldest("PUBREC", ack, func(x exchange) bool {
		return x.stream.qos == mqtt.ExactlyOnce && !x.released
	})
	if i >= 0 {
		a.arrived(a.under[i].place)
		a.under[i].released = true
		a.link.send(acknowledgement(a.version, packet.PUBREL, ack.ID))
	}
}

func (a *actor) completed(ack packet.Ack) {
	i := a.oldest("PUBCOMP", ack, func(x exchange) bool { return x.released })
	if i >= 0 {
		a.under = slices.Delete(a.under, i, i+1)
	}
}

// arrived notes that the Server has a message.
func (a *actor) arrived(p place) {
	m := p.message()
	if m.done == 0 {
		m.done, m.epoch = a.world.now(), a.epoch
		p.stream.done.Store(int64(p.n + 1))
	}
}

func acknowledgement(v mqtt.Version, t packet.Type, id mqtt.PacketID) []byte {
	b, err := packet.AppendAck(nil, v, t, &packet.Ack{ID: id})
	if err != nil {
		panic("simulation: an acknowledgement cannot be encoded: " + err.Error())
	}
	return b
}

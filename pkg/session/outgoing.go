// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package session

import (
	"time"

	"github.com/flashmq/flashmq/pkg/mqtt"
	"github.com/flashmq/flashmq/pkg/packet"
)

// The way of one message to the Client:
//
//	Deliver   QoS 0: to the Connection, or lost when there is none
//	          QoS 1 and 2: into the window and out, or into the queue
//	Puback, Pubrec, Pubcomp   give room in the window
//	Pump      sends again what a new connection has to repeat, then what waits in the queue
//	Attach, Detach            the Client comes and goes

// outgoing is what a Session holds of messages of QoS 1 and 2.
type outgoing struct {
	queue  queue
	window window
	swept  int64 // instant of the last search for expired messages in a full queue
}

// Deliver sends or queues one message for the Client at the level of d, which is that of the
// message or lower. d.ID is not looked at. share is the shared subscription it came through.
func (s *Session) Deliver(p *packet.Publication, d packet.Delivery, share *Share) {
	if d.Flags.QoS() == mqtt.AtMostOnce {
		if s.Connection != nil {
			s.Connection.SendPublish(p, d)
		}
		return
	}
	if s.ended {
		return
	}
	m := queued{
		message: p.Hold(), share: share, identifier: d.SubscriptionIdentifier, flags: d.Flags,
	}
	if s.outgoing == nil {
		s.outgoing = &outgoing{}
		s.outgoing.window.restart(int(s.receiveMaximum))
	}
	if s.Ready() {
		s.send(p, m)
		return
	}
	s.enqueue(m, p.Now())
}

// Ready reports whether a message of QoS 1 or 2 would be sent at once instead of being queued.
func (s *Session) Ready() bool {
	if s.Connection == nil {
		return false
	}
	if o := s.outgoing; o != nil && (o.queue.n > 0 || o.window.resume != 0 || !s.mayPublish()) {
		return false
	}
	return s.Connection.Room()
}

// mayPublish reports whether the window has room: the Client's quota [MQTT-3.3.4-9] and ours.
func (s *Session) mayPublish() bool {
	w := &s.outgoing.window
	return w.quota > 0 && w.used < s.limits.Window
}

// send puts m into the window and sends it. p is its Publication.
func (s *Session) send(p *packet.Publication, m queued) {
	w := &s.outgoing.window
	id := w.take(m)
	w.spend(id)
	s.counters.Inflight++
	s.transmit(p, m, id)
}

// transmit sends m as the PUBLISH of id. One too large for the Client counts as delivered.
func (s *Session) transmit(p *packet.Publication, m queued, id mqtt.PacketID) {
	sent := s.Connection.SendPublish(p, packet.Delivery{
		SubscriptionIdentifier: m.identifier, ID: id, Flags: m.flags,
	})
	if sent == TooLarge {
		s.complete(id)
	}
}

// complete ends the exchange of id and lets the next message take its place.
func (s *Session) complete(id mqtt.PacketID) {
	s.outgoing.window.release(id)
	s.counters.Inflight--
}

// enqueue adds m to the queue if its limits allow, else one message is dropped: m, or the oldest.
func (s *Session) enqueue(m queued, now int64) {
	q := &s.outgoing.queue
	if q.n > 0 && s.full(m) && now-s.outgoing.swept >= int64(time.Second) {
		s.outgoing.swept = now
		s.dropExpired(now)
	}
	for q.n > 0 && s.full(m) {
		s.counters.Dropped++
		if !s.limits.DropOldest || m.message.Size() > s.limits.QueuedBytes {
			m.message.Release()
			return // one that is too large by itself does not cost the others
		}
		q.pop().message.Release()
		s.counters.Queued--
	}
	q.push(m)
	s.counters.Queued++
}

func (s *Session) full(m queued) bool {
	q := &s.outgoing.queue
	return q.n >= s.limits.QueuedMessages || q.bytes+m.message.Size() > s.limits.QueuedBytes
}

// dropExpired removes queued messages whose Message Expiry Interval passed [MQTT-3.3.2-5].
func (s *Session) dropExpired(now int64) {
	n := s.outgoing.queue.sweep(func(m *queued) bool { return !m.message.Expired(now) })
	s.counters.Expired += uint64(n)
	s.counters.Queued -= int64(n)
}

// Pump sends as much as window and Connection take: first what the last connection left
// unacknowledged, with DUP and in its old order [MQTT-4.4.0-1], [MQTT-4.6.0-1], then the queue.
// p is a Publication to work with.
func (s *Session) Pump(p *packet.Publication, now int64) {
	o := s.outgoing
	if o == nil || s.Connection == nil {
		return
	}
	for o.window.resume != 0 && o.window.quota > 0 && s.Connection.Room() {
		id := o.window.resume
		m := &o.window.slots[id-1]
		o.window.resume = m.next
		o.window.spend(mqtt.PacketID(id))
		p.ResetHeld(m.message, now)
		again := m.queued
		again.flags |= packet.FlagDup // [MQTT-3.3.1-1]
		s.transmit(p, again, mqtt.PacketID(id))
	}
	for o.queue.n > 0 && o.window.resume == 0 && s.mayPublish() && s.Connection.Room() {
		m := o.queue.pop()
		s.counters.Queued--
		if m.message.Expired(now) {
			m.message.Release()
			s.counters.Expired++
			continue
		}
		p.ResetHeld(m.message, now)
		s.send(p, m)
	}
}

// Puback ends a QoS 1 exchange [MQTT-4.3.2-1]. It reports false if id awaits no PUBACK.
func (s *Session) Puback(id mqtt.PacketID) bool {
	m := s.inPhase(id, awaitingPuback)
	if m != nil {
		s.complete(id)
	}
	return m != nil
}

// Pubrec is the first acknowledgement of a QoS 2 message [MQTT-4.3.3-3]. It reports false if id
// is not that of a QoS 2 message under way. A failed code ends the exchange.
func (s *Session) Pubrec(id mqtt.PacketID, code mqtt.ReasonCode) bool {
	if s.inPhase(id, awaitingPubcomp) != nil {
		return true
	}
	if s.inPhase(id, awaitingPubrec) == nil {
		return false
	}
	if code.Failed() {
		s.complete(id)
		return true
	}
	s.outgoing.window.received(id)
	return true
}

// Pubcomp ends a QoS 2 exchange. It reports false if id awaits no PUBCOMP.
func (s *Session) Pubcomp(id mqtt.PacketID) bool {
	m := s.inPhase(id, awaitingPubcomp)
	if m != nil {
		s.complete(id)
	}
	return m != nil
}

func (s *Session) inPhase(id mqtt.PacketID, want phase) *slot {
	if s.outgoing == nil {
		return nil
	}
	m := s.outgoing.window.slot(id)
	if m == nil || m.phase != want {
		return nil
	}
	return m
}

// Attach gives the Session a new connection whose Client takes receiveMaximum messages at a time.
// Every unfinished release is sent again at once; Pump does the rest, after CONNACK.
func (s *Session) Attach(c Connection, receiveMaximum uint16) {
	s.Connection, s.receiveMaximum = c, receiveMaximum
	o := s.outgoing
	if o == nil {
		return
	}
	o.window.restart(int(receiveMaximum))
	o.window.resume = o.window.publishes.first
	for id := o.window.releases.first; id != 0; id = o.window.slots[id-1].next {
		c.SendPubrel(mqtt.PacketID(id), mqtt.Success)
	}
}

// Detach takes the connection away. What is unacknowledged and queued stays.
func (s *Session) Detach() {
	s.Connection = nil
	if o := s.outgoing; o != nil {
		o.window.resume = 0
		if o.queue.n == 0 && o.window.used == 0 {
			s.outgoing = nil
		}
	}
}

// Reroute offers each message that came through a shared subscription and was not acknowledged to
// other, which reports whether it went to another member. Messages of QoS 2 that were sent stay:
// they must not go to anyone else [MQTT-4.8.2-4], [MQTT-4.8.2-5].
func (s *Session) Reroute(other func(m *packet.Held, share *Share) bool) {
	o := s.outgoing
	if o == nil {
		return
	}
	for id := o.window.publishes.first; id != 0; {
		m := &o.window.slots[id-1]
		next := m.next
		if m.share != nil && m.phase == awaitingPuback && other(m.message, m.share) {
			o.window.release(mqtt.PacketID(id))
			s.counters.Inflight--
		}
		id = next
	}
	n := o.queue.sweep(func(m *queued) bool {
		return m.share == nil || !other(m.message, m.share)
	})
	s.counters.Queued -= int64(n)
}

// End gives up everything the Session holds: its Registry has let it go. Its messages are not
// released one by one, which could take long: they are left to the collector.
func (s *Session) End() {
	s.ended = true
	if o := s.outgoing; o != nil {
		s.counters.Queued -= int64(o.queue.n)
		s.counters.Inflight -= int64(o.window.used)
	}
	s.outgoing, s.received, s.Will = nil, nil, nil
}

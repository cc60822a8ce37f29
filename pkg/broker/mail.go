// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package broker

import (
	"github.com/flashmq/flashmq/pkg/buffer"
	"github.com/flashmq/flashmq/pkg/mqtt"
	"github.com/flashmq/flashmq/pkg/packet"
	"github.com/flashmq/flashmq/pkg/session"
	"github.com/flashmq/flashmq/pkg/subscription"
)

// Ours.
const (
	// maxFreeMail is how many emptied batches a shard keeps for its own mail.
	maxFreeMail = 16
	// maxFreeArena is the largest arena worth keeping with an emptied batch.
	maxFreeArena = 1 << 20
	// fullMail is the weight at which a batch does not wait for the end of the turn.
	fullMail = 1 << 20
	// itemWeight is what an item counts besides its bytes.
	itemWeight = 64
)

// Mail is what one shard collected for another during one turn: messages, each with the
// subscriptions it is for. The receiver owns it and reuses it for its own mail.
type Mail struct {
	parcels []parcel
	items   []item
	arena   []byte // bytes of the parcels that are not kept Messages
	weight  int64
}

// parcel is one message in a Mail: a kept one by reference, any other by its bytes.
type parcel struct {
	message mqtt.Message  // its byte fields are set from the arena when the mail is read
	kept    *mqtt.Message // nil: topic, properties and payload stand in the arena, in this order
	topic   int           // where the topic begins in the arena
	sizes   [3]int        // of topic, properties, payload
	number  uint64        // the sender's count of messages
}

// item says who gets the parcel at its index: the members of a filter, or one of a share.
type item struct {
	members *subscription.Members[*session.Session]
	share   *session.Share
	parcel  int32
	hops    uint8
}

// mail adds p to the batch for another shard.
func (s *Shard) mail(target int, p *packet.Publication, to item) {
	m := s.outbound[target]
	if m == nil {
		m = s.takeMail()
		s.outbound[target] = m
	}
	n := len(m.parcels) // a batch that was handed over is followed by an empty one
	if n == 0 || m.parcels[n-1].number != s.published {
		m.add(p, s.published)
		n++
	}
	to.parcel = int32(n - 1)
	m.items = append(m.items, to)
	m.weight += itemWeight
	if m.weight >= fullMail {
		s.outbound[target] = nil
		s.post(target, m, m.weight)
	}
}

// add puts p's message into the batch: as bytes, so that nothing is left to the collector, or by
// reference when it is large.
func (m *Mail) add(p *packet.Publication, number uint64) {
	x := p.Message
	c := parcel{message: *x, number: number}
	if len(x.Payload) >= packet.SharedPayload {
		c.kept = p.Kept()
	} else {
		c.topic = len(m.arena)
		c.sizes = [3]int{len(x.Topic), len(x.Properties), len(x.Payload)}
		m.arena = append(m.arena, x.Topic...)
		m.arena = append(m.arena, x.Properties...)
		m.arena = append(m.arena, x.Payload...)
	}
	c.message.Topic, c.message.Properties, c.message.Payload = "", nil, nil
	m.parcels = append(m.parcels, c)
	m.weight += int64(x.Size())
}

// open returns the parcel's message. Unless kept, it borrows from the batch.
func (m *Mail) open(i int32) (message *mqtt.Message, kept bool) {
	c := &m.parcels[i]
	if c.kept != nil {
		return c.kept, true
	}
	t := c.topic
	r := t + c.sizes[0]
	l := r + c.sizes[1]
	c.message.Topic = mqtt.Borrow(m.arena[t:r])
	c.message.Properties = m.arena[r:l:l]
	c.message.Payload = m.arena[l : l+c.sizes[2] : l+c.sizes[2]]
	return &c.message, false
}

// Dispatch hands this turn's mail to the other loops: one batch each.
func (s *Shard) Dispatch() {
	for target, m := range s.outbound {
		if m != nil {
			s.outbound[target] = nil
			s.post(target, m, m.weight)
		}
	}
}

// Mailing reports whether there is mail that Dispatch has to hand over.
func (s *Shard) Mailing() bool {
	for _, m := range s.outbound {
		if m != nil {
			return true
		}
	}
	return false
}

// Receive delivers a batch that another shard mailed.
func (s *Shard) Receive(m *Mail) {
	p := &s.publication
	last := int32(-1)
	for i := range m.items {
		it := &m.items[i]
		if it.parcel != last {
			message, kept := m.open(it.parcel)
			p.Reset(message, kept, s.now)
			s.published++
			last = it.parcel
		}
		switch {
		case it.members != nil:
			s.deliver(p, it.members)
		case !s.shareHere(p, it.share):
			s.share(p, it.share, it.hops)
		}
	}
	s.freeMail(m)
}

func (s *Shard) takeMail() *Mail {
	if n := len(s.mailFree); n > 0 {
		m := s.mailFree[n-1]
		s.mailFree = s.mailFree[:n-1]
		return m
	}
	return &Mail{}
}

func (s *Shard) freeMail(m *Mail) {
	buffer.Scribble(m.arena)
	if len(s.mailFree) == maxFreeMail || cap(m.arena) > maxFreeArena {
		return
	}
	clear(m.parcels)
	clear(m.items)
	m.parcels, m.items, m.arena, m.weight = m.parcels[:0], m.items[:0], m.arena[:0], 0
	s.mailFree = append(s.mailFree, m)
}

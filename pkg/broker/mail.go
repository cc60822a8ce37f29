// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package broker

import (
	"sync/atomic"

	"github.com/flashmq/flashmq/pkg/buffer"
	"github.com/flashmq/flashmq/pkg/mqtt"
	"github.com/flashmq/flashmq/pkg/packet"
	"github.com/flashmq/flashmq/pkg/session"
	"github.com/flashmq/flashmq/pkg/subscription"
)

// Ours.
const (
	// maxFreeMail is how many emptied batches a shard keeps for its own mail, besides one for each
	// other shard; maxFreeBags how many bags.
	maxFreeMail = 16
	maxFreeBags = 16
	// maxFreeArena is the largest arena worth keeping with an emptied bag.
	maxFreeArena = 1 << 20
	// fullMail is the weight at which a batch does not wait for the end of the turn.
	fullMail = 1 << 20
	// itemWeight is what an item counts besides its bytes.
	itemWeight = 64
)

// Mail is what one shard collected for another during one turn: who there gets which messages. The
// receiver owns it and reuses it for its own mail.
type Mail struct {
	bag    *bag
	items  []item
	weight int64
}

// item says who gets the parcel at its index: the members of a filter, or one of a share.
type item struct {
	members *subscription.Members[*session.Session]
	share   *session.Share
	parcel  int32
	hops    uint8
}

// bag holds the messages that one shard mailed during one turn, each once, for all shards that get
// any of them: a message for 64 loops is not written 64 times. The sender fills it; once a batch
// has been handed over it does not change any more, until the last receiver has read it.
type bag struct {
	parcels []parcel
	arena   []byte       // bytes of the parcels that are not kept Messages
	number  uint64       // the sender's count of messages at the last parcel
	readers atomic.Int32 // batches that have not been read
}

// parcel is one message in a bag: a kept one by reference, any other by its bytes.
type parcel struct {
	kept       *mqtt.Message // nil: topic, properties and payload stand in the arena, in this order
	publisher  mqtt.ClientID
	username   string
	expires    int64
	at         int // where the topic begins in the arena
	topic      int32
	properties int32
	payload    int32
	qos        mqtt.QoS
	retain     bool
}

// mail adds p to the batch for another shard.
func (s *Shard) mail(target int, p *packet.Publication, to item) {
	b := s.bag
	if b == nil {
		b = s.takeBag()
		s.bag = b
	}
	if len(b.parcels) == 0 || b.number != s.published {
		b.add(p)
		b.number = s.published
	}
	m := s.outbound[target]
	if m == nil {
		m = s.takeMail()
		m.bag = b
		s.outbound[target] = m
	}
	to.parcel = int32(len(b.parcels) - 1)
	if n := len(m.items); n == 0 || m.items[n-1].parcel != to.parcel {
		m.weight += int64(p.Message.Size())
	}
	m.items = append(m.items, to)
	m.weight += itemWeight
	if m.weight >= fullMail {
		s.Dispatch()
	}
}

// add puts p's message into the bag: as bytes, so that nothing is left to the collector, or by
// reference when it is large.
func (b *bag) add(p *packet.Publication) {
	x := p.Message
	b.parcels = append(b.parcels, parcel{})
	c := &b.parcels[len(b.parcels)-1]
	if len(x.Payload) >= packet.SharedPayload {
		c.kept = p.Kept()
		return
	}
	c.publisher, c.username, c.expires = x.Publisher, x.Username, x.Expires
	c.qos, c.retain = x.QoS, x.Retain
	c.at = len(b.arena)
	c.topic, c.properties = int32(len(x.Topic)), int32(len(x.Properties))
	c.payload = int32(len(x.Payload))
	b.arena = append(b.arena, x.Topic...)
	b.arena = append(b.arena, x.Properties...)
	b.arena = append(b.arena, x.Payload...)
}

// open makes the message of a parcel that is not kept, in into. It borrows from the bag.
func (b *bag) open(c *parcel, into *mqtt.Message) {
	t := c.at + int(c.topic)
	r := t + int(c.properties)
	l := r + int(c.payload)
	into.Topic = mqtt.Borrow(b.arena[c.at:t])
	into.Properties = b.arena[t:r:r]
	into.Payload = b.arena[r:l:l]
	into.Publisher, into.Username, into.Expires = c.publisher, c.username, c.expires
	into.QoS, into.Retain = c.qos, c.retain
}

// Dispatch hands this turn's mail to the other loops: one batch each.
func (s *Shard) Dispatch() {
	if s.bag == nil {
		return
	}
	var batches int32
	for _, m := range s.outbound {
		if m != nil {
			batches++
		}
	}
	s.bag.readers.Store(batches)
	s.bag = nil
	for target, m := range s.outbound {
		if m != nil {
			s.outbound[target] = nil
			s.post(target, m, m.weight)
		}
	}
}

// Mailing reports whether there is mail that Dispatch has to hand over.
func (s *Shard) Mailing() bool { return s.bag != nil }

// Receive delivers a batch that another shard mailed.
func (s *Shard) Receive(m *Mail) {
	p := &s.publication
	last := int32(-1)
	for i := range m.items {
		it := &m.items[i]
		if it.parcel != last {
			c := &m.bag.parcels[it.parcel]
			if c.kept != nil {
				p.Reset(c.kept, true, s.now)
			} else {
				m.bag.open(c, &s.arrived)
				p.Reset(&s.arrived, false, s.now)
			}
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

func (s *Shard) takeBag() *bag {
	if n := len(s.bagFree); n > 0 {
		b := s.bagFree[n-1]
		s.bagFree = s.bagFree[:n-1]
		return b
	}
	return &bag{}
}

// freeMail takes back a batch that was read, and its bag when nobody else reads it any more.
func (s *Shard) freeMail(m *Mail) {
	b := m.bag
	if len(s.mailFree) < maxFreeMail+s.shards {
		clear(m.items)
		m.bag, m.items, m.weight = nil, m.items[:0], 0
		s.mailFree = append(s.mailFree, m)
	}
	if b.readers.Add(-1) > 0 {
		return
	}
	buffer.Scribble(b.arena)
	if len(s.bagFree) < maxFreeBags && cap(b.arena) <= maxFreeArena {
		clear(b.parcels)
		b.parcels, b.arena = b.parcels[:0], b.arena[:0]
		s.bagFree = append(s.bagFree, b)
	}
}

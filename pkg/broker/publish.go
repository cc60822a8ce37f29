// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package broker

import (
	"github.com/flashmq/flashmq/pkg/auth"
	"github.com/flashmq/flashmq/pkg/metrics"
	"github.com/flashmq/flashmq/pkg/mqtt"
	"github.com/flashmq/flashmq/pkg/packet"
	"github.com/flashmq/flashmq/pkg/retained"
	"github.com/flashmq/flashmq/pkg/session"
	"github.com/flashmq/flashmq/pkg/subscription"
	"github.com/flashmq/flashmq/pkg/topic"
)

// The way of a message through a Shard:
//
//	Publish   retain it, match it
//	spread    members here: deliver; members elsewhere: mail
//	deliver   No Local, access, effective quality of service, RETAIN; into each Session
//	receive   (mail.go) the same on the other shard

// Member is one subscription that matched.
type Member = subscription.Member[*session.Session]

// Packet is a publisher's own PUBLISH, when it may serve as wire form for others as it is. Raw is
// borrowed until Publish returns; nil means there is none.
type Packet struct {
	Raw     []byte
	Version mqtt.Version
}

// Publish takes in one message: stores it if it is to be retained and gives it to everyone who
// subscribed. m is borrowed unless kept says that it is immutable. It reports whether there was
// any subscriber. The publisher's right to publish was checked before.
func (s *Shard) Publish(m *mqtt.Message, kept bool, own Packet) bool {
	p := &s.publication
	p.Reset(m, kept, s.now)
	if own.Raw != nil {
		p.Reuse(own.Raw, own.Version, m.QoS)
	}
	if m.Retain {
		s.retain(p)
	}
	return s.spread(p)
}

// retain stores p's message before it is delivered, so that nobody who subscribes meanwhile
// misses it.
func (s *Shard) retain(p *packet.Publication) {
	m := p.Message
	if !s.Options.Retained.Stores() && !topic.Hidden(m.Topic) {
		return
	}
	if len(m.Payload) > 0 {
		m = p.Kept()
	}
	switch how := s.Retained.Set(m, s.now); how {
	case retained.Stored, retained.Removed:
		s.Count.Add(metrics.RetainedSet, 1)
	case retained.StoredAboveLimit:
		s.Count.Add(metrics.RetainedSet, 1)
		s.Log.Warn("retained message", "topic", m.Topic, "result", how.String())
	case retained.TooLarge, retained.TooMany, retained.TooManyNodes:
		s.Count.Add(metrics.RetainedRefused, 1)
	}
}

// spread gives p to all matching subscriptions, wherever they live.
func (s *Shard) spread(p *packet.Publication) bool {
	s.Index.Match(p.Message.Topic, &s.match)
	s.published++
	for _, m := range s.match.Members {
		if int(m.Shard) == s.Number {
			s.deliver(p, m)
		} else {
			s.mail(int(m.Shard), p, item{members: m})
		}
	}
	for _, g := range s.match.Groups {
		s.share(p, g, 0)
	}
	return len(s.match.Members)+len(s.match.Groups) > 0
}

// deliver gives p to the members of one filter in this shard.
func (s *Shard) deliver(p *packet.Publication, members *subscription.Members[*session.Session]) {
	for n := 0; ; n++ {
		chunk := members.Chunk(n)
		if chunk == nil {
			return
		}
		if s.written()-s.relieved > int64(s.Options.TurnBytes) && s.relieve != nil {
			s.relieved = s.written()
			s.relieve()
		}
		for i := range chunk {
			s.deliverOne(p, &chunk[i], nil)
		}
	}
}

// deliverOne gives p to one subscription.
func (s *Shard) deliverOne(p *packet.Publication, to *Member, share *session.Share) {
	m, who := p.Message, to.Subscriber
	o := to.Options
	if (o.NoLocal() || who.Bridge) && who.ID == m.Publisher {
		return // [MQTT-3.8.3-3]
	}
	if s.Options.Auth.Restricts() && !s.mayRead(who, m) {
		return
	}
	flags := packet.Level(min(m.QoS, o.QoS()))
	if m.Retain && (o.RetainAsPublished() || who.Bridge) {
		flags |= packet.FlagRetain // [MQTT-3.3.1-12], [MQTT-3.3.1-13]
	}
	who.Deliver(p, packet.Delivery{SubscriptionIdentifier: to.Identifier, Flags: flags}, share)
}

func (s *Shard) mayRead(who *session.Session, m *mqtt.Message) bool {
	return s.Options.Auth.Authorize(auth.Access{
		ClientID: who.ID, Username: who.Username, Action: auth.Read,
		Topic: m.Topic, QoS: m.QoS, Retain: m.Retain,
	})
}

// maxHops bounds how often a message for a share may be passed on between shards whose members
// left while it was under way.
const maxHops = 8

// share gives p to one member of a shared subscription [MQTT-4.8.2-3], here or elsewhere.
func (s *Shard) share(p *packet.Publication, g *session.Share, hops uint8) {
	for ; hops < maxHops; hops++ {
		shard, ok := g.Pick(&s.turns, p.Message.Publisher)
		if !ok {
			break
		}
		if shard != s.Number {
			s.mail(shard, p, item{share: g, hops: hops + 1})
			return
		}
		if s.shareHere(p, g) {
			return
		}
	}
	s.Count.Add(metrics.DroppedReroute, 1)
}

// shareHere gives p to a member of g in this shard. It reports false if there is none any more.
func (s *Shard) shareHere(p *packet.Publication, g *session.Share) bool {
	to, ok := g.Local(s.Number, p.Message.Publisher)
	if ok {
		s.deliverOne(p, &to, g)
	}
	return ok
}

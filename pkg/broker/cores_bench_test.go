// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package broker_test

import (
	"fmt"
	"log/slog"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/flashmq/flashmq/pkg/auth"
	"github.com/flashmq/flashmq/pkg/broker"
	"github.com/flashmq/flashmq/pkg/buffer"
	"github.com/flashmq/flashmq/pkg/mqtt"
	"github.com/flashmq/flashmq/pkg/packet"
	"github.com/flashmq/flashmq/pkg/retained"
	"github.com/flashmq/flashmq/pkg/session"
	"github.com/flashmq/flashmq/pkg/timer"
)

// reader is a connection that takes everything into an outbox, and is written at once.
type reader struct {
	out  buffer.Out
	pool *buffer.Pool
	got  int
}

func (r *reader) SendPublish(p *packet.Publication, d packet.Delivery) session.Sent {
	r.got++
	p.Write(&r.out, r.pool, mqtt.V311, d, packet.Alias{})
	if r.out.Len() > 16<<10 {
		r.out.Reset(r.pool)
	}
	return session.Appended
}

func (*reader) SendPubrel(mqtt.PacketID, mqtt.ReasonCode) {}
func (*reader) Room() bool                                { return true }
func (*reader) Disconnect(mqtt.ReasonCode)                {}

// cores are many Shards on one core: what each of them does is measured by itself, without the
// memory traffic between real cores.
type cores struct {
	broker *broker.Broker
	shards []*broker.Shard
	mail   [][]*broker.Mail // by shard
	posts  int
}

func newCores(n int) *cores {
	c := &cores{mail: make([][]*broker.Mail, n)}
	c.broker = broker.New(n, retained.New(retained.Options{}), slog.New(slog.DiscardHandler))
	for i := range n {
		post := func(target int, m *broker.Mail, _ int64) {
			c.mail[target] = append(c.mail[target], m)
			c.posts++
		}
		o := &broker.Options{Auth: &auth.Chain{}, TurnBytes: 1 << 30, KeepBytes: 1 << 20}
		c.shards = append(c.shards, c.broker.NewShard(i, o, timer.New(0),
			buffer.NewPool(1<<20), post))
	}
	return c
}

// member makes a subscriber on a shard.
func (c *cores) member(shard, number int, filter string) {
	s := session.New(mqtt.ClientID(fmt.Sprint(shard, "/", number)), "", &session.Limits{},
		&session.Counters{})
	s.Connection = &reader{pool: c.shards[shard].Buffers}
	c.broker.Index.Subscribe(shard, s, mqtt.Subscription{Filter: filter})
}

// turns runs b.N publications, 64 in each turn of the publishing shard, and reports what one costs
// there and what it costs all the others together.
func (c *cores) turns(b *testing.B, topic func() string) {
	const perTurn = 64
	payload := make([]byte, 64)
	var here, there time.Duration
	c.posts = 0
	b.ReportAllocs()
	b.ResetTimer()
	for n := 0; n < b.N; n += perTurn {
		publisher := c.shards[n/perTurn%len(c.shards)]
		began := time.Now()
		for range perTurn {
			publisher.Publish(&mqtt.Message{Topic: topic(), Payload: payload}, false,
				broker.Packet{})
		}
		publisher.Dispatch()
		posted := time.Now()
		for shard, batches := range c.mail {
			for _, m := range batches {
				c.shards[shard].Receive(m)
			}
			c.mail[shard] = batches[:0]
		}
		here += posted.Sub(began)
		there += time.Since(posted)
	}
	b.ReportMetric(float64(here.Nanoseconds())/float64(b.N), "ns/here")
	b.ReportMetric(float64(there.Nanoseconds())/float64(b.N), "ns/there")
	b.ReportMetric(float64(c.posts)/float64(b.N), "posts/op")
	b.ReportMetric(0, "ns/op") // the sum of cores that would work at the same time says nothing
}

// BenchmarkCoresFanOut: one message for members on every shard, eight on each.
func BenchmarkCoresFanOut(b *testing.B) {
	for _, n := range []int{1, 2, 8, 64} {
		b.Run(fmt.Sprintf("%d shards", n), func(b *testing.B) {
			c := newCores(n)
			for i := range 8 * n {
				c.member(i%n, i, "fan/out")
			}
			c.turns(b, func() string { return "fan/out" })
		})
	}
}

// BenchmarkCoresPairs: every message for one Client, which lives on any shard.
func BenchmarkCoresPairs(b *testing.B) {
	for _, n := range []int{1, 2, 8, 64} {
		b.Run(fmt.Sprintf("%d shards", n), func(b *testing.B) {
			c := newCores(n)
			random := rand.New(rand.NewPCG(1, 2))
			names := make([]string, 4096)
			for i := range names {
				names[i] = fmt.Sprint("pair/", i)
				c.member(random.IntN(n), i, names[i])
			}
			c.turns(b, func() string { return names[random.IntN(len(names))] })
		})
	}
}

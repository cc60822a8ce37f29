// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package broker

import (
	"hash/maphash"
	"log/slog"
	"sync/atomic"
	"time"

	"github.com/flashmq/flashmq/pkg/buffer"
	"github.com/flashmq/flashmq/pkg/metrics"
	"github.com/flashmq/flashmq/pkg/mqtt"
	"github.com/flashmq/flashmq/pkg/packet"
	"github.com/flashmq/flashmq/pkg/retained"
	"github.com/flashmq/flashmq/pkg/session"
	"github.com/flashmq/flashmq/pkg/subscription"
	"github.com/flashmq/flashmq/pkg/timer"
)

// Index is the subscription index of Sessions.
type Index = subscription.Index[*session.Session]

// Broker is what the Shards of one server share. Its parts are safe for concurrent use.
type Broker struct {
	Index    *Index
	Retained *retained.Store
	Metrics  metrics.Set
	Log      *slog.Logger
	shards   int
	seed     maphash.Seed
	// What every loop reads for every message must not share a cache line with what they write.
	_ [cacheLine]byte
	// Lags is by loop.
	Lags []Lag
	// Watch is told about once a second, on any loop, how late the loops are; set before Start.
	Watch func(lag time.Duration)
	// residents is the number of Sessions, to hold against MaxSessions.
	residents atomic.Int64
}

// cacheLine is the size of a line, and more than one where processors fetch pairs.
const cacheLine = 128

// New returns the shared part of a broker of as many shards as loops.
func New(loops int, store *retained.Store, log *slog.Logger) *Broker {
	return &Broker{
		Index:    subscription.New[*session.Session](loops),
		Retained: store,
		Metrics:  metrics.NewSet(loops),
		Lags:     make([]Lag, loops),
		Log:      log,
		shards:   loops,
		seed:     maphash.MakeSeed(),
	}
}

// Home is the index of the Shard where the Session of id lives.
func (b *Broker) Home(id []byte) int {
	if b.shards == 1 {
		return 0
	}
	return int(maphash.Bytes(b.seed, id) % uint64(b.shards))
}

// Shard is all that one loop owns. Every method must be called on that loop.
type Shard struct {
	*Broker
	// Number is the index of the loop.
	Number int
	// Options are replaced as a whole by a reload.
	Options *Options
	Timers  *timer.Wheel
	Buffers *buffer.Pool
	Count   *metrics.Shard

	now      int64
	post     Post
	relieve  func()
	relieved int64 // what written was when outboxes were last written
	sessions map[mqtt.ClientID]*resident
	counters session.Counters

	publication packet.Publication // of the message being published
	pumping     packet.Publication // of messages that come out of queues and replays
	match       subscription.Match[*session.Session]
	turns       subscription.Turns
	bag         *bag         // the messages of this turn's mail; nil until the first
	outbound    []*Mail      // by target shard; nil until the first message of a turn
	published   uint64       // number of the message being published: it goes into a bag only once
	arrived     mqtt.Message // a message out of the mail
	mailFree    []*Mail
	bagFree     []*bag
	replays     replays
	ending      [][]*session.Handle // subscriptions of Sessions that are over
	endings     int                 // how many they are
	sys         sys
	chores      chores
	listed      map[mqtt.ClientID]struct{} // those that $SYS shows as connected
}

// Post hands a batch of mail to another shard's loop. weight is its size in bytes.
type Post func(target int, m *Mail, weight int64)

// NewShard returns the Shard of the loop number, working with that loop's timers and buffers.
func (b *Broker) NewShard(
	number int, o *Options, t *timer.Wheel, p *buffer.Pool, post Post,
) *Shard {
	s := &Shard{
		Broker: b, Number: number, Options: o, Timers: t, Buffers: p, Count: b.Metrics[number],
		post: post, sessions: make(map[mqtt.ClientID]*resident), outbound: make([]*Mail, b.shards),
	}
	keeper := packet.NewKeeper(o.KeepBytes)
	s.publication.Keeper, s.pumping.Keeper = keeper, keeper
	s.sys.shard = s
	s.sys.due.Bind(&s.sys)
	return s
}

// Now is the instant of the last Turn, in nanoseconds.
func (s *Shard) Now() int64 { return s.now }

// OnPressure sets what writes the outboxes of the loop before its turn ends.
func (s *Shard) OnPressure(relieve func()) { s.relieve = relieve }

// Wrote counts a message of n bytes that was appended to an outbox. There is no QoS 3, and saying
// so spares a check of bounds for each receiver.
func (s *Shard) Wrote(n int, q mqtt.QoS) {
	s.Count.Add(metrics.MessagesSent0+metrics.Counter(q&3), 1)
	s.Count.Add(metrics.PublishBytesSent0+metrics.Counter(q&3), int64(n))
}

// written is how many bytes of messages have been appended to outboxes so far.
func (s *Shard) written() int64 {
	return s.Count.Own(metrics.PublishBytesSent0) + s.Count.Own(metrics.PublishBytesSent0+1) +
		s.Count.Own(metrics.PublishBytesSent0+2)
}

// Turn begins a turn of the loop at the instant now.
func (s *Shard) Turn(now int64) { s.now = now }

// SetOptions replaces the options: the reload of this shard.
func (s *Shard) SetOptions(o *Options) {
	offlineChanged := s.Options.ShareOffline != o.ShareOffline
	s.Options = o
	for _, r := range s.sessions {
		r.SetLimits(&o.Limits)
		if offlineChanged {
			s.setOnline(&r.Session, r.Connection != nil)
		}
	}
	s.startSys()
}

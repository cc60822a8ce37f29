// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package broker_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/flashmq/flashmq/pkg/mqtt"
	"github.com/flashmq/flashmq/pkg/packet"
	"github.com/flashmq/flashmq/pkg/servertest/scenario"
	"github.com/flashmq/flashmq/pkg/topic"
)

// listener is a Client of TestSpread and what it subscribed to: the naive index.
type listener struct {
	name    string
	conn    *scenario.Conn
	filters map[string]mqtt.Subscription
}

// spreading is a World with some listeners.
type spreading struct {
	t         *testing.T
	random    *rand.Rand
	world     *scenario.World
	listeners []*listener
	count     int
}

// TestSpread lets Clients on several loops subscribe and unsubscribe at random, and holds who gets
// a message, how often and with what, against asking every subscription in turn.
func TestSpread(t *testing.T) {
	t.Parallel()
	for seed := range uint64(20) {
		t.Run(fmt.Sprintf("seed %d", seed), func(t *testing.T) {
			t.Parallel()
			s := &spreading{t: t, random: rand.New(rand.NewPCG(seed, 11))}
			s.world = scenario.New(scenario.Defaults(1 + s.random.IntN(4)))
			for i := range 6 {
				l := &listener{name: fmt.Sprint("listener", i)}
				l.filters = map[string]mqtt.Subscription{}
				l.conn = s.world.Dial(l.name)
				s.listeners = append(s.listeners, l)
				s.send(l, &packet.Connect{Version: mqtt.V50, ClientID: []byte(l.name)})
				l.conn.Take()
			}
			for range 500 {
				s.anything()
			}
		})
	}
}

func (s *spreading) send(l *listener, what any) {
	s.t.Helper()
	var b []byte
	var err error
	switch x := what.(type) {
	case *packet.Connect:
		b, err = packet.AppendConnect(nil, x)
	case *packet.Subscribe:
		b, err = packet.AppendSubscribe(nil, mqtt.V50, x)
	case *packet.Unsubscribe:
		b, err = packet.AppendUnsubscribe(nil, mqtt.V50, x)
	case *packet.Publish:
		b, err = packet.AppendPublish(nil, mqtt.V50, x)
	}
	if err != nil {
		s.t.Fatal(err)
	}
	l.conn.Send(b)
	s.world.Settle()
}

// levels makes a Topic Name, or with the wildcards a Topic Filter, of a few levels.
func (s *spreading) levels(words ...string) string {
	list := make([]string, 1+s.random.IntN(4))
	for i := range list {
		list[i] = words[s.random.IntN(len(words))]
	}
	if last := len(list) - 1; len(words) > 3 && s.random.IntN(3) == 0 {
		list[last] = "#"
	}
	return strings.Join(list, "/")
}

func (s *spreading) anything() {
	l := s.listeners[s.random.IntN(len(s.listeners))]
	switch s.random.IntN(5) {
	case 0, 1:
		sub := mqtt.Subscription{
			Filter:     s.levels("a", "b", "", "+"),
			Identifier: uint32(s.random.IntN(3)),
			Options:    mqtt.SubscriptionOptions(s.random.IntN(4) << 2), // No Local, RAP
		}
		x := &packet.Subscribe{ID: 1, Subscriptions: []mqtt.Subscription{sub}}
		if sub.Identifier != 0 {
			x.Properties.AddSubscriptionIdentifier(sub.Identifier)
		}
		if sub.Filter == "" {
			return
		}
		l.filters[sub.Filter] = sub
		s.send(l, x)
	case 2:
		for f := range l.filters {
			delete(l.filters, f)
			s.send(l, &packet.Unsubscribe{ID: 1, Filters: []string{f}})
			break
		}
	default:
		s.publish(l)
		return
	}
	l.conn.Take() // SUBACK, UNSUBACK
}

func (s *spreading) publish(from *listener) {
	s.t.Helper()
	s.count++
	name := s.levels("a", "b", "")
	if name == "" {
		return
	}
	p := &packet.Publish{Topic: []byte(name), Payload: fmt.Append(nil, s.count),
		Retain: s.random.IntN(8) == 0}
	if p.Retain {
		p.Payload = nil // stores nothing
	}
	s.send(from, p)
	for _, l := range s.listeners {
		want := l.expected(from, name, p)
		got := l.conn.Take()
		slices.Sort(got)
		if !slices.Equal(got, want) {
			s.t.Fatalf("%s (%v) got %q of %s from %s, want %q",
				l.name, l.filters, got, name, from.name, want)
		}
	}
}

// expected asks every subscription in turn.
func (l *listener) expected(from *listener, name string, p *packet.Publish) (want []string) {
	for _, sub := range l.filters {
		if !topic.Matches(sub.Filter, name) || sub.Options.NoLocal() && l == from {
			continue
		}
		line := "PUBLISH " + name
		if p.Retain && sub.Options.RetainAsPublished() {
			line += " retain"
		}
		if sub.Identifier != 0 {
			line += fmt.Sprint(" subid=", sub.Identifier)
		}
		want = append(want, line+fmt.Sprintf(" %q", p.Payload))
	}
	slices.Sort(want)
	return want
}

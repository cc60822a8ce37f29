// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package client_test

import (
	"fmt"
	"testing"

	"github.com/flashmq/flashmq/pkg/mqtt"
	"github.com/flashmq/flashmq/pkg/packet"
	"github.com/flashmq/flashmq/pkg/servertest/scenario"
)

// route is a publisher and its subscribers in one loop, for tests of the way of a PUBLISH: from
// Client.Receive through the Shard into the other Clients' outboxes, and out of them.
type route struct {
	world     *scenario.World
	publisher *scenario.Conn
	receivers []*scenario.Conn
	publish   []byte
}

func newRoute(t testing.TB, v mqtt.Version, subscribers int) *route {
	t.Helper()
	r := &route{world: scenario.New(scenario.Defaults(1))}
	r.publisher = r.world.Dial("publisher")
	r.publisher.Version = v
	r.publisher.Send(connectBytes(t, v, "publisher", true))
	subscribe, err := packet.AppendSubscribe(nil, v, &packet.Subscribe{ID: 1,
		Subscriptions: []mqtt.Subscription{{Filter: "sensors/+/temperature"}}})
	if err != nil {
		t.Fatal(err)
	}
	for i := range subscribers {
		id := fmt.Sprintf("subscriber %d", i)
		c := r.world.Dial(id)
		c.Version = v
		c.Send(connectBytes(t, v, id, true))
		c.Send(subscribe)
		r.receivers = append(r.receivers, c)
	}
	r.world.Settle()
	r.publisher.Discard = true
	for _, c := range r.receivers {
		c.Take()
		c.Discard = true
	}
	r.publish, err = packet.AppendPublish(nil, v, &packet.Publish{
		Topic:   []byte("sensors/kitchen/temperature"),
		Payload: []byte("21.5 degrees, says the sensor"),
	})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// once sends one PUBLISH all the way.
func (r *route) once() {
	r.publisher.Send(r.publish)
	r.world.Settle()
}

func (r *route) received() (n int64) {
	for _, c := range r.receivers {
		n += c.Received()
	}
	return n
}

// BenchmarkPublish measures one PUBLISH of QoS 0 and all its deliveries.
func BenchmarkPublish(b *testing.B) {
	for _, v := range []mqtt.Version{mqtt.V311, mqtt.V50} {
		for _, subscribers := range []int{1, 10, 100} {
			b.Run(fmt.Sprintf("%v/subscribers=%d", v, subscribers), func(b *testing.B) {
				r := newRoute(b, v, subscribers)
				b.ReportAllocs()
				for b.Loop() {
					r.once()
				}
			})
		}
	}
}

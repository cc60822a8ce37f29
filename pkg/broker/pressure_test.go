// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package broker_test

import (
	"log/slog"
	"testing"

	"github.com/flashmq/flashmq/pkg/auth"
	"github.com/flashmq/flashmq/pkg/broker"
	"github.com/flashmq/flashmq/pkg/buffer"
	"github.com/flashmq/flashmq/pkg/mqtt"
	"github.com/flashmq/flashmq/pkg/retained"
	"github.com/flashmq/flashmq/pkg/session"
	"github.com/flashmq/flashmq/pkg/timer"
)

// Outboxes are written in the middle of a turn that brings much, and only then.
func TestPressureIsThatOfOneTurn(t *testing.T) {
	t.Parallel()
	b := broker.New(1, retained.New(retained.Options{}), slog.New(slog.DiscardHandler))
	o := &broker.Options{Auth: &auth.Chain{}, TurnBytes: 100, KeepBytes: 1 << 20}
	s := b.NewShard(0, o, timer.New(0), buffer.NewPool(1<<20),
		func(int, *broker.Mail, int64) { t.Error("mail for nobody") })
	relieved := 0
	s.OnPressure(func() { relieved++ })
	member := session.New("c", "", &session.Limits{}, &session.Counters{})
	member.Connection = &reader{pool: s.Buffers}
	b.Index.Subscribe(0, member, mqtt.Subscription{Filter: "a"})
	turn := func(now int64, written ...int) {
		s.Turn(now)
		for i, n := range written {
			s.Wrote(n, mqtt.QoS(i%3))
			s.Publish(&mqtt.Message{Topic: "a"}, false, broker.Packet{})
		}
		s.Tick(now)
	}
	for now := range int64(5) {
		turn(now+1, 80)
	}
	if relieved != 0 {
		t.Errorf("%d times within small turns", relieved)
	}
	if turn(9, 80, 80, 10); relieved != 1 {
		t.Errorf("%d times in a turn of 170 bytes, want once", relieved)
	}
}

// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package broker_test

import (
	"strconv"
	"testing"

	"github.com/flashmq/flashmq/pkg/mqtt"
)

// TestSessionWithManySubscriptionsEndsInSlices: a Session that ends does not hold up the loop
// however many subscriptions it had, and all of them go.
func TestSessionWithManySubscriptionsEndsInSlices(t *testing.T) {
	t.Parallel()
	const many, mostInTurn = 5000, 512
	c := newCrowd(t, 0, mqtt.AtMostOnce)
	x := c.join(t, "x", 10)
	for i := range many {
		c.subscribe(x, "f/"+strconv.Itoa(i), mqtt.AtMostOnce)
	}
	c.shard.Disconnected(x.who, x, false)
	last := c.shard.Index.Count()
	if last < many-mostInTurn {
		t.Errorf("%d subscriptions ended at once, want at most %d", many-last, mostInTurn)
	}
	for more := true; more; {
		more, _ = c.tick()
		now := c.shard.Index.Count()
		if last-now > mostInTurn {
			t.Errorf("%d subscriptions ended in one turn, want at most %d", last-now, mostInTurn)
		}
		last = now
	}
	if last != 0 {
		t.Errorf("%d subscriptions are left", last)
	}
}

// TestMessageForAnEndedSession: what still matches a subscription of a Session that is over goes
// nowhere.
func TestMessageForAnEndedSession(t *testing.T) {
	t.Parallel()
	c := newCrowd(t, 0, mqtt.AtMostOnce)
	x := c.join(t, "x", 10)
	for i := range 1000 {
		c.subscribe(x, "f/"+strconv.Itoa(i), mqtt.ExactlyOnce)
	}
	c.shard.Disconnected(x.who, x, false)
	for i := range 1000 {
		c.publish("f/"+strconv.Itoa(i), mqtt.ExactlyOnce)
	}
	if x.sent != 0 || x.who.Queued() != 0 || x.who.Inflight() != 0 {
		t.Errorf("sent %d, queued %d, in flight %d, want nothing",
			x.sent, x.who.Queued(), x.who.Inflight())
	}
}

// TestReplayAnew: another SUBSCRIBE starts a replay anew, however often it is sent, and takes the
// place of the one that waits.
func TestReplayAnew(t *testing.T) {
	t.Parallel()
	const stored = 100
	c := newCrowd(t, stored, mqtt.AtLeastOnce)
	x := c.join(t, "x", 10)
	for range 1000 {
		c.subscribe(x, "r/#", mqtt.AtLeastOnce)
	}
	turns := 0
	for x.sent < stored && turns < 3*stored {
		turns++
		c.tick(x)
		for _, id := range x.ids {
			x.who.Puback(id)
		}
		x.ids = nil
		c.shard.Pump(x.who)
	}
	for more := true; more; {
		more, _ = c.tick(x)
	}
	if x.sent != stored {
		t.Errorf("%d messages came, want %d", x.sent, stored)
	}
}

// TestEndingsAreBounded: who makes and ends Sessions with many subscriptions faster than a turn
// works them off does not pile them up.
func TestEndingsAreBounded(t *testing.T) {
	t.Parallel()
	const many, rounds, most = 10_000, 30, 64<<10 + 2*10_000
	c := newCrowd(t, 0, mqtt.AtMostOnce)
	for range rounds {
		x := c.join(t, "x", 10)
		for i := range many {
			c.subscribe(x, "f/"+strconv.Itoa(i), mqtt.AtMostOnce)
		}
		c.shard.Disconnected(x.who, x, false)
		c.tick()
		if n := c.shard.Index.Count(); n > most {
			t.Fatalf("%d subscriptions are left over, want at most %d", n, most)
		}
	}
}

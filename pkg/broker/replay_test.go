// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package broker_test

import (
	"strconv"
	"testing"

	"github.com/flashmq/flashmq/pkg/broker"
	"github.com/flashmq/flashmq/pkg/buffer"
	"github.com/flashmq/flashmq/pkg/mqtt"
	"github.com/flashmq/flashmq/pkg/packet"
	"github.com/flashmq/flashmq/pkg/servertest/scenario"
	"github.com/flashmq/flashmq/pkg/session"
	"github.com/flashmq/flashmq/pkg/timer"
)

// counting is a session.Connection that counts instead of writing.
type counting struct {
	who  *session.Session
	sent int
	ids  []mqtt.PacketID // of QoS 1 and 2
	full int             // Room says no after this many in one turn; 0: never
	turn int
}

func (c *counting) SendPublish(_ *packet.Publication, d packet.Delivery) session.Sent {
	c.sent++
	c.turn++
	if d.ID != 0 {
		c.ids = append(c.ids, d.ID)
	}
	return session.Appended
}

func (c *counting) Room() bool { return c.full == 0 || c.turn < c.full }

func (c *counting) SendPubrel(mqtt.PacketID, mqtt.ReasonCode) {}

func (c *counting) Disconnect(mqtt.ReasonCode) {}

// visitsInTurn is the most that one Tick may send: the slice of the retained store it looks at.
const visitsInTurn = 1024

// crowd is one shard with many retained messages, and nothing else.
type crowd struct {
	shard *broker.Shard
	now   int64
}

func newCrowd(t *testing.T, messages int, qos mqtt.QoS) *crowd {
	t.Helper()
	w := scenario.New(scenario.Defaults(1))
	o := scenario.Defaults(1)
	c := &crowd{now: w.Now()}
	c.shard = w.Broker.NewShard(0, &o.Broker, timer.New(c.now), buffer.NewPool(0),
		func(int, *broker.Mail, int64) { t.Error("mail with one shard") })
	c.shard.Turn(c.now)
	for i := range messages {
		m := &mqtt.Message{
			Topic: "r/" + strconv.Itoa(i%1000) + "/" + strconv.Itoa(i), Payload: []byte("x"),
			QoS: qos, Retain: true,
		}
		c.shard.Retained.Set(m, c.now)
	}
	if got := c.shard.Retained.Count(); got != int64(messages) {
		t.Fatalf("%d retained messages stored, want %d", got, messages)
	}
	return c
}

func (c *crowd) join(t *testing.T, id mqtt.ClientID, receiveMaximum uint16) *counting {
	t.Helper()
	x := &counting{}
	who, _, err := c.shard.Admit(broker.Arrival{
		ID: id, Version: mqtt.V50, CleanStart: true, Connection: x,
	})
	if err != nil {
		t.Fatal(err)
	}
	x.who = who
	c.shard.Attach(who, x, receiveMaximum)
	return x
}

func (c *crowd) subscribe(x *counting, filter string, qos mqtt.QoS) {
	o := mqtt.SubscriptionOptions(0).WithQoS(qos)
	sub := mqtt.Subscription{Filter: filter, Options: o}
	c.shard.Replay(x.who, c.shard.Subscribe(x.who, sub, filter, false))
}

func (c *crowd) publish(name string, qos mqtt.QoS) {
	c.shard.Publish(&mqtt.Message{Topic: name, QoS: qos}, false, broker.Packet{})
}

// tick is one turn of the loop; it returns whether there is more to do at once.
func (c *crowd) tick(receivers ...*counting) (more bool, sent int) {
	before := 0
	for _, x := range receivers {
		x.turn = 0
		before -= x.sent
	}
	c.now += 1000
	more = c.shard.Tick(c.now)
	for _, x := range receivers {
		before += x.sent
	}
	return more, before
}

// TestReplayOfAMillion: many retained messages come in slices that never hold up the loop, and all
// of them come.
func TestReplayOfAMillion(t *testing.T) {
	t.Parallel()
	c := newCrowd(t, manyRetained, mqtt.AtMostOnce)
	a := c.join(t, "a", 100)
	b := c.join(t, "b", 100)
	c.subscribe(a, "#", mqtt.AtMostOnce)
	c.subscribe(b, "r/+/+", mqtt.AtLeastOnce)
	turns := 0
	for more := true; more; turns++ {
		var sent int
		if more, sent = c.tick(a, b); sent > visitsInTurn {
			t.Fatalf("%d messages in one turn, %d nodes may be looked at", sent, visitsInTurn)
		}
	}
	if a.sent != manyRetained || b.sent != manyRetained {
		t.Errorf("%d and %d messages came, want %d each", a.sent, b.sent, manyRetained)
	}
	if least := 2 * manyRetained / visitsInTurn; turns < least {
		t.Errorf("%d turns for %d messages, want at least %d", turns, 2*manyRetained, least)
	}
}

// TestReplayTakesTurns: one who asked for little does not wait for one who asked for everything.
func TestReplayTakesTurns(t *testing.T) {
	t.Parallel()
	c := newCrowd(t, 50_000, mqtt.AtMostOnce)
	all := c.join(t, "all", 100)
	few := c.join(t, "few", 100)
	c.subscribe(all, "#", mqtt.AtMostOnce)
	c.subscribe(few, "r/7/7", mqtt.AtMostOnce)
	c.tick(all, few)
	if few.sent != 1 {
		t.Errorf("%d messages after one turn, want 1", few.sent)
	}
}

// TestReplayFindsLittle: nodes that match nothing are work too, and are counted as such.
func TestReplayFindsLittle(t *testing.T) {
	t.Parallel()
	c := newCrowd(t, 50_000, mqtt.AtMostOnce)
	x := c.join(t, "x", 100)
	c.subscribe(x, "+/+/+/none", mqtt.AtMostOnce)
	turns := 0
	for more := true; more; turns++ {
		more, _ = c.tick(x)
	}
	if least := 50_000 / visitsInTurn; x.sent != 0 || turns < least {
		t.Errorf("%d messages in %d turns, want none in at least %d", x.sent, turns, least)
	}
}

// TestReplayAtQoS1: the window bounds what is under way; acknowledgements bring the rest.
func TestReplayAtQoS1(t *testing.T) {
	t.Parallel()
	const messages, window = 5000, 10
	c := newCrowd(t, messages, mqtt.AtLeastOnce)
	x := c.join(t, "x", window)
	c.subscribe(x, "#", mqtt.AtLeastOnce)
	for more := true; more; {
		more, _ = c.tick(x)
	}
	if x.sent != window {
		t.Fatalf("%d messages without an acknowledgement, want %d", x.sent, window)
	}
	for i := 0; x.sent < messages; i++ {
		before := x.sent
		if !x.who.Puback(x.ids[i]) {
			t.Fatalf("identifier %d is not under way after %d messages", x.ids[i], before)
		}
		c.shard.Pump(x.who)
		for more := true; more; {
			more, _ = c.tick(x)
		}
		if x.sent != before+1 || x.who.Inflight() != window || x.who.Queued() != 0 {
			t.Fatalf("after an acknowledgement: %d sent (before %d), %d under way, %d queued",
				x.sent, before, x.who.Inflight(), x.who.Queued())
		}
	}
}

// TestReplayWaitsForRoom: a receiver that takes a few at a time is not worked on in vain, and
// still gets everything.
func TestReplayWaitsForRoom(t *testing.T) {
	t.Parallel()
	const messages = 3000
	c := newCrowd(t, messages, mqtt.AtMostOnce)
	x := c.join(t, "x", 100)
	x.full = 7
	c.subscribe(x, "#", mqtt.AtMostOnce)
	for x.sent < messages {
		more, sent := c.tick(x)
		if more {
			t.Fatalf("the loop would turn in vain after %d messages", x.sent)
		}
		if sent == 0 && x.sent < messages {
			t.Fatalf("nothing more came after %d messages", x.sent)
		}
		x.turn = 0
		c.shard.Pump(x.who) // what Client.Drained does
	}
	if x.sent != messages {
		t.Errorf("%d messages, want %d", x.sent, messages)
	}
}

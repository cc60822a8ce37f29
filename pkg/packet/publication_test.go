// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package packet

import (
	"bytes"
	"fmt"
	"testing"
	"time"

	"github.com/flashmq/flashmq/pkg/buffer"
	"github.com/flashmq/flashmq/pkg/mqtt"
)

// received decodes the one PUBLISH that is in out.
func received(t *testing.T, out *buffer.Out, v mqtt.Version) *Publish {
	t.Helper()
	wire := bytes.Join(out.Chunks(nil, 99), nil)
	var framer Framer
	frame, rest, ok, err := framer.Next(buffer.NewPool(0), wire)
	if err != nil || !ok || len(rest) != 0 {
		t.Fatalf("not one packet: ok %v, %d bytes left, error %v", ok, len(rest), err)
	}
	d := Decoder{Version: v}
	p := &Publish{}
	if err := d.Publish(frame, p); err != nil {
		t.Fatal(err)
	}
	return p
}

// TestPublicationForms writes every form of a message and reads it back.
func TestPublicationForms(t *testing.T) {
	var properties Properties
	properties.SetContentType([]byte("text"))
	properties.AddUser([]byte("k"), []byte("v"))
	block := properties.Forward(nil)
	pool := buffer.NewPool(1 << 20)
	for _, size := range []int{0, 64, 200, SharedPayload - 1, SharedPayload, 3 * SharedPayload} {
		m := &mqtt.Message{
			Topic: "a/b", Payload: bytes.Repeat([]byte{'p'}, size), Properties: block,
			Expires: 20 * int64(time.Second),
		}
		var p Publication
		p.Reset(m, false, int64(10*time.Second)+1)
		for _, v := range []mqtt.Version{mqtt.V31, mqtt.V311, mqtt.V50} {
			for _, d := range deliveries(v) {
				t.Run(fmt.Sprintf("%d bytes, %v, %+v", size, v, d.Delivery), func(t *testing.T) {
					var out buffer.Out
					p.Write(&out, pool, v, d.Delivery, d.Alias)
					if n := p.Length(v, d.Delivery, d.Alias); n != out.Len() {
						t.Errorf("Length is %d, written %d", n, out.Len())
					}
					checkReceived(t, received(t, &out, v), m, v, d)
				})
			}
		}
	}
}

type delivery struct {
	Delivery
	Alias
}

func deliveries(v mqtt.Version) []delivery {
	list := []delivery{
		{Delivery: Delivery{}},
		{Delivery: Delivery{Flags: FlagRetain}},
		{Delivery: Delivery{Flags: Level(1), ID: 7}},
		{Delivery: Delivery{Flags: Level(2) | FlagDup, ID: 65535}},
	}
	if v == mqtt.V50 {
		list = append(list,
			delivery{Delivery: Delivery{SubscriptionIdentifier: 5}},
			delivery{Delivery: Delivery{
				SubscriptionIdentifier: 268_435_455, Flags: Level(1), ID: 9,
			}},
			delivery{Alias: Alias{Number: 3}},
			delivery{
				Alias: Alias{Number: 3, Known: true}, Delivery: Delivery{Flags: Level(2), ID: 4},
			},
			delivery{Alias: Alias{Number: 65535}, Delivery: Delivery{SubscriptionIdentifier: 128}})
	}
	return list
}

func checkReceived(t *testing.T, got *Publish, m *mqtt.Message, v mqtt.Version, d delivery) {
	t.Helper()
	topic := m.Topic
	if d.Known {
		topic = ""
	}
	if string(got.Topic) != topic || !bytes.Equal(got.Payload, m.Payload) {
		t.Errorf("topic %q, payload of %d bytes", got.Topic, len(got.Payload))
	}
	if got.flags() != d.Flags || got.ID != d.ID {
		t.Errorf("header: got %+v", got)
	}
	if v != mqtt.V50 {
		return
	}
	x := &got.Properties
	if !bytes.Equal(x.Forward(nil), m.Properties) {
		t.Errorf("properties % X, want % X", x.Forward(nil), m.Properties)
	}
	if x.Has(TopicAlias) != (d.Number != 0) || d.Number != 0 && x.TopicAlias != d.Number {
		t.Errorf("alias %d", x.TopicAlias)
	}
	if x.Has(SubscriptionIdentifier) != (d.SubscriptionIdentifier != 0) ||
		d.SubscriptionIdentifier != 0 && x.SubscriptionIdentifier != d.SubscriptionIdentifier {
		t.Errorf("subscription identifier %d", x.SubscriptionIdentifier)
	}
	if !x.Has(MessageExpiryInterval) || x.MessageExpiryInterval != 10 {
		t.Errorf("message expiry %d s, want the 10 s begun", x.MessageExpiryInterval)
	}
}

// TestPublicationReusesThePublishersPacket: who publishes as others receive costs no encoding, and
// the packet goes out with the receiver's flags and identifier.
func TestPublicationReusesThePublishersPacket(t *testing.T) {
	for _, v := range []mqtt.Version{mqtt.V311, mqtt.V50} {
		for _, qos := range []mqtt.QoS{0, 1, 2} {
			t.Run(fmt.Sprint(v, qos), func(t *testing.T) {
				in := Publish{
					Topic: []byte("x/y"), Payload: bytes.Repeat([]byte{1}, 300),
					QoS: qos, Dup: qos > 0,
				}
				if qos > 0 {
					in.ID = 99
				}
				raw, err := AppendPublish(nil, v, &in)
				if err != nil {
					t.Fatal(err)
				}
				var p Publication
				p.Reset(&mqtt.Message{Topic: "x/y", Payload: in.Payload, QoS: qos}, false, 1)
				p.Reuse(raw, v, qos)
				d := Delivery{Flags: Level(qos) | FlagRetain}
				if qos > 0 {
					d.ID = 5
				}
				var out buffer.Out
				p.Write(&out, buffer.NewPool(0), v, d, Alias{})
				got := received(t, &out, v)
				if got.ID != d.ID || got.Dup || !got.Retain || got.QoS != qos {
					t.Errorf("got %+v", got)
				}
				if f := p.forms[formIndex(v, qos)]; &f.wire[0] != &raw[0] {
					t.Error("the packet was encoded again")
				}
			})
		}
	}
}

// TestSecondsLeft: the interval told is never larger than the one published, even when this loop's
// clock is a turn behind the publisher's, and 0 only when it is over.
func TestSecondsLeft(t *testing.T) {
	const second = int64(time.Second)
	tests := []struct {
		name         string
		expires, now int64
		want         uint32
	}{
		{"just published", 20 * second, 10 * second, 10},
		{"published by a loop ahead of this one", 20 * second, 10*second - second/1000, 10},
		{"after three seconds", 20 * second, 13 * second, 7},
		{"nearly over", 20 * second, 20*second - 1, 1},
		{"over", 20 * second, 20 * second, 0},
		{"long over", 20 * second, 99 * second, 0},
		{"longest", (1<<32-1)*second + 5, 1, 1<<32 - 1},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var p Publication
			p.Reset(&mqtt.Message{Expires: tt.expires}, true, tt.now)
			if got := p.secondsLeft(); got != tt.want {
				t.Errorf("%d s left, want %d", got, tt.want)
			}
		})
	}
}

func TestPublicationKeepsOneClone(t *testing.T) {
	borrowed := &mqtt.Message{Topic: "t", Payload: []byte("p")}
	var p Publication
	p.Reset(borrowed, false, 1)
	if a, b := p.Kept(), p.Kept(); a == borrowed || a != b {
		t.Error("a borrowed message is cloned exactly once")
	}
	p.Reset(borrowed, true, 1)
	if p.Kept() != borrowed {
		t.Error("a kept message is not cloned")
	}
}

// TestPublicationAllocatesNothing: a message costs no memory, whoever it is for.
func TestPublicationAllocatesNothing(t *testing.T) {
	m := &mqtt.Message{Topic: "a/b", Payload: make([]byte, 64)}
	pool := buffer.NewPool(1 << 20)
	var p Publication
	var out buffer.Out
	round := func() {
		p.Reset(m, false, 1)
		p.Write(&out, pool, mqtt.V311, Delivery{}, Alias{})
		p.Write(&out, pool, mqtt.V50, Delivery{SubscriptionIdentifier: 3}, Alias{})
		p.Write(&out, pool, mqtt.V50, Delivery{}, Alias{})
		out.Reset(pool)
	}
	round()
	if n := testing.AllocsPerRun(1000, round); n != 0 {
		t.Errorf("%v allocations per message, want none", n)
	}
}

func BenchmarkPublicationWrite(b *testing.B) {
	m := &mqtt.Message{Topic: "s/00001/d/000/vvvv", Payload: make([]byte, 64)}
	pool := buffer.NewPool(1 << 20)
	var p Publication
	var out buffer.Out
	p.Reset(m, false, 1)
	for i := 0; b.Loop(); i++ {
		p.Write(&out, pool, mqtt.V311, Delivery{}, Alias{})
		if i&31 == 31 {
			out.Reset(pool)
		}
	}
}

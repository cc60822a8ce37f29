// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package packet

import (
	"bytes"
	"testing"

	"github.com/flashmq/flashmq/pkg/buffer"
	"github.com/flashmq/flashmq/pkg/mqtt"
)

// hot are the packets of the hot path: a PUBLISH with an 18-byte topic and 61 bytes of payload is
// the 83-byte packet that most brokers are measured with.
func hot(t testing.TB, v mqtt.Version, q mqtt.QoS) []byte {
	t.Helper()
	b, err := AppendPublish(nil, v, &Publish{
		Topic:   []byte("devices/12345/temp"),
		Payload: bytes.Repeat([]byte("x"), 61),
		QoS:     q,
		ID:      mqtt.PacketID(q) * 7,
	})
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func hotAck(t testing.TB) []byte {
	t.Helper()
	b, err := AppendAck(nil, mqtt.V311, PUBACK, &Ack{ID: 7})
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// limited is a Decoder as a broker has it.
func limited(v mqtt.Version) *Decoder {
	return &Decoder{Version: v, MaxString: 4096, MaxUserProperties: 50}
}

func BenchmarkFramerNext(b *testing.B) {
	f, pool, in := Framer{Max: 1 << 20}, buffer.NewPool(0), hot(b, mqtt.V311, 0)
	b.ReportAllocs()
	for b.Loop() {
		if _, _, ok, err := f.Next(pool, in); !ok || err != nil {
			b.Fatal(ok, err)
		}
	}
}

func BenchmarkPublish(b *testing.B) {
	for _, v := range []mqtt.Version{mqtt.V311, mqtt.V50} {
		for _, q := range []mqtt.QoS{mqtt.AtMostOnce, mqtt.AtLeastOnce} {
			b.Run(v.String()+"/QoS"+string('0'+rune(q)), func(b *testing.B) {
				f, pool, in, d := Framer{Max: 1 << 20}, buffer.NewPool(0), hot(b, v, q), limited(v)
				var p Publish
				b.ReportAllocs()
				for b.Loop() {
					frame, _, ok, err := f.Next(pool, in)
					if !ok || err != nil {
						b.Fatal(ok, err)
					}
					if err := d.Publish(frame, &p); err != nil {
						b.Fatal(err)
					}
				}
			})
		}
	}
}

func BenchmarkAck(b *testing.B) {
	f, pool, in, d := Framer{Max: 1 << 20}, buffer.NewPool(0), hotAck(b), limited(mqtt.V50)
	var a Ack
	b.ReportAllocs()
	for b.Loop() {
		frame, _, ok, err := f.Next(pool, in)
		if !ok || err != nil {
			b.Fatal(ok, err)
		}
		if err := d.Ack(frame, &a); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkAppendAck(b *testing.B) {
	a, dst := Ack{ID: 7}, make([]byte, 0, 64)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := AppendAck(dst, mqtt.V50, PUBACK, &a); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkValidString(b *testing.B) {
	for _, tt := range []struct{ name, s string }{
		{"ASCII5", "a/b/c"},
		{"ASCII18", "devices/12345/temp"},
		{"ASCII100", string(bytes.Repeat([]byte("devices/12"), 10))},
		{"UTF8", "ger\u00e4te/k\u00fcche/temp"},
	} {
		b.Run(tt.name, func(b *testing.B) {
			s := []byte(tt.s)
			b.ReportAllocs()
			for b.Loop() {
				if !ValidString(s) {
					b.Fatal("refused")
				}
			}
		})
	}
}

// What the hot path promises: nothing for the collector.
func TestHotPathAllocatesNothing(t *testing.T) {
	pool := buffer.NewPool(1 << 20)
	var f Framer
	var p Publish
	var a Ack
	out := make([]byte, 0, 1024)
	decode := func(v mqtt.Version, in []byte) func() {
		d := limited(v)
		return func() {
			frame, _, ok, err := f.Next(pool, in)
			if !ok || err != nil {
				t.Fatal(ok, err)
			}
			if frame.Type == PUBLISH {
				err = d.Publish(frame, &p)
			} else {
				err = d.Ack(frame, &a)
			}
			if err != nil {
				t.Fatal(err)
			}
		}
	}
	whole := hot(t, mqtt.V50, 0)
	tests := []struct {
		name string
		run  func()
	}{
		{"PUBLISH 3.1.1 QoS 0", decode(mqtt.V311, hot(t, mqtt.V311, 0))},
		{"PUBLISH 5.0 QoS 0", decode(mqtt.V50, hot(t, mqtt.V50, 0))},
		{"PUBLISH 5.0 QoS 1", decode(mqtt.V50, hot(t, mqtt.V50, 1))},
		{"PUBACK", decode(mqtt.V50, hotAck(t))},
		{"PUBLISH in two reads", func() {
			if _, _, ok, _ := f.Next(pool, whole[:30]); ok {
				t.Fatal("half a packet")
			}
			_, rest, ok, err := f.Next(pool, whole[30:])
			if !ok || err != nil {
				t.Fatal(ok, err)
			}
			if _, _, ok, _ = f.Next(pool, rest); ok {
				t.Fatal("one packet too many")
			}
		}},
		{"AppendAck", func() { _, _ = AppendAck(out, mqtt.V50, PUBREL, &Ack{ID: 9}) }},
		{"AppendPublish", func() {
			p.Topic, p.Payload = whole[4:22], whole[23:]
			p.Properties.Reset()
			p.Properties.SetTopicAlias(3)
			p.Properties.AddUser(whole[:2], whole[2:4])
			_, _ = AppendPublish(out, mqtt.V50, &p)
		}},
	}
	for _, tt := range tests {
		tt.run() // fills free lists and reused slices
		if n := testing.AllocsPerRun(100, tt.run); n != 0 {
			t.Errorf("%s: %v allocations", tt.name, n)
		}
	}
}

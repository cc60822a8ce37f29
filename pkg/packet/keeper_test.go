// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package packet

import (
	"bytes"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/flashmq/flashmq/pkg/mqtt"
)

// A storage class holds what is asked for and wastes no more than half of it.
func TestStorageClasses(t *testing.T) {
	last := -1
	for n := range 1<<maxStorage + 1 {
		class, size := storage(n)
		if size < n || n > 1<<minStorage && size >= 2*n || class >= storages {
			t.Fatalf("%d bytes: class %d of %d", n, class, size)
		}
		if class != last && class != last+1 {
			t.Fatalf("%d bytes: class %d after %d", n, class, last)
		}
		last = class
	}
	if class, _ := storage(1<<maxStorage + 1); class < storages {
		t.Errorf("above the largest: class %d", class)
	}
}

// Messages held by several, released in any order, never change while they are held, whatever
// comes after them; and the Keeper keeps no more than it may.
func TestHeldMessages(t *testing.T) {
	const limit = 40_000
	random := rand.New(rand.NewPCG(1, 2))
	p := Publication{Keeper: NewKeeper(limit)}
	type hold struct {
		held *Held
		want mqtt.Message
	}
	var holds []hold
	for range 20_000 {
		want := mqtt.Message{
			Topic:      strings.Repeat("t", 1+random.IntN(40)),
			Payload:    bytes.Repeat([]byte{byte(random.Int())}, random.IntN(300)),
			Properties: bytes.Repeat([]byte{byte(random.Int())}, random.IntN(20)),
			Publisher:  "publisher", Expires: random.Int64(), QoS: mqtt.ExactlyOnce,
		}
		if random.IntN(50) == 0 {
			want.Payload = bytes.Repeat([]byte{7}, SharedPayload+random.IntN(2)*20_000)
		}
		borrowed := want
		borrowed.Payload = bytes.Clone(want.Payload)
		borrowed.Properties = bytes.Clone(want.Properties)
		name := []byte(want.Topic)
		borrowed.Topic = mqtt.Borrow(name)
		p.Reset(&borrowed, random.IntN(10) == 0, 1)
		kept := p.kept != nil
		for range random.IntN(4) {
			holds = append(holds, hold{p.Hold(), want})
		}
		if !kept { // what was borrowed is gone
			clear(borrowed.Payload)
			clear(borrowed.Properties)
			clear(name)
		}
		for len(holds) > 60 {
			i := random.IntN(len(holds))
			h := holds[i]
			check := h.held
			if random.IntN(2) == 0 {
				p.ResetHeld(h.held, 1)
				check = p.Hold()
				check.Release()
			}
			if check.Topic != h.want.Topic || !bytes.Equal(check.Payload, h.want.Payload) ||
				!bytes.Equal(check.Properties, h.want.Properties) ||
				check.Expires != h.want.Expires || check.Publisher != h.want.Publisher {
				t.Fatalf("held %+v, want %+v", check.Message, h.want)
			}
			h.held.Release()
			holds = append(holds[:i], holds[i+1:]...)
		}
		if p.Keeper.Kept() > limit {
			t.Fatalf("%d bytes kept, %d allowed", p.Keeper.Kept(), limit)
		}
	}
	if p.Keeper.Kept() == 0 {
		t.Error("nothing was given back")
	}
}

// Holding and releasing a small message costs no allocation.
func TestHoldAllocatesNothing(t *testing.T) {
	p := Publication{Keeper: NewKeeper(1 << 20)}
	m := mqtt.Message{Topic: "a/b", Payload: make([]byte, 64), QoS: mqtt.AtLeastOnce}
	round := func() {
		p.Reset(&m, false, 1)
		a, b := p.Hold(), p.Hold()
		a.Release()
		b.Release()
	}
	round()
	if n := testing.AllocsPerRun(100, round); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

// Releasing once too often is found out.
func TestReleasedTooOften(t *testing.T) {
	p := Publication{Keeper: NewKeeper(1 << 20)}
	p.Reset(&mqtt.Message{Topic: "a"}, false, 1)
	h := p.Hold()
	p.Reset(&mqtt.Message{Topic: "b"}, false, 1)
	h.Release()
	defer func() {
		if recover() == nil {
			t.Error("nobody noticed")
		}
	}()
	h.Release()
}

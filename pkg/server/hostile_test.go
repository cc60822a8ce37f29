// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package server_test

import (
	"fmt"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/flashmq/flashmq/pkg/mqtt"
	"github.com/flashmq/flashmq/pkg/packet"
	"github.com/flashmq/flashmq/pkg/rawclient"
	"github.com/flashmq/flashmq/pkg/servertest"
)

// Whatever arrives on other connections, a good Client does not notice. Panics are counted at the
// end by servertest.
func TestHostileBytes(t *testing.T) {
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	s := servertest.Start(t, servertest.Loops(2))
	const workers = 8
	rounds := 400
	if raceDetector {
		rounds = 100
	}
	var running atomic.Int32
	running.Store(workers)
	var all sync.WaitGroup
	for w := range workers {
		all.Go(func() {
			defer running.Add(-1)
			random := rand.New(rand.NewPCG(seed, uint64(w)))
			for i := range rounds {
				attack(t, s, random, fmt.Sprintf("attacker-%d-%d", w, i%10))
			}
		})
	}
	good := s.Connect(t, mqtt.V50, "good")
	good.Subscribe("undisturbed/#", mqtt.ExactlyOnce)
	for n := 0; running.Load() > 0; n++ {
		text := fmt.Sprint(n)
		good.Publish("undisturbed/x", text, levels[n%3])
		good.ExpectMessage("undisturbed/x", text)
	}
	all.Wait()
	good.Quiet()
}

// attack opens one connection and sends garbage: at once, after CONNECT, or as damaged packets.
func attack(t *testing.T, s *servertest.Server, random *rand.Rand, id string) {
	c := s.Dial(t)
	defer c.Close()
	v := rawclient.Versions[random.IntN(3)]
	var b []byte
	if random.IntN(3) > 0 {
		b = rawclient.Connect(v, id, rawclient.Will("w", "x"))
	}
	for range 1 + random.IntN(8) {
		b = append(b, part(random, v)...)
	}
	if random.IntN(4) == 0 {
		damage(random, b)
	}
	cut := random.IntN(len(b) + 1)
	_ = c.TrySend(b[:cut]) // the server may have closed by then
	_ = c.TrySend(b[cut:])
	if random.IntN(2) == 0 {
		c.Cut()
	}
}

// part is a packet, or something like it.
func part(random *rand.Rand, v mqtt.Version) []byte {
	id := mqtt.PacketID(1 + random.IntN(4))
	q := levels[random.IntN(3)]
	var b []byte
	switch random.IntN(8) {
	case 0:
		b = make([]byte, 1+random.IntN(200))
		for i := range b {
			b[i] = byte(random.Uint32())
		}
		return b
	case 1:
		b = rawclient.Publish(v, id, "evil", make([]byte, random.IntN(5000)), q)
	case 2:
		b = rawclient.Publish(v, id, "kept/x", []byte("x"), q, rawclient.Retain)
	case 3:
		b = rawclient.Subscribe(v, id, "kept/#", mqtt.SubscriptionOptions(q))
	case 4:
		b = rawclient.Subscribe(v, id, "$share/g/kept/+", mqtt.SubscriptionOptions(q))
	case 5:
		b = packet.AppendPingreq(nil)
	case 6:
		types := []packet.Type{packet.PUBACK, packet.PUBREC, packet.PUBREL, packet.PUBCOMP}
		b, _ = packet.AppendAck(nil, v, types[random.IntN(4)], &packet.Ack{ID: id})
	case 7:
		b = rawclient.Connect(v, "again")
	}
	if random.IntN(3) == 0 {
		damage(random, b)
	}
	return b
}

// damage changes a byte or two.
func damage(random *rand.Rand, b []byte) {
	for range 1 + random.IntN(2) {
		b[random.IntN(len(b))] ^= 1 << random.IntN(8)
	}
}

// Connections that are cut in the middle of whatever they do, while others work.
func TestCutConnectionsUnderLoad(t *testing.T) {
	s := servertest.Start(t, servertest.Loops(2))
	publisher := s.Connect(t, mqtt.V50, "publisher")
	publisher.Publish("load/kept", string(make([]byte, 1<<20)), mqtt.AtLeastOnce, rawclient.Retain)
	good := s.Connect(t, mqtt.V50, "good")
	good.Subscribe("load/x", mqtt.ExactlyOnce)
	rounds := 300
	if raceDetector {
		rounds = 60
	}
	for i := range rounds {
		v := rawclient.Versions[i%3]
		cut := s.Dial(t)
		cut.Version = v
		b := rawclient.Connect(v, fmt.Sprint("cut", i%7), rawclient.Resume)
		b = append(b, rawclient.Subscribe(v, 1, "load/#", 2)...)
		half := make([]byte, 100<<10)
		b = append(b, rawclient.Publish(v, 2, "load/y", half, mqtt.ExactlyOnce)...)
		cut.Send(b[:len(b)-i%3*1000]) // whole, or half a packet
		if i%2 == 0 {
			rawclient.Expect[*packet.Connack](cut) // and leave the megabyte half read
		}
		text := fmt.Sprint(i)
		publisher.Publish("load/x", text, levels[i%3])
		if i%5 == 0 {
			_ = cut.Close()
		} else {
			cut.Cut()
		}
		good.ExpectMessage("load/x", text)
	}
	good.Quiet()
}

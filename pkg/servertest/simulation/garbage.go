// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package simulation

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/flashmq/flashmq/pkg/mqtt"
	"github.com/flashmq/flashmq/pkg/packet"
	"github.com/flashmq/flashmq/pkg/rawclient"
)

// litter is the work of bad Clients: none of it may be felt by the others. They have topics and
// Client Identifiers of their own, and clean Sessions.
func (w *world) litter(random *rand.Rand) {
	for i := 0; !w.resting.Load() && w.failures.Load() == 0; i++ {
		v := rawclient.Versions[random.IntN(3)]
		l := w.dial(random, v, false)
		if l == nil {
			return
		}
		id := fmt.Sprint("bad-", i)
		w.bad.Add(1)
		badness[random.IntN(len(badness))](l, random, id)
		time.Sleep(time.Duration(random.IntN(100)) * time.Millisecond)
		if random.IntN(2) == 0 {
			l.reset()
		}
		l.close()
	}
}

var badness = []func(l *link, random *rand.Rand, id string){
	func(l *link, random *rand.Rand, _ string) { // noise
		l.send(noise(random))
	},
	func(l *link, random *rand.Rand, id string) { // half a CONNECT
		b := rawclient.Connect(l.raw.Version, id, rawclient.Will("bad/will", "x"))
		l.send(b[:random.IntN(len(b))])
	},
	func(l *link, random *rand.Rand, id string) { // packets with wrong bytes in them
		l.send(rawclient.Connect(l.raw.Version, id))
		body := bytes.Repeat([]byte("x"), random.IntN(300)) // which begins no packet
		for range 20 {
			l.send(wrong(random, rawclient.Publish(l.raw.Version, 1, "bad/topic", body, 2)))
			l.send(wrong(random, rawclient.Subscribe(l.raw.Version, 2, "bad/+", 1)))
		}
	},
	func(l *link, random *rand.Rand, id string) { // wants everything, reads and answers nothing
		l.send(rawclient.Connect(l.raw.Version, id))
		l.frozen.Store(true)
		l.send(rawclient.Subscribe(l.raw.Version, 1, "#", 2))
		time.Sleep(time.Duration(random.IntN(300)) * time.Millisecond)
	},
	func(l *link, _ *rand.Rand, _ string) { // a very large packet
		l.send([]byte{0x10, 0xff, 0xff, 0xff, 0x7f, 0, 4, 'M', 'Q', 'T', 'T'})
	},
	func(l *link, _ *rand.Rand, id string) { // never releases, never stops
		l.send(rawclient.Connect(l.raw.Version, id))
		for n := range mqtt.PacketID(200) {
			l.send(rawclient.Publish(l.raw.Version, n+1, "bad/topic", nil, mqtt.ExactlyOnce))
		}
	},
	func(l *link, _ *rand.Rand, id string) { // acknowledges what it never got, connects twice
		l.send(rawclient.Connect(l.raw.Version, id))
		for _, t := range []packet.Type{packet.PUBACK, packet.PUBREC, packet.PUBREL,
			packet.PUBCOMP} {
			l.send(acknowledgement(l.raw.Version, t, 7))
		}
		l.send(rawclient.Connect(l.raw.Version, id))
	},
}

func noise(random *rand.Rand) []byte {
	b := make([]byte, 1+random.IntN(300))
	for i := range b {
		b[i] = byte(random.Uint32())
	}
	return b
}

// wrong changes a byte behind the first. Nothing gets retained by it.
func wrong(random *rand.Rand, b []byte) []byte {
	b[1+random.IntN(len(b)-1)] ^= 1 << random.IntN(8)
	return b
}

// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package wirecase

import (
	"bytes"
	"maps"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/flashmq/flashmq/pkg/buffer"
	"github.com/flashmq/flashmq/pkg/mqtt"
	"github.com/flashmq/flashmq/pkg/packet"
)

// There are enough cases, each has a name of its own, and says what is wanted and why.
func TestCases(t *testing.T) {
	const enough = 2500
	seen, count := map[string]bool{}, map[string]int{}
	for _, c := range All() {
		if seen[c.Name] {
			t.Errorf("two cases are called %s", c.Name)
		}
		if len(c.Want) == 0 || c.Clause == "" || c.Packet == "" || len(c.Wire) == 0 {
			t.Errorf("something is missing in %+v", c)
		}
		seen[c.Name] = true
		count[c.Packet]++
	}
	for _, name := range slices.Sorted(maps.Keys(count)) {
		t.Logf("%-12s %5d", name, count[name])
	}
	t.Logf("%-12s %5d", "all", len(seen))
	if len(seen) < enough {
		t.Errorf("%d cases, want %d", len(seen), enough)
	}
}

// Cases are the same every time.
func TestCasesStay(t *testing.T) {
	if d := cmp.Diff(All(), All()); d != "" {
		t.Errorf("two calls differ:\n%s", d)
	}
}

// Each CONNECT that may be accepted has a Client Identifier of its own.
func TestClientIdentifiers(t *testing.T) {
	if len(someID) != len("w0000000") {
		t.Fatal("the lengths differ")
	}
	owner := map[string]string{}
	for _, c := range All() {
		frame, ok := cut(c.Wire)
		var p packet.Connect
		d := packet.Decoder{}
		if !ok || frame.Type != packet.CONNECT || d.Connect(frame, &p) != nil ||
			len(p.ClientID) == 0 {
			continue
		}
		if other, taken := owner[string(p.ClientID)]; taken {
			t.Errorf("%s has the Client Identifier %q of %s", c.Name, p.ClientID, other)
		}
		owner[string(p.ClientID)] = c.Name
	}
	if len(owner) < 100 {
		t.Errorf("only %d good CONNECT packets", len(owner))
	}
}

func cut(wire []byte) (packet.Frame, bool) {
	var f packet.Framer
	frame, _, ok, err := f.Next(buffer.NewPool(0), wire)
	return frame, ok && err == nil
}

// No case, and no case with one byte changed, makes the decoders panic.
func TestDecodersDoNotPanic(t *testing.T) {
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	random := rand.New(rand.NewPCG(seed, 0))
	decoded := 0
	for _, c := range All() {
		decoded += decodeAll(c.Version, c.Wire)
		for range 8 {
			changed := bytes.Clone(c.Wire)
			changed[random.IntN(len(changed))] = byte(random.Uint32())
			for _, v := range []mqtt.Version{mqtt.V31, mqtt.V311, mqtt.V50} {
				decoded += decodeAll(v, changed)
			}
		}
	}
	if decoded < len(All()) {
		t.Errorf("only %d packets were good", decoded)
	}
}

// decodeAll cuts and decodes all packets in b and returns how many were good.
func decodeAll(v mqtt.Version, b []byte) (good int) {
	var f packet.Framer
	pool := buffer.NewPool(1 << 16)
	defer f.Release(pool)
	for {
		frame, rest, ok, err := f.Next(pool, b)
		if !ok || err != nil {
			return good
		}
		b = rest
		for _, server := range []bool{true, false} {
			d := &packet.Decoder{Version: v, Server: server, MaxString: 4096,
				MaxUserProperties: 50, MaxFilters: 100}
			if decode(d, frame) == nil {
				good++
			}
		}
	}
}

func decode(d *packet.Decoder, f packet.Frame) error {
	switch f.Type {
	case packet.CONNECT:
		return d.Connect(f, new(packet.Connect))
	case packet.CONNACK:
		return d.Connack(f, new(packet.Connack))
	case packet.PUBLISH:
		return d.Publish(f, new(packet.Publish))
	case packet.PUBACK, packet.PUBREC, packet.PUBREL, packet.PUBCOMP:
		return d.Ack(f, new(packet.Ack))
	case packet.SUBSCRIBE:
		return d.Subscribe(f, new(packet.Subscribe))
	case packet.SUBACK:
		return d.Suback(f, new(packet.Suback))
	case packet.UNSUBSCRIBE:
		return d.Unsubscribe(f, new(packet.Unsubscribe))
	case packet.UNSUBACK:
		return d.Unsuback(f, new(packet.Unsuback))
	case packet.DISCONNECT:
		return d.Disconnect(f, new(packet.Disconnect))
	case packet.AUTH:
		return d.Auth(f, new(packet.Auth))
	}
	return packet.Empty(f)
}

// The steps to each state are good packets.
func TestSteps(t *testing.T) {
	for _, v := range []mqtt.Version{mqtt.V31, mqtt.V311, mqtt.V50} {
		for state := range State(statesCount) {
			if v != mqtt.V50 && (state == Aliased || state == Expiring) {
				continue
			}
			steps := state.Steps(v, "client")
			if (len(steps) == 0) != (state == Fresh) {
				t.Errorf("%d steps to %v", len(steps), state)
			}
			for i, step := range steps {
				if decodeAll(v, step.Send) == 0 {
					t.Errorf("step %d to %v is no packet: % x", i, state, step.Send)
				}
			}
		}
	}
}

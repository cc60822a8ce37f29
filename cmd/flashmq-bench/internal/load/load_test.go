// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package load

import (
	"bytes"
	"math/rand/v2"
	"testing"

	"github.com/flashmq/flashmq/pkg/mqtt"
	"github.com/flashmq/flashmq/pkg/packet"
)

// slowTrack remembers every number it saw.
type slowTrack struct {
	seen                        map[uint32]bool
	highest                     int64
	duplicates, reordered, gaps int64
}

func (s *slowTrack) see(n uint32) {
	switch {
	case s.seen[n]:
		s.duplicates++
	case int64(n) > s.highest:
		s.gaps += int64(n) - s.highest - 1
		s.highest = int64(n)
	default:
		s.reordered++
		s.gaps--
	}
	s.seen[n] = true
}

// The track of a subscriber sees what one that remembers everything sees, as long as messages are
// no more than 64 late.
func TestTrackAgainstSlowOne(t *testing.T) {
	t.Parallel()
	for seed := range uint64(200) {
		random := rand.New(rand.NewPCG(seed, 7))
		slow := slowTrack{seen: map[uint32]bool{}, highest: -1}
		var quick track
		var count counts
		next := uint32(0)
		for range 300 {
			n := next
			switch random.IntN(10) {
			case 0: // some are lost
				next += random.Uint32N(70)
				n = next
			case 1, 2: // one comes late, or again
				if next > 0 {
					n = next - 1 - min(next-1, random.Uint32N(60))
				}
			}
			if n == next {
				next++
			}
			slow.see(n)
			quick.see(n, false, &count)
			if slow.duplicates != count.duplicates || slow.reordered != count.reordered ||
				slow.gaps != count.gaps {
				t.Fatalf("seed %d, after %d: %d duplicate, %d reordered, %d missing; "+
					"want %d, %d, %d", seed, n, count.duplicates, count.reordered, count.gaps,
					slow.duplicates, slow.reordered, slow.gaps)
			}
		}
	}
}

// In a share each member sees only some numbers.
func TestTrackOfShare(t *testing.T) {
	t.Parallel()
	var tr track
	var count counts
	for _, n := range []uint32{0, 5, 7, 6, 7, 100} {
		tr.see(n, true, &count)
	}
	if count.gaps != 0 || count.reordered != 1 || count.duplicates != 1 {
		t.Errorf("%+v", count)
	}
}

func TestTemplate(t *testing.T) {
	t.Parallel()
	for _, version := range []mqtt.Version{mqtt.V311, mqtt.V50} {
		for qos := range mqtt.QoS(3) {
			for _, size := range []int{StampSize, 200, 70000} {
				o := Options{Version: version, QoS: qos, Size: size}
				tm, err := newTemplate(&o, "a/b", false)
				if err != nil {
					t.Fatal(err)
				}
				b := tm.stamp([]byte("before"), 0x1234, 7, 8, 9)
				checkPublish(t, b[len("before"):], o)
			}
		}
	}
	if _, err := newTemplate(&Options{Version: mqtt.V311, Size: 1 << 28}, "a", false); err == nil {
		t.Error("a PUBLISH larger than the format allows")
	}
}

func checkPublish(t *testing.T, b []byte, o Options) {
	t.Helper()
	var framer packet.Framer
	frame, rest, ok, err := framer.Next(nil, b)
	if err != nil || !ok || len(rest) > 0 {
		t.Fatalf("%v, %v, %d bytes left", err, ok, len(rest))
	}
	var p packet.Publish
	if err := (&packet.Decoder{Version: o.Version}).Publish(frame, &p); err != nil {
		t.Fatal(err)
	}
	id := mqtt.PacketID(0x1234)
	if o.QoS == 0 {
		id = 0
	}
	stamp := []byte{7, 0, 0, 0, 8, 0, 0, 0, 9, 0, 0, 0, 0, 0, 0, 0}
	if string(p.Topic) != "a/b" || p.QoS != o.QoS || p.ID != id || len(p.Payload) != o.Size ||
		!bytes.HasPrefix(p.Payload, stamp) {
		t.Errorf("%v QoS %d: topic %q, ID %d, %d bytes that begin with %v", o.Version, p.QoS,
			p.Topic, p.ID, len(p.Payload), p.Payload[:StampSize])
	}
}

func TestLongLength(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		b           []byte
		length, end int
	}{
		{nil, 0, 0}, {[]byte{0}, 0, 1}, {[]byte{127, 9}, 127, 1}, {[]byte{0x80, 1}, 128, 2},
		{[]byte{0x80}, 0, 0}, {[]byte{0xFF, 0xFF, 0xFF}, 0, 0},
		{[]byte{0xFF, 0xFF, 0xFF, 0x7F}, 268435455, 4},
		{[]byte{0xFF, 0xFF, 0xFF, 0xFF, 1}, 268435455, 4},
	} {
		if length, end := longLength(test.b, 0); length != test.length || end != test.end {
			t.Errorf("%v: %d, %d, want %d, %d", test.b, length, end, test.length, test.end)
		}
	}
}

// What is due at a fixed rate is counted from the first message on, at its instant.
func TestPace(t *testing.T) {
	t.Parallel()
	p := pace{from: 1000, step: 100}
	for now, want := range map[int64]int64{1000: 1, 1099: 1, 1100: 2, 2000: 11} {
		if got := p.due(now); got != want {
			t.Errorf("at %d: %d, want %d", now, got, want)
		}
	}
}

func TestRefusals(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		version mqtt.Version
		code    byte
		want    string
	}{
		{mqtt.V311, 5, "the broker refuses: not authorized"},
		{mqtt.V311, 77, "the broker refuses with return code 77"},
		{mqtt.V50, 0x87, "the broker refuses: not authorized (0x87)"},
	} {
		if got := refusal(test.version, test.code).Error(); got != test.want {
			t.Errorf("%q, want %q", got, test.want)
		}
	}
}

// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package packet

import (
	"bytes"
	"math/rand/v2"
	"testing"
	"unsafe"

	"github.com/flashmq/flashmq/pkg/buffer"
	"github.com/flashmq/flashmq/pkg/mqtt"
)

// stream is all samples one after the other, and each of them.
func stream(t testing.TB) (all []byte, each [][]byte) {
	t.Helper()
	for _, s := range samples() {
		b := s.wire(t)
		each = append(each, b)
		all = append(all, b...)
	}
	return all, each
}

// feed hands pieces to f as a connection does, and returns copies of the packets cut.
func feed(t testing.TB, f *Framer, pool *buffer.Pool, pieces ...[]byte) (got [][]byte) {
	t.Helper()
	for _, piece := range pieces {
		rest := bytes.Clone(piece)
		whole := rest
		for {
			frame, left, ok, err := f.Next(pool, rest)
			if err != nil {
				t.Fatal(err)
			}
			if !ok {
				if left != nil {
					t.Fatalf("no packet, yet a rest of %d bytes", len(left))
				}
				break
			}
			if !bytes.Equal(frame.Body(), frame.Raw[len(frame.Raw)-len(frame.Body()):]) {
				t.Fatalf("body % x of % x", frame.Body(), frame.Raw)
			}
			got = append(got, bytes.Clone(frame.Raw))
			rest = left
		}
		// What was read is overwritten once it was handed over.
		for i := range whole {
			whole[i] = 0xA5
		}
	}
	return got
}

func same(t testing.TB, got, want [][]byte) {
	t.Helper()
	if len(got) != len(want) {
		t.Fatalf("%d packets, want %d", len(got), len(want))
	}
	for i := range want {
		if !bytes.Equal(got[i], want[i]) {
			t.Fatalf("packet %d: % x, want % x", i, got[i], want[i])
		}
	}
}

func TestFramerSize(t *testing.T) {
	if n := unsafe.Sizeof(Framer{}); n > 40 {
		t.Errorf("a Framer takes %d bytes", n)
	}
}

// A stream of all packets is cut the same wherever it is split in two.
func TestFramerSplits(t *testing.T) {
	all, each := stream(t)
	pool := buffer.NewPool(1 << 20)
	for i := range len(all) + 1 {
		var f Framer
		same(t, feed(t, &f, pool, all[:i], all[i:]), each)
		if f.Buffered() != 0 {
			t.Fatalf("split at %d: %d bytes kept", i, f.Buffered())
		}
	}
}

// Pieces of every size, one byte each and all at once included.
func TestFramerPieces(t *testing.T) {
	all, each := stream(t)
	pool := buffer.NewPool(1 << 20)
	for size := 1; size <= len(all); size = size*3/2 + 1 {
		var f Framer
		var pieces [][]byte
		for rest := all; len(rest) > 0; {
			n := min(size, len(rest))
			pieces, rest = append(pieces, rest[:n]), rest[n:]
		}
		same(t, feed(t, &f, pool, pieces...), each)
	}
}

func TestFramerRandomPieces(t *testing.T) {
	all, each := stream(t)
	pool := buffer.NewPool(1 << 20)
	random := rand.New(rand.NewPCG(3, 4))
	for range 300 {
		var f Framer
		var pieces [][]byte
		for rest := all; len(rest) > 0; {
			n := min(random.IntN(60), len(rest))
			pieces, rest = append(pieces, rest[:n]), rest[n:]
		}
		same(t, feed(t, &f, pool, pieces...), each)
	}
}

// Whole packets are not copied.
func TestFramerBorrows(t *testing.T) {
	in := wire(t, 0x30, "s'a' 31")
	in = append(in, in...)
	var f Framer
	frame, rest, ok, err := f.Next(buffer.NewPool(0), in)
	if !ok || err != nil || &frame.Raw[0] != &in[0] || &rest[0] != &in[6] || f.Buffered() != 0 {
		t.Errorf("frame %+v, rest % x, %v, %v", frame, rest, ok, err)
	}
	if cap(frame.Raw) != len(frame.Raw) || cap(frame.Body()) != len(frame.Body()) {
		t.Error("append to the frame would change the packet after it")
	}
}

// A packet of 3 MiB in small pieces costs at most twice the bytes that have arrived.
func TestFramerGrowsByBytesReceived(t *testing.T) {
	payload := bytes.Repeat([]byte("0123456789abcdef"), 3<<16)
	whole, err := AppendPublish(nil, mqtt.V311, &Publish{Topic: ascii("big"), Payload: payload})
	if err != nil {
		t.Fatal(err)
	}
	pool := buffer.NewPool(0)
	var f Framer
	received := 0
	for rest := whole; ; {
		n := min(1000, len(rest))
		received += n
		frame, left, ok, err := f.Next(pool, rest[:n])
		rest = rest[n:]
		if err != nil {
			t.Fatal(err)
		}
		if room := cap(f.kept); room > 2*max(received, 512) {
			t.Fatalf("%d bytes of memory for %d received", room, received)
		}
		if f.Buffered() != received {
			t.Fatalf("%d bytes kept, %d received", f.Buffered(), received)
		}
		if ok {
			if !bytes.Equal(frame.Raw, whole) || len(left) != 0 || len(rest) != 0 {
				t.Error("not the packet that was sent")
			}
			break
		}
	}
	if _, _, ok, err := f.Next(pool, nil); ok || err != nil || f.kept != nil {
		t.Errorf("%v, %v, %d bytes kept after the packet", ok, err, f.Buffered())
	}
}

// A length alone costs nothing.
func TestFramerDoesNotBelieveTheLength(t *testing.T) {
	var f Framer
	in := []byte{0x30, 0xFF, 0xFF, 0xFF, 0x7F}
	if _, _, ok, err := f.Next(buffer.NewPool(0), in); ok || err != nil {
		t.Fatal(ok, err)
	}
	if cap(f.kept) > 512 {
		t.Errorf("%d bytes kept for five", cap(f.kept))
	}
}

// The kept bytes are back in the Pool as soon as their packet is done with.
func TestFramerGivesBack(t *testing.T) {
	pool := buffer.NewPool(1 << 20)
	var f Framer
	whole := wire(t, 0x30, "s'a' 31")
	for range 3 {
		got := feed(t, &f, pool, whole[:3], append(bytes.Clone(whole[3:]), whole...))
		if len(got) != 2 {
			t.Fatalf("%d packets", len(got))
		}
		if pool.Held() != 512 || f.kept != nil {
			t.Errorf("%d bytes in the pool, %d kept", pool.Held(), f.Buffered())
		}
	}
	feed(t, &f, pool, whole[:3])
	if pool.Held() != 0 || f.Buffered() != 3 {
		t.Errorf("%d bytes in the pool, %d kept", pool.Held(), f.Buffered())
	}
	f.Release(pool)
	f.Release(pool)
	if pool.Held() != 512 || f.Buffered() != 0 {
		t.Errorf("%d bytes in the pool, %d kept after Release", pool.Held(), f.Buffered())
	}
	same(t, feed(t, &f, pool, whole), [][]byte{whole})
}

// A buffer that became too small goes back to the Pool when a larger one takes its place.
func TestFramerGivesBackWhenGrowing(t *testing.T) {
	pool := buffer.NewPool(1 << 20)
	var f Framer
	for _, piece := range [][]byte{{0x30, 0xFF, 0x7F}, make([]byte, 600), make([]byte, 600)} {
		if _, _, ok, err := f.Next(pool, piece); ok || err != nil {
			t.Fatal(ok, err)
		}
	}
	if pool.Held() != 512+1024 {
		t.Errorf("%d bytes in the pool, want 512 and 1024", pool.Held())
	}
}

// Errors come with the byte that shows them, whether bytes arrive one by one or together.
func TestFramerErrors(t *testing.T) {
	tests := []struct {
		name string
		max  uint32
		in   string // the last byte shows the error
		code mqtt.ReasonCode
	}{
		{"type 0", 0, "00", 0x81},
		{"PINGREQ with flags", 0, "c1", 0x81},
		{"SUBSCRIBE without flag", 0, "80", 0x81},
		{"PUBREL without flag", 0, "60", 0x81},
		{"QoS 3", 0, "36", 0x81},
		{"length of five bytes", 0, "30 80808080", 0x81},
		{"length of two bytes not minimal", 0, "30 8000", 0x81},
		{"length of four bytes not minimal", 0, "30 ffffff00", 0x81},
		{"one above Max", 12, "30 0b", 0x95},
		{"one above Max, long", 130, "30 8001", 0x95},
		{"far above Max", 1 << 20, "30 ffffff7f", 0x95},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			in := unhex(t, tt.in)
			pool := buffer.NewPool(0)
			f := Framer{Max: tt.max}
			if _, _, _, err := f.Next(pool, append(in, 0xFF)); codeOf(t, err) != tt.code {
				t.Errorf("together: %v", err)
			}
			f = Framer{Max: tt.max}
			for i, c := range in {
				_, _, ok, err := f.Next(pool, []byte{c})
				if last := i == len(in)-1; ok || last != (err != nil) {
					t.Fatalf("byte %d: %v, %v", i, ok, err)
				}
				if err != nil && codeOf(t, err) != tt.code {
					t.Errorf("one by one: %v", err)
				}
			}
		})
	}
}

// A packet of exactly Max bytes is accepted, at every length of the length.
func TestFramerMax(t *testing.T) {
	for _, n := range []int{3, 4, 127, 128, 16_383, 16_384, 2_097_151, 2_097_152} {
		p := Publish{Topic: ascii("t"), Payload: make([]byte, n-3)} // Remaining Length n
		b, err := AppendPublish(nil, mqtt.V311, &p)
		if err != nil {
			t.Fatal(err)
		}
		pool := buffer.NewPool(0)
		f := Framer{Max: uint32(len(b))}
		if _, _, ok, err := f.Next(pool, b); !ok || err != nil {
			t.Errorf("%d bytes: %v, %v", len(b), ok, err)
		}
		f.Max--
		if _, _, _, err := f.Next(pool, b); !codeIs(err, mqtt.PacketTooLarge) {
			t.Errorf("%d bytes, one too many: %v", len(b), err)
		}
	}
}

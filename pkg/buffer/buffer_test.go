// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package buffer

import (
	"bytes"
	"math/rand/v2"
	"testing"
	"unsafe"
)

func TestPoolSizes(t *testing.T) {
	tests := []struct {
		name string
		n    int
		want int
	}{
		{"nothing", 0, 512},
		{"smallest class", 512, 512},
		{"one more", 513, 1024},
		{"power of two", 4096, 4096},
		{"largest class", 1 << 20, 1 << 20},
		{"beyond the classes", 1<<20 + 1, 1<<20 + 1},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if b := NewPool(0).Get(tt.n); len(b) != 0 || cap(b) < tt.want {
				t.Errorf("Get(%d): len %d cap %d, want 0 and %d", tt.n, len(b), cap(b), tt.want)
			}
		})
	}
}

func TestPoolKeepsNoMoreThanItsLimit(t *testing.T) {
	p := NewPool(2048)
	for range 10 {
		p.Put(make([]byte, 0, 1024))
	}
	if p.Held() != 2048 {
		t.Errorf("held %d bytes, want 2048", p.Held())
	}
	p.Get(1024)
	if p.Held() != 1024 {
		t.Errorf("held %d bytes after Get, want 1024", p.Held())
	}
}

func TestOutIsSmall(t *testing.T) {
	if s := unsafe.Sizeof(Out{}); s > 48 {
		t.Errorf("Out takes %d bytes; every idle connection pays that", s)
	}
}

// TestOutAgainstOneSlice drives an Out with random operations beside a plain slice of bytes.
func TestOutAgainstOneSlice(t *testing.T) {
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	rng := rand.New(rand.NewPCG(seed, 1))
	p := NewPool(1 << 20)
	var o Out
	var want []byte
	next := byte(0)
	fill := func(n int) []byte {
		b := make([]byte, n)
		for i := range b {
			next++
			b[i] = next
		}
		return b
	}
	for range 20000 {
		switch rng.IntN(5) {
		case 0, 1:
			b := fill(rng.IntN(3000))
			o.Append(p, b)
			want = append(want, b...)
		case 2:
			b := fill(rng.IntN(500))
			o.Commit(append(o.Reserve(p, len(b)), b...))
			want = append(want, b...)
		case 3:
			b := fill(rng.IntN(100_000) * rng.IntN(2))
			o.AppendShared(p, b)
			want = append(want, b...)
		case 4:
			n := rng.IntN(len(want) + 1)
			if rng.IntN(4) == 0 {
				n = len(want)
			}
			got := bytes.Join(o.Chunks(nil, 1<<30), nil)
			if !bytes.Equal(got, want) {
				t.Fatalf("pending bytes differ: got %d, want %d bytes", len(got), len(want))
			}
			o.Consume(p, n)
			want = want[n:]
		}
		if o.Len() != len(want) {
			t.Fatalf("Len is %d, want %d", o.Len(), len(want))
		}
	}
	o.Reset(p)
	if o.Len() != 0 || o.buf != nil || o.chain != nil {
		t.Error("a drained Out must own nothing")
	}
}

func TestOutChunksLimit(t *testing.T) {
	p := NewPool(0)
	var o Out
	for range 5 {
		o.AppendShared(p, make([]byte, 10))
	}
	if got := len(o.Chunks(nil, 3)); got != 3 {
		t.Errorf("%d chunks, want 3", got)
	}
}

func TestAppendDoesNotAllocate(t *testing.T) {
	p := NewPool(1 << 20)
	var o Out
	b := make([]byte, 83)
	o.Append(p, b)
	o.Reset(p)
	if n := testing.AllocsPerRun(1000, func() {
		for range 10 {
			o.Append(p, b)
		}
		o.Consume(p, 830)
	}); n != 0 {
		t.Errorf("%v allocations per burst, want none", n)
	}
}

func BenchmarkAppend(b *testing.B) {
	p := NewPool(1 << 20)
	var o Out
	msg := make([]byte, 83)
	for i := 0; b.Loop(); i++ {
		o.Append(p, msg)
		if i&15 == 15 {
			o.Consume(p, o.Len())
		}
	}
}

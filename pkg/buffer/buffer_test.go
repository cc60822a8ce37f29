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
	var o, from Out
	var want, taken []byte
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
		switch rng.IntN(8) {
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
			chunks := o.Chunks(nil, 1<<30)
			if got := bytes.Join(chunks, nil); !bytes.Equal(got, want) {
				t.Fatalf("pending bytes differ: got %d, want %d bytes", len(got), len(want))
			}
			for _, b := range chunks {
				if len(b) == 0 {
					t.Fatal("an empty chunk")
				}
			}
			o.Consume(p, n)
			want = want[n:]
		case 5:
			b := fill(rng.IntN(6000))
			from.Append(p, b)
			taken = append(taken, b...)
		case 6:
			b := fill(rng.IntN(5000))
			from.AppendShared(p, b)
			n := rng.IntN(from.Len() + 1)
			from.Consume(p, n)
			taken = append(taken, b...)[n:]
		case 7:
			o.Take(p, &from)
			want, taken = append(want, taken...), nil
			if from.Len() != 0 || from.buf != nil || from.chain != nil {
				t.Fatal("what was taken from must own nothing")
			}
		}
		if o.Len() != len(want) || from.Len() != len(taken) {
			t.Fatalf("Len is %d and %d, want %d and %d", o.Len(), from.Len(), len(want),
				len(taken))
		}
	}
	o.Reset(p)
	from.Reset(p)
	if p.Lent() != 0 {
		t.Errorf("%d buffers were not given back", p.Lent())
	}
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

// Whatever is in the way, what was taken is the same bytes; up to maxCopied they are copied.
func TestTake(t *testing.T) {
	tests := []struct {
		name         string
		into, n      int
		shared, read int // bytes by reference before the n, bytes read already
		moved        bool
	}{
		{"nothing", 5, 0, 0, 0, false},
		{"nothing into nothing", 0, 0, 0, 0, false},
		{"a small packet", 5, 83, 0, 0, false},
		{"the rest of a small packet", 5, 83, 0, 80, false},
		{"a small packet into nothing", 0, 83, 0, 0, false},
		{"the most that is copied", 5, maxCopied, 0, 0, false},
		{"one more", 5, maxCopied + 1, 0, 0, true},
		{"one more into nothing", 0, maxCopied + 1, 0, 0, true},
		{"the rest of what is large", 5, maxCopied + 10, 0, 9, true},
		{"little by reference", 5, 10, 10, 3, false},
		{"much by reference", 5, 10, maxCopied, 3, true},
		{"much by reference and nothing else", 5, 0, maxCopied + 1, 0, true},
		{"all that was by reference is read", 5, maxCopied + 1, 10, 10, true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			p := NewPool(1 << 20)
			var o, from Out
			o.Commit(o.Reserve(p, 1)) // an empty buffer, when nothing follows
			o.Append(p, bytes.Repeat([]byte("o"), tt.into))
			shared := bytes.Repeat([]byte("s"), tt.shared)
			from.AppendShared(p, shared)
			from.Append(p, bytes.Repeat([]byte("f"), tt.n))
			from.Consume(p, tt.read)
			want := append(pending(&o), pending(&from)...)
			lent := from.Chunks(nil, 1<<30)
			o.Take(p, &from)
			if got := pending(&o); !bytes.Equal(got, want) {
				t.Errorf("%d bytes pending, want %d, or others", len(got), len(want))
			}
			if from.Len() != 0 || from.buf != nil || from.chain != nil {
				t.Error("what was taken from must own nothing")
			}
			now := o.Chunks(nil, 1<<30)
			if len(lent) > 0 && tt.moved != (&now[len(now)-1][0] == &lent[len(lent)-1][0]) {
				t.Errorf("moved is %v, want %v", !tt.moved, tt.moved)
			}
			o.Append(p, []byte("more"))
			if got := pending(&o); !bytes.Equal(got, append(want, "more"...)) {
				t.Error("cannot be appended to")
			}
			o.Reset(p)
			if p.Lent() != 0 {
				t.Errorf("%d buffers were not given back", p.Lent())
			}
		})
	}
}

func pending(o *Out) []byte { return bytes.Join(o.Chunks(nil, 1<<30), nil) }

func TestTakeOfLittleDoesNotAllocate(t *testing.T) {
	p := NewPool(1 << 20)
	var o, from Out
	b := make([]byte, 300)
	once := func() {
		for range 3 {
			from.Append(p, b)
			o.Take(p, &from)
		}
		o.Reset(p)
	}
	once()
	if n := testing.AllocsPerRun(1000, once); n != 0 {
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

// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package buffer

import "math/bits"

// Ours.
const (
	// minClass and maxClass are the exponents of the smallest and the largest pooled slice.
	minClass = 9  // 512 bytes: a short burst of small packets
	maxClass = 20 // 1 MiB: larger ones are rare and better left to the collector
)

// Pool keeps byte slices for reuse by one loop. Not safe for concurrent use.
type Pool struct {
	free  [maxClass + 1][][]byte
	held  int
	lent  int
	limit int
}

// NewPool returns a Pool that keeps at most limit bytes on its free lists.
func NewPool(limit int) *Pool { return &Pool{limit: limit} }

// class is the exponent of the smallest power of two that holds n bytes.
func class(n int) int {
	if n <= 1<<minClass {
		return minClass
	}
	return bits.Len(uint(n - 1))
}

// Get returns an empty slice with room for at least n bytes. The caller owns it until Put.
func (p *Pool) Get(n int) []byte {
	p.lent++
	c := class(n)
	if c > maxClass {
		return make([]byte, 0, n)
	}
	list := p.free[c]
	if len(list) == 0 {
		return make([]byte, 0, 1<<c)
	}
	b := list[len(list)-1]
	list[len(list)-1] = nil
	p.free[c] = list[:len(list)-1]
	p.held -= 1 << c
	return b
}

// Put takes back a slice that came from Get; any re-slice of it that still begins at its first
// byte will do. The caller must not touch it afterwards.
func (p *Pool) Put(b []byte) {
	p.lent--
	size := cap(b)
	Scribble(b[:size])
	c := class(size)
	if c > maxClass || size != 1<<c || p.held+size > p.limit {
		return
	}
	p.free[c] = append(p.free[c], b[:0])
	p.held += size
}

// Lent is the number of slices handed out and not given back.
func (p *Pool) Lent() int { return p.lent }

// Held is the number of bytes on the free lists.
func (p *Pool) Held() int { return p.held }

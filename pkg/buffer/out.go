// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package buffer

// Ours.
const (
	// firstChunk is the first buffer an empty Out takes: some ten small packets.
	firstChunk = 1 << 10
	// maxChunk is the size up to which a buffer grows by copying; beyond it chunks are chained.
	maxChunk = 64 << 10
	// maxCopied is up to how many bytes Take copies: as long as that is cheaper than a chain, which
	// costs two allocations, and a writev in the place of a write.
	maxCopied = 8 << 10
)

// Out is the output of one connection that has not been written yet, in order. The zero value is
// empty and owns nothing; so does an Out whose last byte was consumed.
//
// Invariant: the bytes of chain come before those of buf[off:].
// Invariant: pending = len(buf)-off plus the unread bytes of chain.
type Out struct {
	buf   []byte // owned by the Pool handed to each call
	off   int32  // bytes at the start of buf that are not pending: they were written
	total int64  // bytes pending in chain
	chain *chain
}

// chain holds what does not fit one buffer: full buffers, and large payloads by reference.
type chain struct {
	chunks []chunk
	first  int // index of the first chunk not yet written
}

type chunk struct {
	b      []byte // unread part
	origin []byte // what goes back to the Pool; nil for shared bytes
}

// Len is the number of bytes pending.
func (o *Out) Len() int { return len(o.buf) - int(o.off) + int(o.total) }

// Append adds a copy of b.
func (o *Out) Append(p *Pool, b []byte) {
	if len(b) > cap(o.buf)-len(o.buf) {
		o.grow(p, len(b))
	}
	o.buf = append(o.buf, b...)
}

// Reserve returns the tail buffer with room for at least n more bytes, for append-style encoders.
// Commit must take back what they return before any other call. No bytes beyond n may be added.
func (o *Out) Reserve(p *Pool, n int) []byte {
	if n > cap(o.buf)-len(o.buf) {
		o.grow(p, n)
	}
	return o.buf
}

// Commit takes back the slice of Reserve, grown by what was appended to it.
func (o *Out) Commit(b []byte) { o.buf = b }

// grow makes room for n more bytes in buf: a larger buffer while it is small, a chained one after.
func (o *Out) grow(p *Pool, n int) {
	if cap(o.buf) == 0 {
		o.buf = p.Get(max(n, firstChunk))
		return
	}
	pending := len(o.buf) - int(o.off)
	if pending+n <= maxChunk {
		b := p.Get(max(pending+n, min(4*cap(o.buf), maxChunk)))
		b = append(b, o.buf[o.off:]...)
		p.Put(o.buf)
		o.buf, o.off = b, 0
		return
	}
	o.seal(p)
	o.buf = p.Get(max(n, maxChunk))
}

// seal moves what is in buf to the end of the chain, so that something else may follow it.
func (o *Out) seal(p *Pool) {
	if o.chain == nil {
		o.chain = &chain{}
	}
	if pending := o.buf[o.off:]; len(pending) > 0 {
		o.chain.chunks = append(o.chain.chunks, chunk{b: pending, origin: o.buf})
		o.total += int64(len(pending))
	} else if cap(o.buf) > 0 {
		p.Put(o.buf)
	}
	o.buf, o.off = nil, 0
}

// AppendShared adds b by reference: it must stay unchanged for ever (a Message's payload).
func (o *Out) AppendShared(p *Pool, b []byte) {
	if len(b) == 0 {
		return
	}
	o.seal(p)
	o.chain.chunks = append(o.chain.chunks, chunk{b: b})
	o.total += int64(len(b))
}

// Take moves all that is pending in from, which is not o, to the end of o. A few bytes are copied;
// more change hands with the buffers they are in. from is left empty and owns nothing.
func (o *Out) Take(p *Pool, from *Out) {
	switch n := from.Len(); {
	case n > maxCopied && o.Len() > 0:
		o.seal(p)
		if from.chain != nil {
			o.chain.chunks = append(o.chain.chunks, from.chain.chunks[from.chain.first:]...)
			o.total += from.total
		}
		o.buf, o.off = from.buf, from.off
		*from = Out{}
	case n > maxCopied:
		o.Reset(p)
		*o, *from = *from, Out{}
	default:
		if from.chain != nil {
			for _, c := range from.chain.chunks[from.chain.first:] {
				o.Append(p, c.b)
			}
		}
		o.Append(p, from.buf[from.off:])
		from.Reset(p)
	}
}

// Chunks appends the pending bytes to dst, in order, as at most limit slices. They are borrowed
// until the next call that changes o.
func (o *Out) Chunks(dst [][]byte, limit int) [][]byte {
	if o.chain != nil {
		for _, c := range o.chain.chunks[o.chain.first:] {
			if len(dst) == limit {
				return dst
			}
			dst = append(dst, c.b)
		}
	}
	if len(dst) < limit && len(o.buf) > int(o.off) {
		dst = append(dst, o.buf[o.off:])
	}
	return dst
}

// Single returns the pending bytes when one slice holds them all, which is the usual case.
func (o *Out) Single() ([]byte, bool) { return o.buf[o.off:], o.chain == nil }

// Consume forgets the first n bytes because they were written. Buffers go back to p as they drain.
func (o *Out) Consume(p *Pool, n int) {
	if o.chain != nil {
		n = o.consumeChain(p, n)
	}
	o.off += int32(n)
	if int(o.off) == len(o.buf) && cap(o.buf) > 0 {
		p.Put(o.buf)
		o.buf, o.off = nil, 0
	}
}

// consumeChain consumes up to n bytes of the chain and returns what is left of n.
func (o *Out) consumeChain(p *Pool, n int) int {
	ch := o.chain
	for ch.first < len(ch.chunks) {
		c := &ch.chunks[ch.first]
		if n < len(c.b) {
			c.b = c.b[n:]
			o.total -= int64(n)
			return 0
		}
		n -= len(c.b)
		o.total -= int64(len(c.b))
		if c.origin != nil {
			p.Put(c.origin)
		}
		*c = chunk{}
		ch.first++
	}
	o.chain = nil
	return n
}

// Reset throws away everything pending.
func (o *Out) Reset(p *Pool) { o.Consume(p, o.Len()) }

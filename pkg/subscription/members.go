// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package subscription

import (
	"sync/atomic"

	"github.com/flashmq/flashmq/pkg/mqtt"
)

// Ours.
const (
	// chunkBits makes chunks of 512 members, 12 KiB. Adding one never copies more than a chunk,
	// or the list of chunks: 48 KiB for a million members.
	chunkBits = 9
	chunkSize = 1 << chunkBits
)

// Member is one subscriber of one filter, as a delivering loop wants to see it: 24 bytes, beside
// its like.
type Member[S any] struct {
	Subscriber S
	Identifier uint32
	Options    mqtt.SubscriptionOptions
	handle     *Handle[S]
}

// Members are all members of one filter in one shard. Any loop may hold one and read its Shard;
// the rest is for that shard's loop. One that was emptied and left the index while mail about it
// was under way is harmless: it has no members.
type Members[S any] struct {
	// Shard never changes.
	Shard int32
	count uint32
	// next leads to the same filter's members in another shard; written under the index's mutex.
	next atomic.Pointer[Members[S]]
	// single is where the member is while there has never been more than one.
	single [1]Member[S]
	// chunks, once made, hold the members: all but the last are full, except that one empty
	// chunk may follow.
	chunks *[][]Member[S]
}

// Len is the number of members.
func (m *Members[S]) Len() int { return int(m.count) }

// Chunk returns the i-th stretch of members, nil behind the last one:
//
//	for i := 0; ; i++ {
//		chunk := m.Chunk(i)
//		if chunk == nil {
//			break
//		}
//		for j := range chunk { ... &chunk[j] ... }
//	}
//
// The slice is borrowed until a member is added or removed: whoever unsubscribes in the middle
// of such a walk puts that off to its end.
func (m *Members[S]) Chunk(i int) []Member[S] {
	if i<<chunkBits >= int(m.count) {
		return nil
	}
	if m.chunks == nil {
		return m.single[:]
	}
	return (*m.chunks)[i]
}

// At returns the member at a position below Len, borrowed like a Chunk.
func (m *Members[S]) At(position int) *Member[S] {
	if m.chunks == nil {
		return &m.single[position]
	}
	return &(*m.chunks)[position>>chunkBits][position&(chunkSize-1)]
}

// add appends a member and tells its handle the position.
func (m *Members[S]) add(member Member[S]) {
	member.handle.members = m
	member.handle.position = m.count
	if m.count == 0 && m.chunks == nil {
		m.single[0] = member
		m.count = 1
		return
	}
	if m.chunks == nil {
		m.chunks = &[][]Member[S]{append(make([]Member[S], 0, 2), m.single[0])}
		m.single[0] = Member[S]{}
	}
	i := int(m.count >> chunkBits)
	if i == len(*m.chunks) {
		*m.chunks = append(*m.chunks, make([]Member[S], 0, chunkSize))
	}
	chunk := &(*m.chunks)[i]
	*chunk = append(*chunk, member)
	m.count++
}

// remove takes out the member at a position; the last one moves there.
func (m *Members[S]) remove(position uint32) {
	m.swap(position, m.count-1)
	last := m.At(int(m.count - 1))
	last.handle.members = nil
	*last = Member[S]{}
	m.count--
	if m.chunks != nil {
		m.shrink()
	}
}

// shrink cuts the last chunk off its end; it keeps one empty chunk, so that coming and going at
// the edge of a chunk costs nothing, and gives back room where most is unused.
func (m *Members[S]) shrink() {
	i := int(m.count >> chunkBits)
	chunks := *m.chunks
	chunks[i] = chunks[i][:m.count&(chunkSize-1)]
	for len(chunks) > i+1 && len(chunks) > 1 {
		chunks[len(chunks)-1] = nil
		chunks = chunks[:len(chunks)-1]
	}
	if n := len(chunks[0]); i == 0 && n >= 1 && n <= cap(chunks[0])/4 {
		chunks[0] = append(make([]Member[S], 0, cap(chunks[0])/2), chunks[0]...)
	}
	*m.chunks = chunks
}

// swap exchanges two members and tells their handles.
func (m *Members[S]) swap(i, j uint32) {
	if i == j {
		return
	}
	a, b := m.At(int(i)), m.At(int(j))
	*a, *b = *b, *a
	a.handle.position, b.handle.position = i, j
}

// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package packet

import (
	"math/bits"
	"unsafe"

	"github.com/flashmq/flashmq/pkg/buffer"
	"github.com/flashmq/flashmq/pkg/mqtt"
)

// Held is a Message that Sessions of one loop hold on to until it is acknowledged. Each of them
// counts, and the last one to release it gives its storage back to the loop's Keeper: messages of
// QoS 1 and 2 come and go without the collector. Whoever forgets to release wastes storage, no
// more: the collector finds it.
//
// While it is held it is immutable. Outside its loop nobody may hold it; what must live longer
// (the retained store, output sent by reference) takes Publication.Kept.
type Held struct {
	mqtt.Message
	keeper *Keeper // nil: the bytes are not ours to use again
	refs   int32
}

// hold adds one who holds on to h.
func (h *Held) hold() *Held {
	h.refs++
	return h
}

// Release ends one hold. The caller must not touch h afterwards.
func (h *Held) Release() {
	h.refs--
	switch {
	case h.refs > 0:
	case h.refs < 0:
		panic("packet: a message was released more often than held")
	case h.keeper != nil:
		h.keeper.put(h)
	}
}

// Ours. Storage comes in sizes of half a power of two, as the allocator has them, so that little
// is wasted on messages that wait long.
const (
	minStorage = 6 // 64 bytes
	maxStorage = 14
	storages   = 2*(maxStorage-minStorage) + 1
)

// storage returns the class of n bytes and the size of that class; class is storages or more when
// n is too large to be kept.
func storage(n int) (class, size int) {
	if n <= 1<<minStorage {
		return 0, 1 << minStorage
	}
	exponent := bits.Len(uint(n - 1)) // 1<<(exponent-1) < n <= 1<<exponent
	class, size = 2*(exponent-minStorage), 1<<exponent
	if half := size * 3 / 4; n <= half {
		return class - 1, half
	}
	return class, size
}

// Keeper has the storage of Held messages of one loop that nobody holds any more. Not safe for
// concurrent use. The zero value keeps nothing.
type Keeper struct {
	free  [storages][]*Held
	held  int
	limit int
}

// NewKeeper returns a Keeper of at most limit bytes.
func NewKeeper(limit int) *Keeper { return &Keeper{limit: limit} }

// Kept is the number of bytes waiting to be used again.
func (k *Keeper) Kept() int { return k.held }

// clone returns a copy of m that owns its bytes, held once. Publisher and Username stay what they
// are, as with Message.Clone.
func (k *Keeper) clone(m *mqtt.Message) *Held {
	h := k.get(m.Size())
	// The payload goes first, so that the whole storage can be found again by its capacity.
	b := append(h.Payload[:0], m.Payload...)
	h.Payload = b
	p := len(b)
	b = append(b, m.Properties...)
	h.Properties = b[p:len(b):len(b)]
	t := len(b)
	b = append(b, m.Topic...)
	h.Topic = mqtt.Borrow(b[t:])
	// One by one: copying a struct that was just written stalls the processor.
	h.Publisher, h.Username = m.Publisher, m.Username
	h.Expires, h.QoS, h.Retain = m.Expires, m.QoS, m.Retain
	h.refs = 1
	return h
}

// get returns a Held whose Payload has room for n bytes.
func (k *Keeper) get(n int) *Held {
	class, size := storage(n)
	if class >= storages {
		return &Held{Message: mqtt.Message{Payload: make([]byte, 0, n)}}
	}
	list := k.free[class]
	if len(list) == 0 {
		return &Held{keeper: k, Message: mqtt.Message{Payload: make([]byte, 0, size)}}
	}
	h := list[len(list)-1]
	list[len(list)-1] = nil
	k.free[class] = list[:len(list)-1]
	k.held -= size + heldSize
	return h
}

// heldSize is what a Held takes besides its storage.
const heldSize = int(unsafe.Sizeof(Held{}))

func (k *Keeper) put(h *Held) {
	b := h.Payload[:cap(h.Payload)]
	buffer.Scribble(b)
	class, size := storage(len(b))
	if k.held+size+heldSize > k.limit {
		return
	}
	h.Publisher, h.Username = "", "" // they belong to a Session, which may go
	k.free[class] = append(k.free[class], h)
	k.held += size + heldSize
}

// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package retained

import (
	"sync"
	"sync/atomic"

	"github.com/flashmq/flashmq/pkg/mqtt"
	"github.com/flashmq/flashmq/pkg/topic"
)

// stored is a message in its place.
type stored struct {
	message *mqtt.Message
	// until is the instant it is removed at, 0 for never: the message's own expiry or the
	// store's MaxLifetime, whichever comes first. The message keeps the expiry it was published
	// with, so that none is invented for Clients.
	until int64
}

func (v *stored) expired(now int64) bool { return v.until != 0 && now >= v.until }

// A place is the value of a node: nil without a message, gone when the node has left the tree.
// It changes by compare and swap only, and from gone never.
type (
	place = atomic.Pointer[stored]
	node  = topic.Entry[topic.Node[place]]
	tree  = topic.Tree[place]
)

// gone marks the place of a removed node, so that nobody stores into what nobody can find.
var gone = new(stored)

// Store holds the Retained Messages of one Server. Everything but Expire is for any goroutine.
type Store struct {
	options atomic.Pointer[Options]
	// mutex guards the shape of the trees: nodes that come and go.
	mutex sync.Mutex
	// names has the Clients' topics, hidden those that begin with "$".
	names, hidden tree

	// What every subscriber reads must not share a cache line with what every publisher of
	// retained messages writes.
	_                             [128]byte
	count, bytes, nodes, expiring atomic.Int64
	// sweep is where Expire has come to.
	sweep []cursor
}

// New returns an empty store.
func New(o Options) *Store {
	s := new(Store)
	s.SetOptions(o)
	return s
}

// SetOptions changes the limits for messages to come.
func (s *Store) SetOptions(o Options) { s.options.Store(&o) }

// Count is the number of messages stored.
func (s *Store) Count() int64 { return s.count.Load() }

// Bytes is the sum of their sizes.
func (s *Store) Bytes() int64 { return s.bytes.Load() }

// Nodes is the number of topic levels in the trees that hold them.
func (s *Store) Nodes() int64 { return s.nodes.Load() }

func (s *Store) tree(name string) *tree {
	if topic.Hidden(name) {
		return &s.hidden
	}
	return &s.names
}

// Get returns the message stored for a name, nil when there is none or it has expired.
func (s *Store) Get(name string, now int64) *mqtt.Message {
	if n := s.tree(name).Find(name); n != nil {
		return fresh(n, now)
	}
	return nil
}

// fresh returns the message of a node, nil when it has none that may still be given out.
func fresh(n *node, now int64) *mqtt.Message {
	v := n.Item.Value.Load()
	if v == nil || v == gone || v.expired(now) {
		return nil
	}
	return v.message
}

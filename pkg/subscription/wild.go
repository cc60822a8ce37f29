// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package subscription

import (
	"sync"

	"github.com/flashmq/flashmq/pkg/topic"
)

// wild is the trie of the filters with a wildcard.
type wild[S any] struct {
	tree  topic.Tree[ends[S]]
	mutex sync.Mutex
}

func (w *wild[S]) find(filter string) *ends[S] {
	if n := w.tree.Find(filter); n != nil {
		return &n.Item.Value
	}
	return nil
}

func (w *wild[S]) change(filter string, f change[S]) {
	w.mutex.Lock()
	defer w.mutex.Unlock()
	n := w.tree.Ensure(filter)
	f(&n.Item.Value, "", nil)
	for n != w.tree.Root() && n.Item.First() == nil && n.Item.Value.empty() {
		parent := n.Item.Parent()
		w.tree.Remove(n)
		n = parent
	}
}

// match adds what a name matches. With no wildcard filter at all that is one atomic load.
func (w *wild[S]) match(name string, into *Match[S]) {
	root := w.tree.Root()
	if root.Item.First() == nil {
		return
	}
	if !topic.Hidden(name) {
		walk(root, name, true, into)
		return
	}
	// The wildcards at the root are passed over [MQTT-4.7.2-1].
	level, rest, more := topic.CutLevel(name)
	if n := root.Item.Child(level); n != nil {
		walk(n, rest, more, into)
	}
}

// walk goes down from a node that matches what came before rest.
func walk[S any](n *topic.Entry[topic.Node[ends[S]]], rest string, more bool, into *Match[S]) {
	for n != nil {
		single, multi := n.Item.Wildcards()
		if multi != nil {
			into.add(&multi.Item.Value) // also where the name ends: "a/#" matches "a" (4.7.1.2)
		}
		if !more {
			into.add(&n.Item.Value)
			return
		}
		var level string
		level, rest, more = topic.CutLevel(rest)
		if single != nil {
			walk(single, rest, more, into)
		}
		n = n.Item.Child(level)
	}
}

// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package subscription

import (
	"strings"
	"sync"

	"github.com/flashmq/flashmq/pkg/mqtt"
	"github.com/flashmq/flashmq/pkg/topic"
)

// shortLevel is the longest Topic Level that lies in its node; with it a node is 80 bytes.
const shortLevel = 8

// wild is the trie of the filters with a wildcard.
type wild[S any] struct {
	tree  topic.Tree[fork[S]]
	mutex sync.Mutex
}

// node is one level of the trie.
type node[S any] = topic.Entry[topic.Node[fork[S]]]

// fork is what the trie has at one level. In a large trie every look elsewhere is a wait for
// memory, so the level itself lies here as well when it is short.
type fork[S any] struct {
	bytes [shortLevel]byte
	ends[S]
}

// leaf is the node that a new filter ends at, and beside it room for whom a match will look for
// next: two cache lines together. first is used once: when it has become empty and left the list,
// somebody may still stand on it.
type leaf[S any] struct {
	node  topic.Entry[topic.Node[fork[S]]]
	first Members[S]
}

func (w *wild[S]) find(filter string) *ends[S] {
	if n := w.tree.Find(filter); n != nil {
		return &n.Item.Value.ends
	}
	return nil
}

func (w *wild[S]) change(filter string, f change[S]) {
	w.mutex.Lock()
	defer w.mutex.Unlock()
	n, spare := w.ensure(filter)
	f(&n.Item.Value.ends, "", spare)
	for n != w.tree.Root() && n.Item.First() == nil && n.Item.Value.empty() {
		parent := n.Item.Parent()
		w.tree.Remove(n)
		n = parent
	}
}

// ensure returns the node of a filter. When that is new, spare are the Members in it.
func (w *wild[S]) ensure(filter string) (n *node[S], spare *Members[S]) {
	n = w.tree.Root()
	for more := true; more; {
		var level string
		level, filter, more = topic.CutLevel(filter)
		sum := topic.Sum(level)
		child := n.Item.ChildOf(level, sum)
		if child == nil {
			if more {
				child = new(node[S])
			} else {
				last := new(leaf[S])
				child, spare = &last.node, &last.first
			}
			child.Name(child.Item.Value.keep(level), sum)
			w.tree.Insert(n, child)
		}
		n = child
	}
	return n, spare
}

// keep copies a level, to the node itself when it is short.
func (f *fork[S]) keep(level string) string {
	if len(level) > len(f.bytes) {
		return strings.Clone(level)
	}
	return mqtt.Borrow(f.bytes[:copy(f.bytes[:], level)])
}

// match adds what a name matches. With no wildcard filter at all that is one atomic load.
func (w *wild[S]) match(name string, into *Match[S]) {
	root := w.tree.Root()
	if root.Item.First() == nil {
		return
	}
	into.path.Start(name)
	if !topic.Hidden(name) {
		walk(root, 0, into)
		return
	}
	// The wildcards at the root are passed over [MQTT-4.7.2-1].
	level := into.path.Level(0)
	walk(root.Item.ChildOf(level.Text, level.Sum), 1, into)
}

// walk goes down from a node that matches the first levels of the path.
func walk[S any](n *node[S], levels int, into *Match[S]) {
	for ; n != nil; levels++ {
		single, multi := n.Item.Wildcards()
		if multi != nil { // also where the name ends: "a/#" matches "a" (4.7.1.2)
			into.add(&multi.Item.Value.ends)
		}
		level := into.path.Level(levels)
		if level == nil {
			into.add(&n.Item.Value.ends)
			return
		}
		if single != nil {
			walk(single, levels+1, into)
		}
		n = n.Item.ChildOf(level.Text, level.Sum)
	}
}

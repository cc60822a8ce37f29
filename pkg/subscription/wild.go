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
		child := n.Item.Children().Find(level, sum)
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

// keptBranches is the number of branches up to which a Match keeps the memory of the last walk.
const keptBranches = 64

// branch is a node that matches the first levels of a name, and the head at which to seek its child
// of the next level.
type branch[S any] struct{ node, head *node[S] }

// match adds what a name matches. With no wildcard filter at all that is one atomic load.
func (w *wild[S]) match(name string, into *Match[S]) {
	n := w.tree.Root()
	if n.Item.First() == nil {
		return
	}
	into.path.Start(name)
	levels := 0
	if topic.Hidden(name) {
		// The wildcards at the root are passed over [MQTT-4.7.2-1].
		level := into.path.Level(0)
		n = n.Item.Children().Find(level.Text, level.Sum)
		levels++
	}
	for ; n != nil; levels++ {
		level := into.path.Level(levels)
		single := into.visit(n, level == nil)
		if level == nil {
			return
		}
		child := n.Item.Children().Find(level.Text, level.Sum)
		if single != nil && child != nil {
			into.fork(single, child, levels+1)
			return
		}
		if n = child; child == nil {
			n = single
		}
	}
}

// visit adds what ends at a node, or, when the name goes on, below it, and returns the child "+".
func (m *Match[S]) visit(n *node[S], end bool) (single *node[S]) {
	single, multi := n.Item.Wildcards()
	if multi != nil { // also where the name ends: "a/#" matches "a" (4.7.1.2)
		m.add(&multi.Item.Value.ends)
	}
	if end {
		m.add(&n.Item.Value.ends)
	}
	return single
}

// fork goes on from two nodes. Whether a filter that is not in the processor's caches matches is a
// matter of a few waits for memory, one after the other in each branch. The branches wait together:
// level by level, first for all heads, then for all children.
func (m *Match[S]) fork(a, b *node[S], levels int) {
	m.next = append(m.next[:0], branch[S]{node: a}, branch[S]{node: b})
	for ; len(m.next) > 0; levels++ {
		m.here, m.next = m.next, m.here[:0]
		level := m.path.Level(levels)
		if level == nil {
			for i := range m.here {
				m.visit(m.here[i].node, true)
			}
			break
		}
		for i := range m.here {
			b := &m.here[i]
			b.head = b.node.Item.Children().Head(level.Sum)
		}
		for i := range m.here {
			b := &m.here[i]
			if single := m.visit(b.node, false); single != nil {
				m.next = append(m.next, branch[S]{node: single})
			}
			if child := b.head.Seek(level.Text, level.Sum); child != nil {
				m.next = append(m.next, branch[S]{node: child})
			}
		}
	}
	if cap(m.here)+cap(m.next) > 2*keptBranches {
		m.here, m.next = nil, nil
	}
}

// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package topic

import "strings"

// Tree is a trie over Topic Levels. Whoever files something of type V under topics keeps it in
// the nodes' Value. Walking down is for any goroutine at any time; Add and Remove exclude one
// another by a mutex of the owner's. The zero value is empty and ready.
type Tree[V any] struct {
	root Entry[Node[V]]
}

// Node is one level of one topic. It lives in an Entry, whose Key is the level. (No alias for
// Entry[Node[V]]: the compiler cannot import a generic alias that refers to itself.)
type Node[V any] struct {
	// Value is the owner's. What readers may see change in it must be atomic.
	Value    V
	parent   *Entry[Node[V]]
	children Set[Node[V]]
}

// Root is the node above all first levels; it stands for no topic.
func (t *Tree[V]) Root() *Entry[Node[V]] { return &t.root }

// Parent is the node one level up, nil for the root. It stays the same when a node is removed.
func (n *Node[V]) Parent() *Entry[Node[V]] { return n.parent }

// First is the first child; Next of that leads on to the others. Wildcard levels come first.
func (n *Node[V]) First() *Entry[Node[V]] { return n.children.First() }

// Child returns the child of that level, or nil.
func (n *Node[V]) Child(level string) *Entry[Node[V]] {
	if n.children.First() == nil {
		return nil
	}
	return n.children.Find(level, Sum(level))
}

// Children are all nodes one level down.
func (n *Node[V]) Children() *Set[Node[V]] { return &n.children }

// Wildcards returns the children "+" and "#", nil where there is none.
func (n *Node[V]) Wildcards() (single, multi *Entry[Node[V]]) {
	e := n.children.First()
	if e != nil && e.order == singleLevelSum {
		single = e
		e = e.Next()
	}
	if e != nil && e.order == multiLevelSum {
		multi = e
	}
	return single, multi
}

// Find returns the node of a whole topic, or nil.
func (t *Tree[V]) Find(topic string) *Entry[Node[V]] {
	n := &t.root
	for more := true; more && n != nil; {
		var level string
		level, topic, more = CutLevel(topic)
		n = n.Item.Child(level)
	}
	return n
}

// Ensure returns the node of a whole topic and makes what is missing. topic is not kept.
func (t *Tree[V]) Ensure(topic string) *Entry[Node[V]] {
	n := &t.root
	for more := true; more; {
		var level string
		level, topic, more = CutLevel(topic)
		child := n.Item.Child(level)
		if child == nil {
			child = t.Add(n, level)
		}
		n = child
	}
	return n
}

// Add makes a child that does not exist yet. level is not kept.
func (t *Tree[V]) Add(parent *Entry[Node[V]], level string) *Entry[Node[V]] {
	n := NewEntry[Node[V]](own(level), Sum(level))
	t.Insert(parent, n)
	return n
}

// Insert files n, which has its key, as a child that does not exist yet.
func (t *Tree[V]) Insert(parent, n *Entry[Node[V]]) {
	n.Item.parent = parent
	parent.Item.children.Insert(n)
	for ; parent != nil; parent = parent.Item.parent {
		parent.below++
	}
}

// Remove takes out a node that has no children. It is not for the root.
func (t *Tree[V]) Remove(n *Entry[Node[V]]) {
	n.Item.parent.Item.children.Remove(n)
	for p := n.Item.parent; p != nil; p = p.Item.parent {
		p.below--
	}
}

// Below is the number of nodes under n. The owner's mutex guards it.
func (t *Tree[V]) Below(n *Entry[Node[V]]) int { return int(n.below) }

// own copies a level; the wildcards need no copy of their own.
func own(level string) string {
	switch level {
	case singleLevel:
		return singleLevel
	case multiLevel:
		return multiLevel
	}
	return strings.Clone(level)
}

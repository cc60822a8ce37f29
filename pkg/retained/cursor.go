// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package retained

import "github.com/flashmq/flashmq/pkg/topic"

// cursor walks the nodes of a tree that match a filter, one by one, with pauses of any length.
// The tree may change at any time: the cursor meets every node that is there all the time once.
type cursor struct {
	tree *tree
	// levels are the filter's.
	levels []string
	stack  []frame
}

// frame is a row of siblings still to be visited.
type frame struct {
	next *node
	// matched is the number of filter levels that match when one of them is reached.
	matched int32
	// single: the row is this node only.
	single bool
}

// everything is a cursor over all nodes of a tree.
func everything(t *tree) cursor { return newCursor(t, []string{"#"}) }

// newCursor returns a cursor for a valid filter, cut into its levels, which it keeps.
func newCursor(t *tree, levels []string) cursor {
	c := cursor{tree: t, levels: levels}
	c.descend(t.Root(), 0)
	return c
}

// at returns a cursor over one node, or over nothing for nil.
func at(t *tree, n *node) cursor {
	c := cursor{tree: t}
	if n != nil {
		c.stack = []frame{{next: n, single: true}}
	}
	return c
}

func (c *cursor) done() bool { return len(c.stack) == 0 }

// step visits the next node, which matches the beginning of the filter; matches reports whether
// it matches all of it. Not to be called when done.
func (c *cursor) step() (n *node, matches bool) {
	top := &c.stack[len(c.stack)-1]
	n, matched := top.next, int(top.matched)
	if top.next = nil; !top.single {
		top.next = n.Next()
	}
	if top.next == nil {
		c.stack = c.stack[:len(c.stack)-1]
	}
	matches = matched == len(c.levels) || c.levels[matched] == "#" // "a/#" matches "a" (4.7.1.2)
	c.descend(n, matched)
	return n, matches
}

// descend puts the children of a node that may match on the stack.
func (c *cursor) descend(n *node, matched int) {
	if matched == len(c.levels) {
		return
	}
	row := frame{matched: int32(matched + 1)}
	switch level := c.levels[matched]; level {
	case "#":
		row.next, row.matched = n.Item.First(), int32(matched)
	case "+":
		row.next = n.Item.First()
	default:
		row.next, row.single = n.Item.Child(level), true
	}
	if row.next != nil {
		c.stack = append(c.stack, row)
	}
}

// cursor returns one for a filter.
func (s *Store) cursor(filter string) cursor {
	t := s.tree(filter)
	if !topic.HasWildcard(filter) {
		return at(t, t.Find(filter))
	}
	levels := make([]string, 0, topic.Levels(filter))
	for more := true; more; {
		var level string
		level, filter, more = topic.CutLevel(filter)
		levels = append(levels, level)
	}
	return newCursor(t, levels)
}

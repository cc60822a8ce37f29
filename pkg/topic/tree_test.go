// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package topic

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
)

func TestTree(t *testing.T) {
	t.Parallel()
	var tree Tree[int]
	tree.Ensure("a/b").Item.Value = 1
	tree.Ensure("/a").Item.Value = 2
	tree.Ensure("a").Item.Value = 3
	tree.Ensure("a//").Item.Value = 4
	for name, want := range map[string]int{"a/b": 1, "/a": 2, "a": 3, "a//": 4, "": 0, "a/": 0} {
		if n := tree.Find(name); n == nil || n.Item.Value != want {
			t.Errorf("%q is not there with %d", name, want)
		}
	}
	for _, name := range []string{"b", "a/b/c", "/", "/a/", "a///", "a/B"} {
		if tree.Find(name) != nil {
			t.Errorf("%q is there", name)
		}
	}
	if below := tree.Below(tree.Root()); below != 6 {
		t.Errorf("%d nodes, want 6", below)
	}
	n := tree.Find("a//")
	if n.Item.Parent() != tree.Find("a/") || tree.Find("a").Item.Parent() != tree.Root() {
		t.Error("wrong parents")
	}
	tree.Remove(n)
	if tree.Find("a//") != nil || tree.Below(tree.Find("a")) != 2 || tree.Below(tree.Root()) != 5 {
		t.Error("not removed, or counted wrong")
	}
}

func TestTreeWildcards(t *testing.T) {
	t.Parallel()
	for _, among := range []int{0, 5, 500} {
		for _, filters := range []string{"", "+", "#", "+ #"} {
			var tree Tree[int]
			for i := range among {
				tree.Ensure(fmt.Sprint("a/", i))
			}
			for _, filter := range strings.Fields(filters) {
				tree.Ensure("a/" + filter)
			}
			tree.Ensure("a")
			single, multi := tree.Find("a").Item.Wildcards()
			if single != tree.Find("a/+") || multi != tree.Find("a/#") {
				t.Errorf("%q among %d: found %v, %v", filters, among, single != nil, multi != nil)
			}
			if (single != nil) != strings.Contains(filters, "+") {
				t.Errorf("%q among %d: + is not right", filters, among)
			}
		}
	}
}

// TestTreeTwin compares with a map of all prefixes.
func TestTreeTwin(t *testing.T) {
	t.Parallel()
	var tree Tree[int]
	nodes := map[string]int{} // topic: number of topics below
	for range 20_000 {
		parts := make([]string, 1+rand.IntN(4))
		for i := range parts {
			parts[i] = []string{"", "a", "b", "c", "+", "#"}[rand.IntN(6)]
		}
		name := strings.Join(parts, "/")
		n := tree.Find(name)
		if _, ok := nodes[name]; ok != (n != nil) {
			t.Fatalf("%q: found is %v", name, n != nil)
		}
		if n != nil && n.Item.First() == nil && rand.IntN(2) == 0 {
			tree.Remove(n)
			delete(nodes, name)
			for i := 1; i < len(parts); i++ {
				nodes[strings.Join(parts[:i], "/")]--
			}
			continue
		}
		tree.Ensure(name)
		for i := range parts {
			if _, ok := nodes[strings.Join(parts[:i+1], "/")]; ok {
				continue
			}
			nodes[strings.Join(parts[:i+1], "/")] = 0
			for j := range i {
				nodes[strings.Join(parts[:j+1], "/")]++
			}
		}
		if got := tree.Below(tree.Find(name)); got != nodes[name] {
			t.Fatalf("%d below %q, want %d", got, name, nodes[name])
		}
		if got := tree.Below(tree.Root()); got != len(nodes) {
			t.Fatalf("%d in all, want %d", got, len(nodes))
		}
	}
}

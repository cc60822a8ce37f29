// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package topic

import (
	"math/rand/v2"
	"strings"
	"testing"
)

func TestPath(t *testing.T) {
	t.Parallel()
	var p Path
	names := []string{"a", "/", "a/b", "/a/", "a//b", "$SYS/x", strings.Repeat("x/", 200)}
	for _, name := range names {
		levels := strings.Split(name, "/")
		p.Start(name)
		for range 3 { // as a walk comes back to a level
			for i, level := range levels {
				if got := p.Level(i); got == nil || got.Text != level || got.Sum != Sum(level) {
					t.Fatalf("level %d of %q is %v, want %q", i, name, got, level)
				}
				if i > 0 {
					p.Level(rand.IntN(i))
				}
			}
			if p.Level(len(levels)) != nil {
				t.Fatalf("%q has more than %d levels", name, len(levels))
			}
		}
	}
}

// A long name costs what the walk looks at, and its memory is not kept.
func TestPathIsLazy(t *testing.T) {
	t.Parallel()
	var p Path
	p.Start(strings.Repeat("/", 65_535))
	if p.Level(0); len(p.levels) != 1 {
		t.Errorf("cut %d levels for one", len(p.levels))
	}
	for i := range 65_536 {
		p.Level(i)
	}
	if p.Start("a/b"); cap(p.levels) > 2*keptLevels {
		t.Errorf("kept room for %d levels", cap(p.levels))
	}
}

func TestPathDoesNotAllocate(t *testing.T) {
	var p Path
	name := strings.Repeat("level/", keptLevels-1)
	allocations := testing.AllocsPerRun(100, func() {
		p.Start(name)
		for i := range keptLevels {
			p.Level(i)
		}
	})
	if allocations != 0 {
		t.Errorf("%v allocations", allocations)
	}
}

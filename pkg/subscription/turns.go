// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package subscription

// Ours: how many round robins a loop keeps track of, 16 KiB.
const turnPlaces = 1024

// Turns is how far the round robins of shared groups have come for the publishers of one loop.
// Each loop has its own: a counter in the group would be one that all loops write, at every
// message, and its cache line would travel between all cores. Only its loop may use it.
//
// Groups that fall on the same place begin anew at random whenever they take it from each other:
// still fair, only not one after the other.
type Turns struct {
	places [turnPlaces]turn
	random uint64
}

type turn struct{ group, at uint64 }

// next returns the turn of the group with that number and counts it.
func (t *Turns) next(group uint64) uint64 {
	p := &t.places[group%turnPlaces]
	if p.group != group {
		// A linear congruential generator (Knuth's constants): spread is all that is asked of it.
		t.random = t.random*6_364_136_223_846_793_005 + 1_442_695_040_888_963_407
		p.group, p.at = group, t.random>>33
	}
	p.at++
	return p.at - 1
}

// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package conformance

import (
	"slices"

	"github.com/flashmq/flashmq/pkg/mqtt"
)

// Check is one test.
type Check struct {
	// Name says in the words of the specification what is looked at. It is unique in its version.
	Name string
	// Clauses are the statements it proves. It is named after the first; the same exchange proves
	// the others.
	Clauses []string
	// Run talks to the server. It returns early, by the methods of T, when it fails.
	Run func(*T)
}

// Checks returns every Check of a version in the order of the specification: 3.1.1 or 5.0.
//
// Each section has a file with a slice of its own; checks311 and checks5 are [][]Check.
func Checks(v mqtt.Version) []Check {
	if v == mqtt.V50 {
		return slices.Concat(checks5...)
	}
	return slices.Concat(checks311...)
}

// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

//go:build invariants

package buffer

// Scribble overwrites a slice that was given back, in the invariants build, so that whoever kept
// a part of it shows up in the next test.
func Scribble(b []byte) {
	for i := range b {
		b[i] = 0xDB
	}
}

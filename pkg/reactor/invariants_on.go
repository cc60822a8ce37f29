// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

//go:build invariants

package reactor

// invariants turns on what only tests pay for: the input buffer is overwritten after each
// callback, and a panicking Handler ends the process instead of one connection.
const invariants = true

// scribble overwrites bytes that were lent out, so that whoever kept them shows up in a test.
func scribble(b []byte) {
	for i := range b {
		b[i] = 0xDB
	}
}

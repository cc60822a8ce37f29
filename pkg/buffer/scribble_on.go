// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

//go:build invariants

package buffer

// scribble overwrites a slice that was given back, so that whoever kept a part of it shows up in
// the next test.
func scribble(b []byte) {
	for i := range b {
		b[i] = 0xDB
	}
}

// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

// Package progress shows on a terminal how far a run is, in one line that is written over.
//
// Knows: terminals, how figures look in a small space.
// Does not know: where the figures come from, when to show them.
package progress

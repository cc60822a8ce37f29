// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

// Package timer is a hierarchical timing wheel: very many timers owned by one loop, each of them
// armed, moved and stopped in constant time and without an allocation.
//
// A timer never fires early, and late by at most one tick (about a millisecond) plus the time
// until the next call of Advance. However far ahead an instant lies, the same holds: timers far
// away wait in coarse slots and are sorted into finer ones as their instant comes nearer.
//
// Knows: instants in nanoseconds, handed in by the caller, and who wants to hear of them.
// Does not know: the clock, goroutines, what the timers are for.
package timer

// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

// Package hugepage lets the kernel keep a large heap in huge pages.
//
// Looking up a topic among millions is a few waits for memory, and with pages of 4 KiB each of them
// is a wait for the page table as well. The Go runtime asks for no huge pages, because pages it has
// returned would come back with their neighbours. So nothing is asked for in advance here: ranges
// that are in memory as a whole already are collapsed, one at a time. What the runtime returns
// later stays returned.
//
// Knows: where the heap is, which of it is in memory, how to have it collapsed.
// Does not know: what is in it, when to look.
package hugepage

// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

// Package topic knows Topic Names and Topic Filters, and the structures keyed by them.
//
// Two structures are shared by everybody who files something under a topic: Set, a hash set of
// strings, and Tree, a trie over Topic Levels whose children are Sets. Both are read by any
// number of goroutines without a lock while one writer at a time, under its owner's mutex,
// changes them. A Path is a Topic Name on its way down a Tree.
//
// Knows: which names and filters are valid, their levels, "$share", which filter matches which
// name, how to find a topic fast.
// Does not know: who subscribes, what is retained, what the wire looks like.
package topic

// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

// Package broker holds the Server's verbs: connect, publish, subscribe, unsubscribe, and what time
// brings: wills, expiry, retained replay, $SYS.
//
// A Shard is all that one loop owns. The Sessions of a Client Identifier live in exactly one Shard,
// its home, so nothing of a Session is ever locked. Shards share the subscription index and the
// retained store, which are read without locks, and send each other mail: batches of messages for
// Sessions that live elsewhere.
//
// Knows: Sessions by Client Identifier, who gets a message, when a will or a Session is due.
// Does not know: sockets, loops, bytes on the wire, configuration files.
package broker

// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

// Package session keeps what the Server remembers for one Client Identifier.
//
// What is to be sent at QoS 1 and 2 passes two stations: the queue, bounded by options, and the
// window of unacknowledged packets, bounded by the Client's Receive Maximum. A message waits in
// the queue while the window is full or the Client is away, so nothing is dropped as long as the
// Client acknowledges and the queue has room.
//
// A Session belongs to one loop: no locks, no clock, no I/O. Bytes leave through the Connection.
//
// Knows: queued and unacknowledged messages, packet identifiers, expiry, its subscriptions.
// Does not know: sockets, bytes on the wire, topic matching.
package session

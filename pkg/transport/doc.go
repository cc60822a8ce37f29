// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

// Package transport has the layers between a socket and MQTT: the PROXY protocol's header, TLS, and
// WebSocket. A Stack puts those of one connection on top of each other.
//
// A layer takes bytes and gives bytes. What it has to say to the peer it appends to an output that
// its caller writes; it reads no clock. A connection belongs to one loop, and so do its layers;
// only the handshake of TLS runs elsewhere, on goroutines that Handshakes bounds.
//
// Knows: PROXY, TLS and WebSocket; in which order they are unwrapped; why a peer was turned away.
// Does not know: sockets, loops, MQTT, files, whom to trust.
package transport

// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

// Package rawclient talks to an MQTT server packet by packet.
//
// A Client is a socket and a decoder: it sends what it is told to, whole packets or any bytes, and
// hands over what comes, with no goroutine and no opinion of its own. A WebSocket is a socket for
// it, and does the same with frames.
//
// Knows: packets, and how long to wait for one; frames of WebSocket.
// Does not know: the server; sessions; acknowledgements beyond what a method is asked to wait for.
package rawclient

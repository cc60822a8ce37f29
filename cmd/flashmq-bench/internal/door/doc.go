// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

// Package door is the client's end of what may lie between a socket and MQTT: TLS, WebSocket, or
// one inside the other.
//
// Receive lends a Door what the socket brought, Read takes the application data out of it, Write
// wraps data for the socket. A frame or record may arrive in pieces of any size. What a peer claims
// about lengths costs no memory: payload is passed on as it comes.
//
// Knows: crypto/tls and RFC 6455, as a client.
// Does not know: sockets, loops, MQTT.
package door

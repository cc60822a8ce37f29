// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

// Package client is our side of one Network Connection: one file for each packet handled.
//
// Bytes and the present instant come in through Receive; what is to be sent collects in the outbox
// and leaves at the end of the loop's turn. Every rule of the specification about what a Client
// may do on its connection is kept here; a failure becomes CONNACK, an acknowledgement or
// DISCONNECT here and nowhere else.
//
// Knows: the state of a connection, keep alive, aliases, what to answer.
// Does not know: sockets, other Clients, how messages are matched or stored.
package client

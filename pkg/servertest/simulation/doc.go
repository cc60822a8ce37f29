// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

// Package simulation holds a whole server to its promises while everything goes wrong.
//
// A round starts a server of its own. Many actors, Clients of all versions with Sessions of all
// kinds, publish, subscribe and lose their connections in every way there is; each keeps its side
// of the protocol, and writes down what it did and got. When all have come to rest, an oracle
// judges every single message: who must have it, who may, who must not, how often, in which order.
//
// Everything random comes from one seed. The machine decides how goroutines interleave, so a seed
// tells what was attempted, and not every run of it ends alike.
//
// What happened before what is known from the Server's answers, never from a clock: a PINGRESP, for
// example, proves that what was acknowledged to others before its PINGREQ has reached the Session.
//
// Knows: MQTT as a Client sees it; the promises of each quality of service.
// Does not know: anything inside the server.
package simulation

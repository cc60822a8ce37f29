// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

// Package wirecase is a few thousand things a Client can send, and what a Server must do then.
//
// Case by case: the state of the connection, the bytes, the reactions the specification allows,
// the statement that says so. They are generated from tables: every Control Packet, every field
// of it, every way in which a field of its kind can be right or wrong, in every version.
// Expectations come from these tables alone; no decoder is asked.
//
// Knows: the layout of what Clients send, what is wrong with a packet, the Reason Code for it.
// Does not know: sockets; a particular Server, its settings and limits; how to run a case.
package wirecase

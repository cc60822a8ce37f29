// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

// Package scenario plays scripts of Clients against the broker's machines, without sockets and
// without a clock: every byte goes through client.Client, time moves only when a script says so.
//
// A script is a text file. Lines that begin with '#' are comments. A block is one command a line,
// a line "----", and what the Clients got meanwhile, until an empty line:
//
//	connect id=a v=5
//	subscribe a filter=x/# qos=1
//	publish a topic=x/1 payload=hi
//	----
//	a< CONNACK
//	a< SUBACK id=10 01
//	a< PUBLISH x/1 "hi"
//
// What one block brings is sorted by Client, in the order in which they appeared; what one Client
// gets stays in its order. The commands are in the table of command.go, with an example each; the
// options of the command broker in options.go. Each script is played several times, with one loop
// and with three, whole packets and byte by byte, and must give the same each time. The flag
// -rewrite writes what the broker did into the files; the specification says whether it is right.
//
// Knows: how to build and print packets, fake sockets, turns of loops, virtual time.
// Does not know: what is right; that stands in the scripts.
package scenario

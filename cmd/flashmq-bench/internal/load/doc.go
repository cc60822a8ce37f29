// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

// Package load plays MQTT clients, many at once, and measures what a broker makes of them.
//
// A loop owns connections and an epoll; one goroutine on one thread turns it. It reads into one
// buffer, parses in place, stamps PUBLISH packets out of templates and answers all that one read
// brought with one write, so that it costs less than the broker it loads. Publishers and
// subscribers of a group live in the same loop, which therefore knows how many messages are under
// way: a closed loop keeps that number at the window and never drives a broker into discarding.
// At a fixed rate messages are sent when they are due, and their latency counts from that instant.
// TLS and WebSocket, where they are asked for, lie between the socket and all of this.
//
// Knows: the scenarios, sockets, the client's side of MQTT as far as load needs it.
// Does not know: the command line, frames and records, how results look.
package load

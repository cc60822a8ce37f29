// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

// Package reactor moves bytes between sockets and a Handler: one loop per core, each a goroutine
// on its own thread with its own epoll, its own connections, timers and memory.
//
// A connection belongs to one loop at a time and all its callbacks run there, so a Handler needs no
// locks for what belongs to a connection or a loop. Loops tell each other things by mail (Post) and
// hand over connections (Move); nothing else is shared.
//
// Knows: epoll, sockets, accept and its errors, mail between loops, when to write, how to close.
// Does not know: MQTT, TLS, what the bytes mean, who a connection belongs to.
package reactor

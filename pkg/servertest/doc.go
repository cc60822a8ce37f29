// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

// Package servertest runs a whole server inside a test, and talks to it packet by packet.
//
// Start returns a Server on free ports of this machine; when the test ends it is stopped, and must
// have left nothing behind. A Client is a socket and a decoder: it sends what the test tells it
// and hands over what comes, with no goroutine and no opinion of its own.
//
// Knows: how to start, reload and stop pkg/server, and what it must not leave behind; packets.
// Does not know: sessions, acknowledgements beyond what a helper is asked to wait for.
package servertest

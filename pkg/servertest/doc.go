// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

// Package servertest runs a whole server inside a test.
//
// Start returns a Server on free ports of this machine; when the test ends it is stopped, and must
// have left nothing behind. Dial and Connect return a rawclient.Client.
//
// Knows: how to start, reload and stop pkg/server, and what it must not leave behind.
// Does not know: sessions; what a test asks of the server.
package servertest

// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

// Package buffer holds the bytes one loop is reading or has yet to write.
//
// A Pool is one loop's stock of byte slices; an Out is what one connection has still to be sent.
// An idle connection owns no buffer: what it borrowed goes back as soon as it is written.
//
// Knows: size classes, who owns a chunk, the order of pending bytes.
// Does not know: sockets, packets, or when to write.
package buffer

// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

// Package printed keeps what a program, or a logger, prints, so that a test can read it meanwhile.
//
// It imports nothing of ours, so that the tests of every room may use it.
//
// Knows: text, lines.
// Does not know: who prints; servers, processes.
package printed

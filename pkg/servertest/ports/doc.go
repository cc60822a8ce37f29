// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

// Package ports gives TCP ports to tests whose programs cannot choose one themselves.
//
// It imports nothing of ours, so that the tests of every room may use it.
//
// Knows: which ports nobody else gets, in whatever process.
// Does not know: what listens on them.
package ports

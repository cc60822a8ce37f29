// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

//go:build invariants

package reactor

// invariants turns on what only tests pay for: a panicking Handler ends the process instead of one
// connection.
const invariants = true

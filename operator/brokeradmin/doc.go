// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

// Package brokeradmin asks brokers what they run, at their administration port.
//
// Knows: HTTP, the token, for how long to wait.
// Does not know: what the answers are compared with.
package brokeradmin

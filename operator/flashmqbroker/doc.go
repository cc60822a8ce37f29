// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

// Package flashmqbroker makes one FlashMQBroker true, one step after the other.
//
// Knows: the order of the steps, what each of them finds out, when to look again.
// Does not know: what children look like, how they are written.
package flashmqbroker

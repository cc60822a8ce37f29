// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

// Package mqtt is the vocabulary of the house: the words of the MQTT specification as Go types.
//
// Knows: what an Application Message, a Subscription, a Will, a Reason Code are.
// Does not know: how any of them looks on the wire, where they are kept, who wants them.
package mqtt

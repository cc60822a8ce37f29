// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

// Package retained keeps the Retained Message of every Topic Name.
//
// All loops share one Store. Finding, searching and replacing an existing message take no lock;
// a topic that appears or disappears takes one for a moment.
//
// Knows: which message is stored for which topic, which of them a filter matches, limits, expiry.
// Does not know: who may read them, who gets them, where they are made durable.
package retained

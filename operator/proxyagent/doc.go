// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

// Package proxyagent has the words that the operator and the agent beside HAProxy share.
//
// Knows: what an agent says of its HAProxy, and where.
// Does not know: Kubernetes, how HAProxy is run.
package proxyagent

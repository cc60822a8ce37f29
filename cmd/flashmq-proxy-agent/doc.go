// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

// Command flashmq-proxy-agent runs HAProxy in a pod and makes it take changed files without ending
// a connection: certificates over HAProxy's runtime API, all else by a reload, in which connections
// stay with the old process.
//
// Knows: HAProxy's signals, its runtime API, its master's, how a kubelet exchanges files.
// Does not know: Kubernetes' API, what the configuration says apart from the files it names and the
// ports it listens on.
package main

// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

// Package e2e is the operator on a real cluster: make e2e, or hack/e2e with more to choose.
//
// Knows: kubectl, helm, Prometheus, MQTT Clients, and what users are promised.
// Does not know: how the operator keeps the promises; it sees no more of it than users do.
package e2e

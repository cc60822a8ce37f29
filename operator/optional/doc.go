// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

// Package optional knows which of the kinds that a cluster may or may not have are there: those of
// cert-manager and of prometheus-operator.
//
// Knows: which groups to ask for, how often, and whom to tell when the answer changes.
// Does not know: what the kinds are used for.
package optional

// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

// Package conditions collects what one pass over a broker has found out, and sums it up.
//
// Knows: metav1.Condition, when a transition has happened, what the sum is made of.
// Does not know: what the conditions are about.
package conditions

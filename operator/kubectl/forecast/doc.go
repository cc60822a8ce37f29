// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

// Package forecast says what a change of a FlashMQBroker would do, with the functions by which the
// operator does it.
//
// Knows: what is compared, which change takes effect how, how that is told.
// Does not know: the cluster, files, where the two brokers come from.
package forecast

// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

// Package resources builds the children of a FlashMQBroker: pure functions of the broker and of
// what is known about it, one file for each kind.
//
// Knows: names, labels and specs of the children.
// Does not know: the cluster, what is there already.
package resources

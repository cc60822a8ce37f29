// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

// Package references reads the Secrets and ConfigMaps that users name in their brokers.
//
// Only the metadata of such objects is watched, or the operator would hold every Secret of the
// cluster in memory. The content is read when the resource version is a new one, and remembered.
//
// Knows: which content belongs to which resource version.
// Does not know: what is in it.
package references

// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

// Package bundle makes the archive that goes with a bug report, without what is secret.
//
// Knows: what is never shown, what is shown instead, how large an archive may be.
// Does not know: the cluster, what belongs into an archive.
package bundle

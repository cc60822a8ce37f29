// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

// Package rollout decides about restarts: whether a change needs one, why, which image it brings,
// when it may begin and how long Clients are let go. The operator and kubectl-flashmq share it, so
// that what is said beforehand is what happens.
//
// Knows: what of a pod template can change, windows, the pace of a drain.
// Does not know: the cluster, who asks, how a restart is done.
package rollout

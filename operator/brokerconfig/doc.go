// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

// Package brokerconfig makes the flashmq.conf of a FlashMQBroker, with the broker's own package
// pkg/config, so that nothing can be written that the broker would refuse.
//
// Knows: which field of the spec is which key, where in a pod the files are.
// Does not know: Kubernetes' objects, how the file gets to the pod.
package brokerconfig

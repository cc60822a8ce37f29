// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

// Package v1alpha1 is the API of FlashMQ for Kubernetes: group flashmq.io, version v1alpha1.
//
// Knows: the fields of a FlashMQBroker, their defaults and the rules a Kubernetes API server keeps;
// the conditions and reasons that its status may have.
// Does not know: how any of it is brought about, nor the broker.
//
// Rules are schema and CEL, so that they hold without a webhook. They keep to the libraries of
// Kubernetes 1.30. Every string, list and map has a limit, which is also what keeps the estimated
// cost of the rules in bounds.
//
// A comment that ends in "flashmq.conf: some_key" names the key that the field becomes.
//
// +kubebuilder:object:generate=true
// +groupName=flashmq.io
package v1alpha1

//go:generate ../../hack/generate

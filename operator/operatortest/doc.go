// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

// Package operatortest gives tests a cluster in which operators can be started, counted, cut off
// and killed.
//
// The cluster is level B of hack/kube: pods are ready without containers. What their brokers would
// answer is made up from what they were given. All conditions that any operator writes are looked
// at: one that is not on v1alpha1's list of reasons fails the test.
//
// Knows: operators from outside, what goes over their wire, which brokers were looked at.
// Does not know: children, steps.
package operatortest

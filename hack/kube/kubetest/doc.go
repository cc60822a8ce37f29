// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

// Package kubetest gives a test a Kubernetes API server of its own, with or without what acts on
// its objects.
//
// Start alone starts etcd and an API server: objects are validated and kept, nothing happens to
// them. With Options.Controllers the controllers and the scheduler of Kubernetes run, too, and a
// node that says of every pod at once that it is ready, without containers. Neither needs root.
// All of it ends with the test, and listens on the loopback interface only. Real nodes are
// hack/kube/cluster's: below "hack/kube/cluster exec", tests run against that cluster instead.
//
// Knows: the programs of hack/kube/build, how they are started and stopped.
// Does not know: our Kinds, brokers, the operator.
package kubetest

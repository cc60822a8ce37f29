// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

// Command flashmq-operator makes FlashMQBroker objects of a Kubernetes cluster true.
//
// Knows: flags, environment and file; how to start a manager and stop it.
// Does not know: what a broker consists of.
package main

// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

// Command kubectl-flashmq is a plugin of kubectl: kubectl flashmq looks after FlashMQBrokers.
// docs/kubectl.md has all of its commands.
package main

// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

// Package kubectl is the commands of kubectl flashmq.
//
// Knows: flags, what is asked of the API server, how questions and errors are put.
// Does not know: how a page looks, what a change does, what is secret: the rooms below it do.
package kubectl

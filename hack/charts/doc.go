// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

// Package charts keeps what is installed with helm and what is installed with kubectl the same, and
// writes the table of values in the chart's page.
//
// Knows: the folders charts and deploy, how to call helm and kubectl.
// Does not know: whether what is installed works; cmd/flashmq-operator runs it.
package charts

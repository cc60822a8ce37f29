// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

// Package page writes what people are shown about FlashMQBrokers: a table of several, a page of
// one.
//
// Knows: what matters first, what to do about each reason of a condition.
// Does not know: the cluster; everything is handed to it.
package page

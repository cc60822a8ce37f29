// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

// Package operatortest gives tests FlashMQBrokers as the API server hands them out, without one.
//
// Knows: the schema in deploy/crds, where the examples are.
// Does not know: what the operator makes of a FlashMQBroker.
package operatortest

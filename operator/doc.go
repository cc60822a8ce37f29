// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

// Package operator is the list of controllers of the operator, and what they need of a manager.
//
// Knows: what is watched, what is kept in memory, which change concerns which broker.
// Does not know: what is done about it.
package operator

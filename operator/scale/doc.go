// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

// Package scale measures an operator that looks after many brokers: make operator-scale.
//
// Knows: how to run an operator as a process of its own, and what it uses.
// Does not know: what the operator does; the tests of package operator look at that.
package scale

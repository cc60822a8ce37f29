// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

//go:build !race

package operator_test

// everyFault is one in how many faults are played: all of them.
const everyFault = 1

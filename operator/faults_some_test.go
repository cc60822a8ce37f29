// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

//go:build race

package operator_test

// everyFault is one in how many faults are played. The stage plain of hack/test, which has no race
// detector, plays all of them.
const everyFault = 7

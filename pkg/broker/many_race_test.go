// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

//go:build race

package broker_test

// manyRetained is fewer under the race detector, which makes each ten times as dear.
const manyRetained = 50_000

// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

//go:build !race

package broker_test

// manyRetained is a million retained messages, as the promise about replays says.
const manyRetained = 1_000_000

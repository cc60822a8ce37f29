// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

// Package hot asks the compiler about the code that runs for every message: the small functions on
// its way have to be inlined. A change after which they are not compiles, passes every other test,
// and costs what took long to gain.
//
// Knows: which functions are on the way of a message.
// Does not know: what they do; how fast they are (docs/performance.md).
package hot

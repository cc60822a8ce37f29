// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

// Package result is what a run of flashmq-bench found out, as it is kept in a file and printed.
//
// Knows: the figures, their names in JSON, what limited a run, how a table of them looks.
// Does not know: how anything was measured.
package result

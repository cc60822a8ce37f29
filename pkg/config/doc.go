// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

// Package config turns flashmq.conf, YAML, the environment and flags into one checked Config.
//
// Knows: every key, its range, default and meaning (one table), the syntax of flashmq.conf, how the
// sources override each other, how to write a Config down again.
// Does not know: sockets, sessions, what the broker does with a setting, where logs go.
//
// The table in options*.go is the single source: parsing, defaults, checks, Render and
// docs/configuration.md all follow from it. A key that is not in the table does not exist.
package config

// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

// Command flashmq-bench loads an MQTT broker and measures speed, latency, CPU time and memory.
//
// Knows: the command line, which scenario needs what, exit codes, which files are written.
// Does not know: how load is made, what the figures look like.
package main

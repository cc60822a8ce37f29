// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

// Command flashmq is the MQTT broker: flags, configuration, logs and signals around pkg/server.
//
// Knows: the command line, exit codes, where log lines go, which signal means what.
// Does not know: MQTT, sockets, what the server does with its settings.
package main

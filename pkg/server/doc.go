// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

// Package server puts the broker together: listeners, connections, reload, shutdown.
//
// Knows: every other room, and how their options follow from the configuration.
// Does not know: command lines, signals, log files; and no rule of MQTT.
package server

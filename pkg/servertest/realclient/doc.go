// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

// Package realclient is tests only: MQTT clients written by other people against our server.
//
// Eclipse Paho for Go (both major lines), mosquitto_pub and mosquitto_sub, MQTT.js, a page in
// Chromium, HAProxy in front of some of them, openssl s_client, and the examples of the README.
// hack/install-test-tools installs those that are no Go modules; without them the tests fail, they
// are never skipped.
//
// Knows: how those clients are run, and what they print.
// Does not know: packets, or anything about the server but its listeners, its log and its counters.
package realclient

// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

// Package conformance tests an MQTT server against the normative statements of MQTT 3.1.1 and 5.0.
//
// Statements lists all of them, in our words; a Check proves some of them with packets, and Run
// runs Checks against any server that can be reached. A statement that no Check can prove says why.
//
// Knows: what the specifications demand; how a server shows that it obeys.
// Does not know: which server it talks to; our broker.
package conformance

// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

// Package haproxy renders the configuration of the HAProxy tier, which takes the connections of
// Clients and hands each to a broker, with a PROXY protocol header.
//
// What Render returns is accepted by HAProxy 2.6 and later. Everything in Options is checked before
// it is written down: no name, address or path can add a directive.
//
// Knows: HAProxy's language, which rules the first packet of a Client needs, how a broker is chosen
// for it, and what is done while that broker is down.
// Does not know: Kubernetes, flashmq.conf, where HAProxy runs and who starts it.
package haproxy

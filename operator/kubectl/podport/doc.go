// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

// Package podport makes connections to ports of pods through the API server.
//
// The proxy of the API server would be simpler, and is of no use here: the header Authorization of
// a request is for the API server, which does not pass it on to the pod. So this is what kubectl
// port-forward does, without a port on this machine that others could use.
//
// Knows: the streams of a forwarded port, WebSocket and its forerunner SPDY.
// Does not know: what is said on a connection, brokers.
package podport

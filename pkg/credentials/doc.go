// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

// Package credentials makes the TLS configuration of a listener from files: a certificate and its
// key, authorities for client certificates, and lists of what these have revoked. And it says who
// the holder of a client certificate is.
//
// What was loaded never changes. When files change, Load makes another one, or says what is wrong
// with them, and whoever asked keeps what there was. Check says everything that is wrong, and what
// is odd: it goes the way of Load, so nothing it passes is refused later.
//
// Knows: PEM and DER, crypto/tls, certificate revocation, Common Names and alternative names, how
// large which file may be.
// Does not know: listeners, connections, when files change.
package credentials

// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package config

import "crypto/tls"

// TLSVersion is the oldest version of TLS a listener accepts.
type TLSVersion uint8

// Ours: the values of minimum_tls_version.
const (
	TLS11 TLSVersion = iota
	TLS12
	TLS13
)

var tlsVersions = []string{"tlsv1.1", "tlsv1.2", "tlsv1.3"}

func (v TLSVersion) String() string { return nameOf(tlsVersions, v) }

// Number returns the version as package crypto/tls counts.
func (v TLSVersion) Number() uint16 {
	switch v {
	case TLS11:
		return tls.VersionTLS11
	case TLS13:
		return tls.VersionTLS13
	}
	return tls.VersionTLS12
}

// ClientIdentity is what of a client certificate becomes the user name.
type ClientIdentity uint8

// Ours: the values of client_verification_identity.
const (
	IdentityCN ClientIdentity = iota // the Common Name of the subject
	IdentitySANURI
	IdentitySANDNS
	IdentitySANEmail
	IdentityNone // nothing: a certificate is needed and names nobody
)

var clientIdentities = []string{"cn", "san_uri", "san_dns", "san_email", "none"}

func (i ClientIdentity) String() string { return nameOf(clientIdentities, i) }

// HAProxyMode is what a listener takes from the PROXY header before each connection.
type HAProxyMode uint8

// Ours: the values of haproxy.
const (
	HAProxyOff           HAProxyMode = iota // there is no header
	HAProxyOn                               // the address of the Client
	HAProxyVerified                         // and the user name, from the certificate the proxy saw
	HAProxyVerifiedAuthn                    // the same, and the Client logs in as well
)

var haproxyModes = []string{
	"off", "on", "client_verification", "client_verification_with_authn",
}

func (m HAProxyMode) String() string { return nameOf(haproxyModes, m) }

// Verifies reports whether the user name comes from the certificate the proxy saw.
func (m HAProxyMode) Verifies() bool {
	return m == HAProxyVerified || m == HAProxyVerifiedAuthn
}

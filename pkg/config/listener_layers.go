// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package config

import (
	"net/netip"
	"slices"

	"github.com/flashmq/flashmq/pkg/credentials"
)

// TLS reports whether Clients speak TLS to this listener.
func (l *Listener) TLS() bool { return l.Fullchain != "" || l.Privkey != "" }

// VerifiesClients reports whether Clients must show a certificate to this listener. It does not
// count what a proxy verifies.
func (l *Listener) VerifiesClients() bool {
	return l.ClientVerificationCAFile != "" || l.ClientVerificationCADir != ""
}

// NamesUsers reports whether the user name comes from a client certificate, shown to us or to the
// proxy in front of us.
func (l *Listener) NamesUsers() bool { return l.CertificateNames() || l.HAProxy.Verifies() }

// CertificateNames reports whether the user name comes from a client certificate shown to us.
func (l *Listener) CertificateNames() bool {
	return l.VerifiesClients() && l.ClientVerificationIdentity != IdentityNone
}

// CertificateSuffices reports whether a Client with a good certificate needs no login besides.
func (l *Listener) CertificateSuffices() bool {
	return l.CertificateNames() && !l.ClientVerificationStillDoAuthn || l.HAProxy == HAProxyVerified
}

// LeftOut reports whether the listener is to be left out for now: drop_on_absent_certificate says
// so, and neither its certificate nor its key can be read. It looks at the disk each time.
func (l *Listener) LeftOut() bool {
	return l.DropOnAbsentCertificate && l.TLS() &&
		!credentials.Readable(l.Fullchain) && !credentials.Readable(l.Privkey)
}

// CredentialFiles names the files of a TLS listener.
func (l *Listener) CredentialFiles() credentials.Files {
	return credentials.Files{
		Fullchain: l.Fullchain, Privkey: l.Privkey, MinVersion: l.MinimumTLSVersion.Number(),
		ClientCAFile: l.ClientVerificationCAFile, ClientCADir: l.ClientVerificationCADir,
		CRLFile: l.ClientVerificationCRLFile,
	}
}

// TrustsProxy reports whether the PROXY header of this peer is believed. Peers of a unix socket
// have no address and are believed: who may use the socket is a matter of its permissions.
func (l *Listener) TrustsProxy(peer netip.Addr) bool {
	return !peer.IsValid() || len(l.HAProxyTrustedFrom) == 0 ||
		contain(l.HAProxyTrustedFrom, peer)
}

// TrustsRealIP reports whether the X-Real-IP header of this peer is believed.
func (c *Config) TrustsRealIP(peer netip.Addr) bool {
	return contain(c.WebSocketSetRealIPFrom, peer)
}

// contain reports whether one of the networks has the address, however it is written.
func contain(networks []netip.Prefix, peer netip.Addr) bool {
	peer = peer.Unmap().WithZone("")
	return slices.ContainsFunc(networks, func(p netip.Prefix) bool { return p.Contains(peer) })
}

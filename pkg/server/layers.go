// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package server

import (
	"fmt"
	"time"

	"github.com/flashmq/flashmq/pkg/admin"
	"github.com/flashmq/flashmq/pkg/client"
	"github.com/flashmq/flashmq/pkg/config"
	"github.com/flashmq/flashmq/pkg/credentials"
	"github.com/flashmq/flashmq/pkg/transport"
)

// newRules makes the rules of a listen block, with the certificates it names.
func (s *Server) newRules(cfg *config.Config, block *config.Listener) (*rules, error) {
	r := &rules{block: block, options: clientOptions(cfg, block),
		overload: block.Resolve(cfg).OverloadMode,
		identity: identities[block.ClientVerificationIdentity]}
	if block.TLS() {
		c, err := credentials.Load(credentialFiles(block))
		if err != nil {
			return nil, fmt.Errorf("listener on port %d: %w", block.Port, err)
		}
		r.credentials = c
	}
	r.layers = s.layersOf(cfg, r)
	return r, nil
}

var identities = map[config.ClientIdentity]credentials.Identity{
	config.IdentityCN:       credentials.CommonName,
	config.IdentitySANURI:   credentials.URI,
	config.IdentitySANDNS:   credentials.DNS,
	config.IdentitySANEmail: credentials.Email,
}

func credentialFiles(l *config.Listener) credentials.Files {
	f := l.CredentialFiles()
	f.ALPN, f.Now, f.Revision = []string{"mqtt"}, time.Now, admin.Revision
	if l.Protocol != config.ProtocolMQTT {
		f.ALPN = []string{"http/1.1"}
	}
	return f
}

// layersOf returns what lies between sockets and Clients of a listener; nil for nothing.
func (s *Server) layersOf(cfg *config.Config, r *rules) *transport.Options {
	var o transport.Options
	l := r.block
	if l.HAProxy != config.HAProxyOff {
		o.Proxy = &transport.ProxyOptions{}
	}
	if r.credentials != nil {
		o.TLS = &transport.TLSOptions{Config: r.credentials.Config, Handshakes: s.handshakes}
	}
	web := &transport.WebSocketOptions{
		Paths: l.WebSocketPath, Origins: l.WebSocketAllowOrigin, Trusted: cfg.TrustsRealIP,
		ACMERedirect: l.ACMERedirectURL, ACMEOnly: l.Protocol != config.ProtocolWebSockets,
	}
	switch {
	case l.Protocol != config.ProtocolMQTT:
		o.WebSocket = web
	case l.ACMERedirectURL != "":
		o.ACME = web
	}
	if o == (transport.Options{}) {
		return nil
	}
	return &o
}

// certificateUse is what client certificates of a listener are for.
func certificateUse(l *config.Listener) client.Certificate {
	switch {
	case !l.NamesUsers():
		return client.CertificateIgnored
	case l.CertificateSuffices():
		return client.CertificateSuffices
	}
	return client.CertificateNames
}

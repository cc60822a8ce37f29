// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package brokerconfig

import (
	"errors"
	"net/netip"
	"slices"

	"github.com/flashmq/flashmq/api/v1alpha1"
	"github.com/flashmq/flashmq/pkg/config"
)

// Ours: the files for the way between HAProxy and broker, with backendTLS Mutual. No listener has a
// dot in its name.
const (
	BackendCertificateKey = "backend.tls.crt"
	BackendPrivateKeyKey  = "backend.tls.key"
	BackendAuthoritiesKey = "backend.ca.crt"
)

// proxied makes the second block of a listener: its Clients come through the HAProxy tier. direct
// is the first block.
func proxied(
	s *v1alpha1.FlashMQBrokerSpec, l *v1alpha1.Listener, direct config.Listener, tier []netip.Addr,
) (config.Listener, error) {
	out := direct
	out.Port = uint16(l.EffectiveProxyPort())
	out.HAProxy = config.HAProxyOn
	out.HAProxyHeaderTimeout = config.DefaultListener().HAProxyHeaderTimeout
	if l.TLS != nil && s.Proxy.TLS == v1alpha1.ProxyTerminate {
		withoutTLS(&out)
		switch {
		case !l.TLS.VerifiesClients():
		case on(l.TLS.ClientAuth.AlsoPassword):
			out.HAProxy = config.HAProxyVerifiedAuthn
		default:
			out.HAProxy = config.HAProxyVerified
		}
	}
	if s.Proxy.BackendTLS != v1alpha1.BackendTLSMutual {
		out.HAProxyTrustedFrom = trusted(tier)
		return out, nil
	}
	if out.TLS() {
		return out, errors.New("its TLS goes through HAProxy, which leaves no room for " +
			"proxy.backendTLS Mutual: set proxy.tls to Terminate, or viaProxy to false")
	}
	path := func(key string) string { return Directory + "/" + key }
	out.Fullchain, out.Privkey = path(BackendCertificateKey), path(BackendPrivateKeyKey)
	out.ClientVerificationCAFile = path(BackendAuthoritiesKey)
	out.ClientVerificationIdentity = config.IdentityNone
	// Whoever has a certificate of the tier's may send a header.
	out.HAProxyTrustedFrom = []netip.Prefix{
		netip.PrefixFrom(netip.IPv4Unspecified(), 0), netip.PrefixFrom(netip.IPv6Unspecified(), 0)}
	return out, nil
}

// withoutTLS takes from a block what is for TLS only.
func withoutTLS(l *config.Listener) {
	d := config.DefaultListener()
	l.Fullchain, l.Privkey, l.MinimumTLSVersion = "", "", d.MinimumTLSVersion
	l.DropOnAbsentCertificate = d.DropOnAbsentCertificate
	l.ClientVerificationCAFile, l.ClientVerificationCRLFile = "", ""
	l.ClientVerificationIdentity = d.ClientVerificationIdentity
	l.ClientVerificationStillDoAuthn = d.ClientVerificationStillDoAuthn
}

// trusted are the addresses of the tier's pods. There is always one: without any the broker would
// believe everybody.
func trusted(tier []netip.Addr) []netip.Prefix {
	tier = append([]netip.Addr{netip.MustParseAddr("127.0.0.1")}, tier...)
	var out []netip.Prefix
	for _, a := range tier {
		out = append(out, netip.PrefixFrom(a.Unmap(), a.Unmap().BitLen()))
	}
	slices.SortFunc(out, func(a, b netip.Prefix) int { return a.Addr().Compare(b.Addr()) })
	return slices.Compact(out)
}

// largestConnect lets through what HAProxy lets through.
func largestConnect(c *config.Config, s *v1alpha1.FlashMQBrokerSpec) {
	if s.ProxyEnabled() {
		c.MaxPacketSizeBeforeConnect = max(c.MaxPacketSizeBeforeConnect,
			uint32(s.Proxy.MaxConnectBytes)) // it is not negative
	}
}

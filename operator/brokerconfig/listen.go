// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package brokerconfig

import (
	"fmt"
	"net/netip"
	"time"

	"github.com/flashmq/flashmq/api/v1alpha1"
	"github.com/flashmq/flashmq/pkg/config"
)

// The names of a listener's files, in the pod and in the Secret that they come from.
func CertificateKey(listener string) string { return listener + ".crt" }

// PrivateKeyKey is as CertificateKey.
func PrivateKeyKey(listener string) string { return listener + ".key" }

// AuthoritiesKey is as CertificateKey.
func AuthoritiesKey(listener string) string { return listener + "-ca.crt" }

// RevocationsKey is as CertificateKey.
func RevocationsKey(listener string) string { return listener + ".crl" }

// listen makes the block of a listener. The error begins with the field.
func listen(l *v1alpha1.Listener) (*config.Listener, error) {
	out := config.DefaultListener()
	out.Port = uint16(l.Port)
	if l.Protocol == v1alpha1.ProtocolWebSocket {
		out.Protocol = config.ProtocolWebSockets
		out.WebSocketPath = []string{l.EffectivePath()}
	}
	var err error
	if out.OnlyAllowFrom, err = networks("allowFrom", l.AllowFrom); err != nil {
		return nil, err
	}
	if out.DenyFrom, err = networks("denyFrom", l.DenyFrom); err != nil {
		return nil, err
	}
	if l.Anonymous != v1alpha1.AnonymousInherit && l.Anonymous != "" {
		allow := l.Anonymous == v1alpha1.AnonymousAllow
		out.AllowAnonymous = &allow
	}
	limits(&out, l.Limits)
	if l.TLS != nil {
		encrypt(&out, string(l.Name), l.TLS)
	}
	return &out, expectProxy(&out, l.ProxyProtocol)
}

func limits(out *config.Listener, l *v1alpha1.ListenerLimits) {
	if l.MaxQoS != nil {
		out.MaxQoS = pointer(out.MaxQoS)
		set(out.MaxQoS, l.MaxQoS)
	}
	switch l.Overload {
	case v1alpha1.OverloadLog:
		mode := config.OverloadLog
		out.OverloadMode = &mode
	case v1alpha1.OverloadCloseNew:
		mode := config.OverloadCloseNew
		out.OverloadMode = &mode
	}
}

// pointer is a new variable of the type that p points to.
func pointer[T any](*T) *T { return new(T) }

func encrypt(out *config.Listener, name string, t *v1alpha1.ListenerTLS) {
	path := func(key string) string { return Directory + "/" + key }
	out.Fullchain, out.Privkey = path(CertificateKey(name)), path(PrivateKeyKey(name))
	if t.MinVersion == "1.3" {
		out.MinimumTLSVersion = config.TLS13
	}
	if !t.VerifiesClients() {
		return
	}
	auth := t.ClientAuth
	out.ClientVerificationCAFile = path(AuthoritiesKey(name))
	if auth.CRLSecretName != "" {
		out.ClientVerificationCRLFile = path(RevocationsKey(name))
	}
	if auth.Identity == v1alpha1.IdentitySANURI {
		out.ClientVerificationIdentity = config.IdentitySANURI
	}
	out.ClientVerificationStillDoAuthn = on(auth.AlsoPassword)
}

func expectProxy(out *config.Listener, p *v1alpha1.ProxyProtocol) (err error) {
	if p.Mode != v1alpha1.ProxyProtocolV1OrV2 {
		return nil
	}
	out.HAProxy = config.HAProxyOn
	if on(p.IdentityFromTLV) {
		out.HAProxy = config.HAProxyVerified
	}
	if p.HeaderTimeoutSeconds > 0 {
		out.HAProxyHeaderTimeout = time.Duration(p.HeaderTimeoutSeconds) * time.Second
	}
	out.HAProxyTrustedFrom, err = networks("proxyProtocol.trustedCIDRs", p.TrustedCIDRs)
	return err
}

func networks(field string, list []v1alpha1.CIDR) (out []netip.Prefix, err error) {
	for _, cidr := range list {
		p, err := netip.ParsePrefix(string(cidr))
		if err != nil {
			return nil, fmt.Errorf("%s: %q is no network", field, cidr)
		}
		out = append(out, p.Masked())
	}
	return out, nil
}

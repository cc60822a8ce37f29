// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package config

import "slices"

// condition answers why a listener has no use for a key it sets, perhaps with a suggestion, and ""
// when it has.
type condition func(*Listener) (reason, suggestion string)

// checkConditions finds keys of a listener that do not go with its other keys. What is the default
// counts as not given.
func (l *Listener) checkConditions(r *report, block int, place placer) {
	standard := DefaultListener()
	for i := range listenOptions {
		o := &listenOptions[i]
		if o.fits == nil || slices.Equal(o.format(o.field(l)), o.format(o.field(&standard))) {
			continue
		}
		if reason, suggestion := o.fits(l); reason != "" {
			r.problem(place(block, o.Name), o.Name, reason, suggestion)
		}
	}
}

func (l *Listener) notInFamily() (reason, suggestion string) {
	return "does not go with inet_protocol " + l.InetProtocol.String(), ""
}

func inetFits(l *Listener) (reason, suggestion string) {
	if l.InetProtocol == InetUnix && l.UnixSocketPath == "" {
		return "unix needs unix_socket_path", ""
	}
	return "", ""
}

func needsUnix(l *Listener) (reason, suggestion string) {
	if l.InetProtocol != InetUnix {
		return l.notInFamily()
	}
	return "", ""
}

func needsIP(l *Listener) (reason, suggestion string) {
	if l.InetProtocol == InetUnix {
		return l.notInFamily()
	}
	return "", ""
}

func needsIPv4(l *Listener) (reason, suggestion string) {
	if l.InetProtocol == Inet6 {
		return l.notInFamily()
	}
	return needsIP(l)
}

func needsIPv6(l *Listener) (reason, suggestion string) {
	if l.InetProtocol == Inet4 {
		return l.notInFamily()
	}
	return needsIP(l)
}

func protocolFits(l *Listener) (reason, suggestion string) {
	if l.Protocol != ProtocolACME {
		return "", ""
	}
	if l.InetProtocol == InetUnix {
		return "acme does not go with inet_protocol unix", "authorities come over TCP"
	}
	if l.ACMERedirectURL == "" {
		return "acme needs acme_redirect_url", ""
	}
	return "", ""
}

func fullchainFits(l *Listener) (reason, suggestion string) {
	if l.Privkey == "" {
		return "needs privkey as well", ""
	}
	return certificateFits(l)
}

func privkeyFits(l *Listener) (reason, suggestion string) {
	if l.Fullchain == "" {
		return "needs fullchain as well", ""
	}
	return certificateFits(l)
}

func certificateFits(l *Listener) (reason, suggestion string) {
	if l.Protocol == ProtocolACME {
		return "does not go with protocol acme", "authorities come without TLS"
	}
	return needsIP(l)
}

func needsTLS(l *Listener) (reason, suggestion string) {
	if !l.TLS() {
		return "works only with TLS", "fullchain and privkey make this a TLS listener"
	}
	return "", ""
}

func needsVerification(l *Listener) (reason, suggestion string) {
	if !l.VerifiesClients() {
		return "works only with client_verification_ca_file or client_verification_ca_dir", ""
	}
	return "", ""
}

func authnFits(l *Listener) (reason, suggestion string) {
	reason, suggestion = needsVerification(l)
	if reason != "" && l.HAProxy.Verifies() {
		suggestion = "write haproxy client_verification_with_authn"
	}
	return reason, suggestion
}

func needsWebSockets(l *Listener) (reason, suggestion string) {
	if l.Protocol != ProtocolWebSockets {
		return "works only with protocol websockets", ""
	}
	return "", ""
}

func redirectFits(l *Listener) (reason, suggestion string) {
	if l.TLS() {
		return "does not go with TLS", "put it on a listener without, or on one with protocol acme"
	}
	return needsIP(l)
}

func haproxyFits(l *Listener) (reason, suggestion string) {
	if l.HAProxy.Verifies() && l.CertificateNames() {
		return l.HAProxy.String() + " does not go with client_verification_ca_file or " +
				"client_verification_ca_dir", "either the proxy verifies client certificates or " +
				"we do"
	}
	return "", ""
}

func needsHAProxy(l *Listener) (reason, suggestion string) {
	if l.HAProxy == HAProxyOff {
		return "works only with haproxy", ""
	}
	return "", ""
}

func trustedFits(l *Listener) (reason, suggestion string) {
	if reason, suggestion := needsHAProxy(l); reason != "" {
		return reason, suggestion
	}
	return needsIP(l)
}

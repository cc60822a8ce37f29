// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package config

import (
	"net/netip"
	"slices"
	"testing"
)

func TestWhoIsNamedByACertificate(t *testing.T) {
	t.Parallel()
	const authorities = certificateLines + "client_verification_ca_file /ca.pem\n"
	tests := []struct {
		name, content                    string
		tls, verifies, names, sufficient bool
	}{
		{name: "plain"},
		{name: "TLS", content: certificateLines, tls: true},
		{name: "authorities", content: authorities,
			tls: true, verifies: true, names: true, sufficient: true},
		{name: "directory", content: certificateLines + "client_verification_ca_dir /ca\n",
			tls: true, verifies: true, names: true, sufficient: true},
		{name: "and login", content: authorities + "client_verification_still_do_authn yes\n",
			tls: true, verifies: true, names: true},
		{name: "proxy", content: "haproxy on\n"},
		{name: "verified by the proxy", content: "haproxy client_verification\n",
			names: true, sufficient: true},
		{name: "and login behind the proxy", content: "haproxy client_verification_with_authn\n",
			names: true},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			c, _, err := block(test.content)
			if err != nil {
				t.Fatal(err)
			}
			l := &c.Listeners[0]
			if l.TLS() != test.tls || l.VerifiesClients() != test.verifies ||
				l.NamesUsers() != test.names || l.CertificateSuffices() != test.sufficient {
				t.Errorf("TLS %v, VerifiesClients %v, NamesUsers %v, CertificateSuffices %v",
					l.TLS(), l.VerifiesClients(), l.NamesUsers(), l.CertificateSuffices())
			}
		})
	}
}

func TestWhichProxyIsTrusted(t *testing.T) {
	t.Parallel()
	networks := []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8")}
	tests := []struct {
		name           string
		networks       []netip.Prefix
		peer           string // "" = unix socket
		header, realIP bool
	}{
		{"inside", networks, "10.1.1.1", true, true},
		{"inside, mapped", networks, "::ffff:10.1.1.1", true, true},
		{"outside", networks, "11.1.1.1", false, false},
		{"no networks", nil, "10.1.1.1", true, false},
		{"unix socket", networks, "", true, false},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			var peer netip.Addr
			if test.peer != "" {
				peer = netip.MustParseAddr(test.peer)
			}
			l := Listener{HAProxyTrustedFrom: test.networks}
			c := Config{WebSocketSetRealIPFrom: test.networks}
			if header, realIP := l.TrustsProxy(peer), c.TrustsRealIP(peer); header != test.header ||
				realIP != test.realIP {
				t.Errorf("TrustsProxy %v, TrustsRealIP %v", header, realIP)
			}
		})
	}
}

// TestOriginsAreSpelledAsBrowsersDo, who leave out the port of the scheme and use small letters.
func TestOriginsAreSpelledAsBrowsersDo(t *testing.T) {
	t.Parallel()
	c, _, err := block("protocol websockets\nwebsocket_path /mqtt\nwebsocket_path /\n" +
		"websocket_allow_origin https://Example.com:443\nwebsocket_allow_origin null\n")
	if err != nil {
		t.Fatal(err)
	}
	l := &c.Listeners[0]
	if want := []string{"/mqtt", "/"}; !slices.Equal(l.WebSocketPath, want) {
		t.Errorf("paths %q, want %q", l.WebSocketPath, want)
	}
	want := []string{"https://example.com", "null"}
	if !slices.Equal(l.WebSocketAllowOrigin, want) {
		t.Errorf("origins %q, want %q", l.WebSocketAllowOrigin, want)
	}
}

func TestTLSVersionsHaveTheirNumbers(t *testing.T) {
	t.Parallel()
	for v, want := range map[TLSVersion]uint16{TLS11: 0x0302, TLS12: 0x0303, TLS13: 0x0304} {
		if got := v.Number(); got != want {
			t.Errorf("%s has the number %#04x", v, got)
		}
	}
	if l := DefaultListener(); l.MinimumTLSVersion != TLS12 {
		t.Errorf("the oldest version is %s by default", l.MinimumTLSVersion)
	}
}

// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package server_test

import (
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"testing"
	"time"

	"github.com/flashmq/flashmq/pkg/config"
	"github.com/flashmq/flashmq/pkg/credentials/credentialstest"
	"github.com/flashmq/flashmq/pkg/mqtt"
	"github.com/flashmq/flashmq/pkg/packet"
	"github.com/flashmq/flashmq/pkg/rawclient"
	"github.com/flashmq/flashmq/pkg/servertest"
)

// commonName names a certificate as often as it has names.
func commonName(names ...string) *x509.Certificate {
	c := &x509.Certificate{ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth}}
	for _, name := range names {
		c.Subject.ExtraNames = append(c.Subject.ExtraNames,
			pkix.AttributeTypeAndValue{Type: asn1.ObjectIdentifier{2, 5, 4, 3}, Value: name})
	}
	return c
}

// A certificate names the user; a Client without one is told in the words of MQTT.
func TestClientCertificates(t *testing.T) {
	t.Parallel()
	clients := credentialstest.New(t, "clients")
	ca := credentialstest.File(t, t.TempDir(), "ca.pem", clients.PEM())
	verifies := func(change func(l *config.Listener, c *config.Config)) servertest.Option {
		return servertest.Config(func(c *config.Config) {
			c.Listeners[0].ClientVerificationCAFile = ca
			c.AllowAnonymous = false
			if change != nil {
				change(&c.Listeners[0], c)
			}
		})
	}
	authn := func(anonymous bool) func(*config.Listener, *config.Config) {
		return func(l *config.Listener, c *config.Config) {
			l.ClientVerificationStillDoAuthn, c.AllowAnonymous = true, anonymous
			l.AllowAnonymous = &anonymous
		}
	}
	namesNobody := func(anonymous bool) func(*config.Listener, *config.Config) {
		return func(l *config.Listener, c *config.Config) {
			l.ClientVerificationIdentity = config.IdentityNone
			c.AllowAnonymous, l.AllowAnonymous = anonymous, &anonymous
		}
	}
	for _, tt := range []struct {
		name   string
		option servertest.Option
		shown  *credentialstest.Certificate
		want   mqtt.ReasonCode
		user   string
	}{
		{"good", verifies(nil), clients.Client("device-7"), mqtt.Success, "device-7"},
		{"none", verifies(nil), nil, mqtt.BadUserNameOrPassword, ""},
		{"two names", verifies(nil), clients.Issue(commonName("admin", "device")),
			mqtt.BadUserNameOrPassword, ""},
		{"no name", verifies(nil), clients.Issue(commonName()), mqtt.BadUserNameOrPassword, ""},
		{"other identity", verifies(func(l *config.Listener, _ *config.Config) {
			l.ClientVerificationIdentity = config.IdentitySANDNS
		}), clients.Issue(&x509.Certificate{DNSNames: []string{"seven.example"},
			Subject: pkix.Name{CommonName: "device 7"}}), mqtt.Success, "seven.example"},
		{"names nobody, nobody to ask", verifies(namesNobody(false)), clients.Client("proxy"),
			mqtt.NotAuthorized, ""},
		{"names nobody, anybody may", verifies(namesNobody(true)), clients.Client("proxy"),
			mqtt.Success, `"somebody else"`},
		{"login as well, nobody to ask", verifies(authn(false)), clients.Client("device 7"),
			mqtt.NotAuthorized, ""},
		{"login as well, anybody may", verifies(authn(true)), clients.Client("device-7"),
			mqtt.Success, "device-7"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			h := open(t, door{tls: true}, tt.option)
			if tt.shown != nil {
				h.trusted.Certificates = []tls.Certificate{tt.shown.TLS()}
			}
			c := rawclient.Wrap(t, h.enter(t, 0))
			c.Send(rawclient.Connect(mqtt.V50, "client", func(p *packet.Connect) {
				p.HasUsername, p.Username = true, []byte("somebody else")
			}))
			if code := rawclient.Expect[*packet.Connack](c).Code; code != tt.want {
				t.Fatalf("CONNACK %v, want %v", code, tt.want)
			}
			if tt.want == mqtt.Success {
				h.WaitLogged("username=" + tt.user + " ")
			}
		})
	}
}

// Where a certificate names nobody, it is needed all the same.
func TestCertificateThatNamesNobodyIsNeeded(t *testing.T) {
	t.Parallel()
	ca := credentialstest.File(t, t.TempDir(), "ca.pem", credentialstest.New(t, "proxies").PEM())
	h := open(t, door{tls: true}, servertest.Config(func(c *config.Config) {
		c.Listeners[0].ClientVerificationCAFile = ca
		c.Listeners[0].ClientVerificationIdentity = config.IdentityNone
	}))
	nc := h.enter(t, 0)
	_ = nc.SetDeadline(time.Now().Add(servertest.Patience))
	if _, err := nc.Write(rawclient.Connect(mqtt.V50, "client")); err == nil {
		if n, err := nc.Read(make([]byte, 1)); err == nil {
			t.Fatalf("a Client without certificate is answered: %d bytes", n)
		}
	}
	if h.Refusals()["tls_certificate"] != 1 {
		t.Errorf("refusals %v", h.Refusals())
	}
}

// The handshake is refused for certificates of strangers.
func TestStrangeCertificate(t *testing.T) {
	t.Parallel()
	clients := credentialstest.New(t, "clients")
	ca := credentialstest.File(t, t.TempDir(), "ca.pem", clients.PEM())
	h := open(t, door{tls: true}, servertest.Config(func(c *config.Config) {
		c.Listeners[0].ClientVerificationCAFile = ca
	}))
	pair := credentialstest.New(t, "strangers").Client("device 7").TLS()
	h.trusted.GetClientCertificate = func(*tls.CertificateRequestInfo) (*tls.Certificate, error) {
		return &pair, nil
	}
	nc := h.enter(t, 0)
	_ = nc.SetDeadline(time.Now().Add(servertest.Patience))
	if _, err := nc.Write(rawclient.Connect(mqtt.V50, "client")); err == nil {
		_, err = nc.Read(make([]byte, 1))
		if err == nil {
			t.Fatal("a stranger is answered")
		}
	}
	if h.Refusals()["tls_certificate"] != 1 {
		t.Errorf("refusals %v", h.Refusals())
	}
}

// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package haproxy

import (
	"crypto/tls"
	"net"
	"strings"
	"testing"

	"github.com/flashmq/flashmq/pkg/config"
	"github.com/flashmq/flashmq/pkg/credentials/credentialstest"
	"github.com/flashmq/flashmq/pkg/mqtt"
	"github.com/flashmq/flashmq/pkg/packet"
	"github.com/flashmq/flashmq/pkg/rawclient"
)

// papers are certificates for a test: of servers, and of clients from another authority.
type papers struct {
	servers, clients *credentialstest.Authority
	cert, key        string // of the server
	serverCA         string
	clientCA         string
	folder           string
}

func newPapers(t *testing.T) *papers {
	t.Helper()
	p := &papers{servers: credentialstest.New(t, "servers"), folder: t.TempDir(),
		clients: credentialstest.New(t, "clients")}
	c := p.servers.Server()
	// As in a Secret: the key is not in the same file.
	p.cert = credentialstest.File(t, p.folder, "tls.crt", c.Chain)
	p.key = credentialstest.File(t, p.folder, "tls.key", c.Key)
	p.serverCA = credentialstest.File(t, p.folder, "servers.crt", p.servers.PEM())
	p.clientCA = credentialstest.File(t, p.folder, "clients.crt", p.clients.PEM())
	return p
}

// secure speaks TLS as a client, with a certificate or without one. What the other side thinks of
// it, TLS 1.3 tells only who reads.
func (p *papers) secure(t *testing.T, conn net.Conn, version uint16,
	certificates ...tls.Certificate) (*tls.Conn, error) {
	t.Helper()
	own := &tls.Certificate{}
	if len(certificates) > 0 {
		own = &certificates[0]
	}
	c := tls.Client(conn, &tls.Config{RootCAs: p.servers.Pool(), ServerName: "localhost",
		NextProtos: []string{"mqtt"}, MaxVersion: version,
		// Unlike Certificates, this one is shown to whoever asks, also when it is a stranger's.
		GetClientCertificate: func(*tls.CertificateRequestInfo) (*tls.Certificate, error) {
			return own, nil
		}})
	t.Cleanup(func() { _ = c.Close() }) // usually the second time
	return c, c.HandshakeContext(t.Context())
}

// TLS that is passed through ends at the broker, who knows the Client's address all the same.
func TestPassthrough(t *testing.T) {
	papers := newPapers(t)
	s := broker(t, func(l *config.Listener) { l.Fullchain, l.Privkey = papers.cert, papers.key })
	o := before(portOf(s), func(l *Listener) {
		l.TLS.Mode, l.Balance = Passthrough, Source
	})
	o.Timeouts.Inspect = 600
	p := start(t, o)
	for _, version := range []uint16{tls.VersionTLS12, tls.VersionTLS13} {
		c, err := papers.secure(t, p.socket(0, "127.0.0.7"), version)
		must(t, err)
		rawclient.Wrap(t, c).Connect(mqtt.V50, "secret")
		s.WaitLogged("client=secret username=\"\" address=" + c.LocalAddr().String() + " ")
	}
}

// certified is a tier that ends TLS, before a broker who takes its word for names.
func certified(t *testing.T, papers *papers, v Verify) (*tier, func(text string), Options) {
	t.Helper()
	s := broker(t, func(l *config.Listener) { l.HAProxy = config.HAProxyVerified })
	o := before(portOf(s), func(l *Listener) {
		l.TLS = TLS{Mode: Terminate, CertFile: papers.cert, CAFile: papers.clientCA, Verify: v}
	})
	return start(t, o), s.WaitLogged, o
}

// HAProxy verifies certificates; their Common Name is the user name.
func TestClientCertificate(t *testing.T) {
	papers := newPapers(t)
	own := papers.clients.Client("device-7").TLS()
	for _, v := range []Verify{VerifyOptional, VerifyRequired} {
		p, waitLogged, _ := certified(t, papers, v)
		for _, version := range []uint16{tls.VersionTLS12, tls.VersionTLS13} {
			for _, d := range dialects {
				c, err := papers.secure(t, p.socket(0, "127.0.0.7"), version, own)
				must(t, err)
				if got := c.ConnectionState().NegotiatedProtocol; got != "mqtt" {
					t.Errorf("protocol %q", got)
				}
				client := rawclient.Wrap(t, c)
				client.Connect(d.version, "it", d.says, padded(3), func(p *packet.Connect) {
					p.HasUsername, p.Username = true, []byte("somebody")
				})
				waitLogged("client=it username=device-7 address=" + c.LocalAddr().String() + " ")
			}
		}
	}
}

// Who has no certificate, or a stranger's, has no name.
func TestNoClientCertificate(t *testing.T) {
	papers := newPapers(t)
	p, waitLogged, _ := certified(t, papers, VerifyOptional)
	c, err := papers.secure(t, p.socket(0, loopback), 0)
	must(t, err)
	nameless(t, rawclient.Wrap(t, c))
	waitLogged("msg=\"client refused\" client=nameless ")

	stranger := credentialstest.New(t, "strangers").Client("device-7").TLS()
	_, err = papers.secure(t, p.socket(0, loopback), tls.VersionTLS12, stranger)
	if err == nil {
		t.Error("a stranger's certificate is good enough")
	}
	p, _, _ = certified(t, papers, VerifyRequired)
	if _, err = papers.secure(t, p.socket(0, loopback), tls.VersionTLS12); err == nil {
		t.Error("none is good enough")
	}
}

// nameless is refused by a broker who wants a certificate.
func nameless(t *testing.T, c *rawclient.Client) {
	t.Helper()
	c.Version = mqtt.V50
	c.Send(rawclient.Connect(mqtt.V50, "nameless", func(p *packet.Connect) {
		p.HasUsername, p.Username = true, []byte("device-7")
	}))
	if a := rawclient.Expect[*packet.Connack](c); a.Code != mqtt.BadUserNameOrPassword {
		t.Errorf("got %s", rawclient.Describe(a))
	}
}

// Clear text is never taken for verified, not even where HAProxy tells the broker that nothing is
// wrong with the certificate that is not there.
func TestClearTextIsNotVerified(t *testing.T) {
	papers := newPapers(t)
	_, waitLogged, o := certified(t, papers, VerifyRequired)
	o.Listeners[0].TLS = TLS{}
	for _, header := range []string{"send-proxy-v2", "send-proxy-v2-ssl-cn"} {
		p := start(t, o, func(text string) string {
			if strings.Count(text, "send-proxy-v2") != 1 {
				t.Errorf("send-proxy-v2 is not there once: %s", text)
			}
			return strings.Replace(text, "send-proxy-v2", header, 1)
		})
		nameless(t, p.dial(0, loopback))
		waitLogged("msg=\"client refused\" client=nameless ")
	}
}

// Certificates that were revoked, and versions that are too old, are not accepted.
func TestTerminateLimits(t *testing.T) {
	papers := newPapers(t)
	good, revoked := papers.clients.Client("good"), papers.clients.Client("revoked")
	list := credentialstest.File(t, papers.folder, "list.crl",
		papers.clients.Revoke(soon, revoked))
	s := broker(t)
	p := start(t, before(portOf(s), func(l *Listener) {
		l.TLS = TLS{Mode: Terminate, CertFile: papers.cert, CAFile: papers.clientCA,
			CRLFile: list, Verify: VerifyRequired, MinVersion: "1.3"}
	}))
	tests := []struct {
		name    string
		version uint16
		who     *credentialstest.Certificate
		taken   bool
	}{
		{"good", tls.VersionTLS13, good, true},
		{"revoked", tls.VersionTLS13, revoked, false},
		{"too old", tls.VersionTLS12, good, false},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			conn, err := papers.secure(t, p.socket(0, loopback), test.version, test.who.TLS())
			if err != nil && !test.taken {
				return
			}
			must(t, err)
			c := rawclient.Wrap(t, conn)
			c.Version = mqtt.V50
			_ = c.TrySend(rawclient.Connect(mqtt.V50, "c")) // HAProxy may have gone
			if _, err := c.TryNext(); (err == nil) != test.taken {
				t.Errorf("taken %v, want %v: %v", err == nil, test.taken, err)
			}
		})
	}
}

// HAProxy and broker know each other by certificates; another HAProxy is sent away.
func TestBackendTLS(t *testing.T) {
	papers := newPapers(t)
	s := broker(t, func(l *config.Listener) {
		l.Fullchain, l.Privkey = papers.cert, papers.key
		l.ClientVerificationCAFile = papers.clientCA
	})
	own := papers.clients.Client("proxy")
	stranger := credentialstest.New(t, "strangers").Client("proxy")
	both := func(name string, c *credentialstest.Certificate) string {
		return credentialstest.File(t, papers.folder, name, append(c.Chain, c.Key...))
	}
	tests := []struct {
		name, cert, server string
		taken              bool
	}{
		{"own", both("own.crt", own), "localhost", true},
		{"stranger", both("stranger.crt", stranger), "localhost", false},
		{"other broker", both("other.crt", own), "elsewhere", false},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			o := before(portOf(s))
			o.HoldSeconds = 1
			o.BackendTLS = &BackendTLS{test.cert, papers.serverCA, test.server}
			p := start(t, o)
			c := p.dial(0, "127.0.0.7")
			c.Version = mqtt.V50
			c.Send(rawclient.Connect(mqtt.V50, "c"))
			if _, err := c.TryNext(); (err == nil) != test.taken {
				t.Errorf("taken %v, want %v: %v", err == nil, test.taken, err)
			}
			if test.taken {
				s.WaitLogged("address=" + c.LocalAddr().String() + " ")
			}
		})
	}
}

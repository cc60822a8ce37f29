// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package main

import (
	"crypto/tls"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/flashmq/flashmq/operator/haproxy"
	"github.com/flashmq/flashmq/operator/proxyagent"
	"github.com/flashmq/flashmq/pkg/credentials/credentialstest"
	"github.com/flashmq/flashmq/pkg/mqtt"
	"github.com/flashmq/flashmq/pkg/rawclient"
	"github.com/flashmq/flashmq/pkg/servertest/ports"
)

// terminate makes a listener end TLS.
func (p *proxy) terminate(t *testing.T, n int, own *credentialstest.Certificate) {
	t.Helper()
	name := p.options.Listeners[n].Name
	p.give(t, name, own)
	p.options.Listeners[n].TLS = haproxy.TLS{Mode: haproxy.Terminate,
		CertFile: filepath.Join(p.folder, name+".crt")}
}

// trust lays down whom HAProxy believes, and whom it does not any more.
func (p *proxy) trust(clients *credentialstest.Authority, but ...*credentialstest.Certificate) {
	p.files["ca.crt"] = clients.PEM()
	p.files["ca.crl"] = clients.Revoke(time.Now().Add(time.Hour), but...)
}

// device is somebody who trusts the authority of servers.
type device struct {
	servers *credentialstest.Authority
	own     *credentialstest.Certificate
}

func (d device) open(t *testing.T, p *proxy, n int) (*tls.Conn, error) {
	t.Helper()
	c := &tls.Config{RootCAs: d.servers.Pool(), ServerName: "localhost"}
	if d.own != nil {
		c.Certificates = []tls.Certificate{d.own.TLS()}
	}
	conn, err := tls.Dial("tcp4", p.address(n), c)
	if err == nil {
		t.Cleanup(func() { _ = conn.Close() }) // usually the second time
	}
	return conn, err
}

// taken says whether the device gets through to the broker. Over TLS 1.3 who is refused hears of it
// after the handshake.
func (d device) taken(t *testing.T, p *proxy) bool {
	t.Helper()
	conn, err := d.open(t, p, 0)
	if err != nil {
		return false
	}
	c := rawclient.Wrap(t, conn)
	c.Version = mqtt.V50
	_ = c.TrySend(rawclient.Connect(mqtt.V50, "new")) // HAProxy may have gone
	_, err = c.TryNext()
	return err == nil
}

// shown is the certificate that a listener has in force.
func (d device) shown(t *testing.T, p *proxy, n int) string {
	t.Helper()
	conn, err := d.open(t, p, n)
	must(t, err)
	return conn.ConnectionState().PeerCertificates[0].SerialNumber.String()
}

// Authorities and lists of revoked certificates are for new connections; those who are there stay.
func TestAuthorityIsExchanged(t *testing.T) {
	servers := credentialstest.New(t, "servers")
	first, second := credentialstest.New(t, "first"), credentialstest.New(t, "second")
	one, other := device{servers, first.Client("one")}, device{servers, first.Client("other")}
	next := device{servers, second.Client("one")}
	p := start(t, func(p *proxy) {
		p.terminate(t, 0, servers.Server())
		l := &p.options.Listeners[0].TLS
		l.Verify, l.CAFile = haproxy.VerifyRequired, filepath.Join(p.folder, "ca.crt")
		l.CRLFile = filepath.Join(p.folder, "ca.crl")
		p.trust(first)
	})
	conn, err := one.open(t, p, 0)
	must(t, err)
	c := rawclient.Wrap(t, conn)
	c.Connect(mqtt.V50, "stays")
	for _, test := range []struct {
		name   string
		change func()
		taken  map[device]bool
	}{
		{"as it was", func() {}, map[device]bool{one: true, other: true, next: false}},
		{"revoked", func() { p.trust(first, one.own) },
			map[device]bool{one: false, other: true, next: false}},
		{"another authority", func() { p.trust(second) },
			map[device]bool{one: false, other: false, next: true}},
	} {
		t.Run(test.name, func(t *testing.T) {
			test.change()
			p.exchange(t)
			if s := p.settled(t); s.LastChange != nil && !s.LastChange.Reloaded {
				t.Errorf("the status is %+v", s.LastChange)
			}
			for d, want := range test.taken {
				if d.taken(t, p) != want {
					t.Errorf("%s of %s: taken is not %v", d.own.Leaf.Subject.CommonName,
						d.own.Leaf.Issuer.CommonName, want)
				}
			}
			c.Quiet()
		})
	}
}

// A certificate is renewed also while a configuration is refused.
func TestRenewalBesideRefusal(t *testing.T) {
	servers := credentialstest.New(t, "servers")
	d := device{servers: servers}
	p := start(t, func(p *proxy) { p.terminate(t, 0, servers.Server()) })
	next := servers.Server()
	p.give(t, "mqtt", next)
	p.edit = func(string) string { return "nonsense\n" }
	p.exchange(t)
	s := p.wait(t, "the files are in force", func(s *proxyagent.Status) bool {
		return s.Files == proxyagent.Files(p.files)
	})
	if !strings.Contains(s.LastChange.Error, "nonsense") {
		t.Errorf("the status is %+v", s.LastChange)
	}
	if got := d.shown(t, p, 0); got != next.Leaf.SerialNumber.String() {
		t.Errorf("certificate %s is shown", got)
	}
}

// When the second of two certificates is refused, it is known that the first is in force.
func TestHalfOfAnExchange(t *testing.T) {
	servers := credentialstest.New(t, "servers")
	d, first := device{servers: servers}, servers.Server()
	p := start(t, func(p *proxy) {
		p.listen("second", ports.Free(t))
		p.terminate(t, 0, first)
		p.terminate(t, 1, servers.Server())
	})
	good := p.files["second.crt"]
	p.give(t, "mqtt", servers.Server())
	p.files["second.crt"] = []byte("no certificate")
	p.exchange(t)
	p.wait(t, "a refusal", func(s *proxyagent.Status) bool {
		return s.LastChange != nil && s.LastChange.Error != ""
	})
	p.files["second.crt"] = good
	p.give(t, "mqtt", first)
	p.exchange(t)
	p.settled(t)
	if got := d.shown(t, p, 0); got != first.Leaf.SerialNumber.String() {
		t.Errorf("certificate %s is shown", got)
	}
}

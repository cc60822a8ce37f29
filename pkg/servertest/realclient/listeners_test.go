// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package realclient

import (
	"net"
	"testing"

	"github.com/flashmq/flashmq/pkg/config"
	"github.com/flashmq/flashmq/pkg/credentials/credentialstest"
	"github.com/flashmq/flashmq/pkg/servertest"
)

// another adds a listener on a free port of 127.0.0.1, changed in those ways.
func another(changes ...func(*config.Listener)) servertest.Option {
	return func(c *config.Config) {
		l := c.Listeners[0]
		for _, change := range changes {
			change(&l)
		}
		c.Listeners = append(c.Listeners, l)
	}
}

// portOf is where the server's n-th listener listens; those of another begin at 1.
func portOf(t *testing.T, s *servertest.Server, n int) string {
	t.Helper()
	_, port, err := net.SplitHostPort(s.Addrs()[n].String())
	if err != nil {
		t.Fatal(err)
	}
	return port
}

// papers are the files with certificates that a test needs. Servers and clients have authorities of
// their own, so that taking the one for the other does not go unnoticed.
type papers struct {
	t          *testing.T
	folder     string
	clients    *credentialstest.Authority
	chain, key string // of the server
	serverCA   string
	clientCA   string
}

func newPapers(t *testing.T) *papers {
	t.Helper()
	p := &papers{t: t, folder: t.TempDir(), clients: credentialstest.New(t, "clients")}
	servers := credentialstest.New(t, "servers")
	p.chain, p.key = servers.Server().Write(t, p.folder, "server")
	p.serverCA = credentialstest.File(t, p.folder, "servers.pem", servers.PEM())
	p.clientCA = credentialstest.File(t, p.folder, "clients.pem", p.clients.PEM())
	return p
}

// client returns the files of a client's certificate and its key.
func (p *papers) client(name string) (chain, key string) {
	p.t.Helper()
	return p.clients.Client(name).Write(p.t, p.folder, name)
}

// stranger is client from an authority nobody knows.
func (p *papers) stranger(name string) (chain, key string) {
	p.t.Helper()
	return credentialstest.New(p.t, "strangers").Client(name).Write(p.t, p.folder, "strange-"+name)
}

// encrypted makes a listener one with TLS.
func (p *papers) encrypted(l *config.Listener) { l.Fullchain, l.Privkey = p.chain, p.key }

// verified makes a listener one with TLS and client certificates.
func (p *papers) verified(l *config.Listener) {
	p.encrypted(l)
	l.ClientVerificationCAFile = p.clientCA
}

// web makes a listener one for WebSockets, under one path only.
func web(l *config.Listener) {
	l.Protocol, l.WebSocketPath = config.ProtocolWebSockets, []string{"/mqtt"}
}

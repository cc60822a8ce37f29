// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package credentials

import (
	"crypto/tls"
	"crypto/x509"
	"math/big"
	"testing"
	"time"

	"github.com/flashmq/flashmq/pkg/credentials/credentialstest"
)

// longList is what a listener with a revocation list of 10,000 certificates loads, and how the
// connection of a Client stands whose certificate is not one of them.
func longList(b *testing.B) (Files, tls.ConnectionState) {
	b.Helper()
	folder, clients := b.TempDir(), credentialstest.New(b, "clients")
	gone := make([]*credentialstest.Certificate, 10_000)
	for i := range gone {
		serial := new(big.Int).Lsh(big.NewInt(int64(i+1)), 100) // as long as most are
		gone[i] = &credentialstest.Certificate{Leaf: &x509.Certificate{SerialNumber: serial}}
	}
	f := Files{MinVersion: tls.VersionTLS12, Now: time.Now,
		ClientCAFile: credentialstest.File(b, folder, "ca.pem", clients.PEM()),
		CRLFile: credentialstest.File(b, folder, "crl.pem",
			clients.Revoke(time.Now().Add(time.Hour), gone...))}
	f.Fullchain, f.Privkey = clients.Server().Write(b, folder, "server")
	chain := []*x509.Certificate{clients.Client("who").Leaf, clients.Leaf}
	return f, tls.ConnectionState{PeerCertificates: chain[:1],
		VerifiedChains: [][]*x509.Certificate{chain}}
}

// What a handshake spends on looking for the Client's certificate among 10,000 revoked ones.
func BenchmarkCheckAgainstLongList(b *testing.B) {
	f, state := longList(b)
	c, err := Load(f)
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		if err := c.Config.VerifyConnection(state); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkLoadLongList(b *testing.B) {
	f, _ := longList(b)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := Load(f); err != nil {
			b.Fatal(err)
		}
	}
}

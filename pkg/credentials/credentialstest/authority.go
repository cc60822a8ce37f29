// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

// Package credentialstest makes certificate authorities, and certificates of every kind, for tests.
//
// Knows: how to make certificates, good and bad ones.
// Does not know: who they are for.
package credentialstest

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"sync/atomic"
	"testing"
	"time"
)

// Authority issues certificates.
type Authority struct {
	t    testing.TB
	Leaf *x509.Certificate
	key  *ecdsa.PrivateKey
}

var serial atomic.Int64

// New makes an authority.
func New(t testing.TB, name string) *Authority {
	t.Helper()
	template := &x509.Certificate{
		Subject: pkix.Name{CommonName: name}, IsCA: true, BasicConstraintsValid: true,
		KeyUsage: x509.KeyUsageCertSign | x509.KeyUsageCRLSign,
	}
	a := &Authority{t: t}
	c := a.Issue(template)
	a.Leaf, a.key = c.Leaf, c.key
	return a
}

// Certificate is one with its key.
type Certificate struct {
	Leaf *x509.Certificate
	key  *ecdsa.PrivateKey
	// Chain and Key are PEM.
	Chain, Key []byte
}

// Issue makes a certificate of what is set in template; what is not set has a usual value. Without
// a key of its own, which only New has to do with, the authority signs its own certificate.
func (a *Authority) Issue(template *x509.Certificate) *Certificate {
	a.t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	a.check(err)
	if template.SerialNumber == nil {
		template.SerialNumber = big.NewInt(serial.Add(1))
	}
	if template.NotBefore.IsZero() {
		template.NotBefore = time.Now().Add(-time.Hour)
	}
	if template.NotAfter.IsZero() {
		template.NotAfter = time.Now().Add(24 * time.Hour)
	}
	if template.KeyUsage == 0 {
		template.KeyUsage = x509.KeyUsageDigitalSignature
	}
	issuer, signer := a.Leaf, a.key
	if issuer == nil {
		issuer, signer = template, key
	}
	der, err := x509.CreateCertificate(rand.Reader, template, issuer, &key.PublicKey, signer)
	a.check(err)
	leaf, err := x509.ParseCertificate(der)
	a.check(err)
	secret, err := x509.MarshalPKCS8PrivateKey(key)
	a.check(err)
	return &Certificate{leaf, key, encode("CERTIFICATE", der), encode("PRIVATE KEY", secret)}
}

// Server issues a certificate for a server at localhost and the loopback addresses.
func (a *Authority) Server() *Certificate {
	return a.Issue(&x509.Certificate{
		Subject: pkix.Name{CommonName: "localhost"}, DNSNames: []string{"localhost"},
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1), net.IPv6loopback},
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	})
}

// Client issues a certificate for a client with that Common Name.
func (a *Authority) Client(name string) *Certificate {
	return a.Issue(&x509.Certificate{
		Subject:     pkix.Name{CommonName: name},
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth},
	})
}

// Intermediate issues a certificate for another authority.
func (a *Authority) Intermediate(name string) *Authority {
	c := a.Issue(&x509.Certificate{
		Subject: pkix.Name{CommonName: name}, IsCA: true, BasicConstraintsValid: true,
		KeyUsage: x509.KeyUsageCertSign | x509.KeyUsageCRLSign,
	})
	return &Authority{a.t, c.Leaf, c.key}
}

// Revoke makes a revocation list, in PEM, that is up to date until then.
func (a *Authority) Revoke(until time.Time, certificates ...*Certificate) []byte {
	a.t.Helper()
	list := &x509.RevocationList{
		Number: big.NewInt(serial.Add(1)), ThisUpdate: until.Add(-time.Hour), NextUpdate: until,
	}
	for _, c := range certificates {
		list.RevokedCertificateEntries = append(list.RevokedCertificateEntries,
			x509.RevocationListEntry{SerialNumber: c.Leaf.SerialNumber, RevocationTime: time.Now()})
	}
	der, err := x509.CreateRevocationList(rand.Reader, list, a.Leaf, a.key)
	a.check(err)
	return encode("X509 CRL", der)
}

// PEM is the authority's own certificate.
func (a *Authority) PEM() []byte { return encode("CERTIFICATE", a.Leaf.Raw) }

// Pool trusts the authority.
func (a *Authority) Pool() *x509.CertPool {
	p := x509.NewCertPool()
	p.AddCert(a.Leaf)
	return p
}

// TLS is c as crypto/tls wants it.
func (c *Certificate) TLS() tls.Certificate {
	return tls.Certificate{Certificate: [][]byte{c.Leaf.Raw}, PrivateKey: c.key, Leaf: c.Leaf}
}

// Write puts the chain and the key into files of a folder: name.pem and name.key.
func (c *Certificate) Write(t testing.TB, folder, name string) (chain, key string) {
	t.Helper()
	return File(t, folder, name+".pem", c.Chain), File(t, folder, name+".key", c.Key)
}

// File writes a file and returns its path.
func File(t testing.TB, folder, name string, content []byte) string {
	t.Helper()
	path := filepath.Join(folder, name)
	if err := os.WriteFile(path, content, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func encode(kind string, der []byte) []byte {
	return pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der})
}

func (a *Authority) check(err error) {
	a.t.Helper()
	if err != nil {
		a.t.Fatal(err)
	}
}

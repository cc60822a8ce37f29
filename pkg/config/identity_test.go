// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package config

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"os"
	"path/filepath"
	"testing"
	"time"
)

// certificateTime is the time of the tests: nothing here depends on when they run.
var certificateTime = time.Date(2030, 1, 2, 3, 4, 5, 0, time.UTC)

// folder is a directory for the files of a test.
type folder struct {
	*testing.T
	path string
}

func newFolder(t *testing.T) folder {
	t.Helper()
	return folder{t, t.TempDir()}
}

// put writes a file and returns its path.
func (f folder) put(name string, content ...[]byte) string {
	f.Helper()
	var text []byte
	for _, c := range content {
		text = append(text, c...)
	}
	path := filepath.Join(f.path, name)
	if err := os.WriteFile(path, text, 0o600); err != nil {
		f.Fatal(err)
	}
	return path
}

func inPEM(kind string, der []byte) []byte {
	return pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der})
}

// identity is a certificate that signed itself, with its key.
type identity struct {
	certificate *x509.Certificate
	key         crypto.Signer
	chain, pair []byte // PEM
}

// newIdentity makes one that is valid for the year around from.
func newIdentity(t *testing.T, from time.Time) identity {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "broker.example.com"},
		NotBefore: from.AddDate(0, -6, 0), NotAfter: from.AddDate(0, 6, 0),
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCRLSign,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	certificate, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	plain, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	return identity{certificate, key, inPEM("CERTIFICATE", der), inPEM("PRIVATE KEY", plain)}
}

// revoked returns an empty revocation list that should be replaced at next, as DER.
func (i identity) revoked(t *testing.T, next time.Time) []byte {
	t.Helper()
	list := &x509.RevocationList{Number: big.NewInt(1), ThisUpdate: next.AddDate(0, -1, 0),
		NextUpdate: next}
	der, err := x509.CreateRevocationList(rand.Reader, list, i.certificate, i.key)
	if err != nil {
		t.Fatal(err)
	}
	return der
}

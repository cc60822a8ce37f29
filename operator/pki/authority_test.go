// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package pki

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"maps"
	"math/big"
	"strings"
	"testing"
	"time"
)

// made is a certificate of any kind with its key.
type made struct {
	certificate *x509.Certificate
	key         crypto.Signer
	cert, priv  []byte // PEM
}

// issue makes a certificate of what is set in template, signed by an issuer or by itself.
func issue(t testing.TB, template x509.Certificate, key crypto.Signer, by *made) *made {
	t.Helper()
	if key == nil {
		key = ecKey(t)
	}
	if template.SerialNumber == nil {
		template.SerialNumber = big.NewInt(7)
	}
	if template.NotBefore.IsZero() {
		template.NotBefore, template.NotAfter = start.Add(-day), start.Add(60*day)
	}
	if by == nil {
		by = &made{certificate: &template, key: key}
	}
	der, err := x509.CreateCertificate(rand.Reader, &template, by.certificate, key.Public(), by.key)
	if err != nil {
		t.Fatal(err)
	}
	c, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	secret, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	return &made{c, key, encode(c), inPEM(keyType, secret)}
}

func inPEM(kind string, der []byte) []byte {
	return pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der})
}

func ecKey(t testing.TB) *ecdsa.PrivateKey {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

func rsaKey(t testing.TB, bits int) *rsa.PrivateKey {
	t.Helper()
	key, err := rsa.GenerateKey(rand.Reader, bits)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

// root is a template of an authority.
func root(name string) x509.Certificate {
	return x509.Certificate{Subject: pkix.Name{CommonName: name}, IsCA: true,
		BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign}
}

// data is that of an authority that somebody has made with other tools.
func (m *made) data() map[string][]byte {
	return map[string][]byte{"tls.crt": m.cert, "tls.key": m.priv}
}

func TestBrokenAuthority(t *testing.T) {
	t.Parallel()
	_, r := ensure(t, nil, AuthorityOptions{Validity: 30 * day}, start)
	_, other := ensure(t, nil, AuthorityOptions{}, start)
	good := issue(t, root("good"), nil, nil)
	below := issue(t, root("below"), nil, good)
	noSign := root("no signing")
	noSign.KeyUsage = x509.KeyUsageDigitalSignature
	forged := bytes.Clone(good.certificate.Raw)
	forged[len(forged)-3] ^= 1
	until := func(text string) []byte {
		return pem.EncodeToMemory(&pem.Block{Type: certificateType,
			Bytes: good.certificate.Raw, Headers: map[string]string{untilHeader: text}})
	}
	for _, tt := range []struct {
		name  string
		edit  func(d map[string][]byte)
		fault Fault
		part  string
		says  string
	}{
		{"no certificate", func(d map[string][]byte) { delete(d, "tls.crt") }, Missing, "tls.crt",
			"delete it to have a new"},
		{"no key", func(d map[string][]byte) { delete(d, "tls.key") }, Missing, "tls.key", "none"},
		{"only a bundle", func(d map[string][]byte) {
			delete(d, "tls.key")
			delete(d, "tls.crt")
		}, Missing, "tls.crt", "none"},
		{"text", func(d map[string][]byte) { d["tls.crt"] = []byte("x") }, NotPEM, "tls.crt", ""},
		{"text for a key", func(d map[string][]byte) { d["tls.key"] = []byte("x") }, NotPEM,
			"tls.key", "no private key"},
		{"large", func(d map[string][]byte) { d["tls.crt"] = make([]byte, maxPEM+1) }, TooLarge,
			"tls.crt", "1048576"},
		{"large key", func(d map[string][]byte) { d["tls.key"] = make([]byte, maxKeyPEM+1) },
			TooLarge, "tls.key", "65536"},
		{"two", func(d map[string][]byte) { d["tls.crt"] = append(d["tls.crt"], good.cert...) },
			TooLarge, "tls.crt", "more than 1"},
		{"another key", func(d map[string][]byte) { d["tls.key"] = other.Data["tls.key"] },
			KeyMismatch, "tls.key", "restore the Secret"},
		{"a leaf", func(d map[string][]byte) {
			maps.Copy(d, issue(t, x509.Certificate{}, nil, nil).data())
		}, NotAuthority, "tls.crt", "CA:TRUE"},
		{"may not sign", func(d map[string][]byte) {
			maps.Copy(d, issue(t, noSign, nil, nil).data())
		}, NotAuthority, "tls.crt", "keyUsage"},
		{"intermediate", func(d map[string][]byte) { maps.Copy(d, below.data()) }, NotAuthority,
			"tls.crt", `signed by "CN=good"`},
		{"forged", func(d map[string][]byte) {
			maps.Copy(d, good.data())
			d["tls.crt"] = inPEM(certificateType, forged)
		}, NotAuthority, "tls.crt", "not signed by itself"},
		{"successor without a key", func(d map[string][]byte) { d["ca-next.crt"] = good.cert },
			Missing, "ca-next.key", "another successor is made"},
		{"successor without a certificate", func(d map[string][]byte) {
			d["ca-next.key"] = good.priv
		}, Missing, "ca-next.crt", "remove ca-next.crt"},
		{"key of another successor", func(d map[string][]byte) {
			d["ca-next.crt"], d["ca-next.key"] = good.cert, below.priv
		}, KeyMismatch, "ca-next.key", "that of ca-next.crt"},
		{"text of before", func(d map[string][]byte) { d["ca-previous.crt"] = []byte("x") },
			NotPEM, "ca-previous.crt", "remove ca-previous.crt"},
		{"leaf of before", func(d map[string][]byte) {
			d["ca-previous.crt"] = issue(t, x509.Certificate{}, nil, nil).cert
		}, NotAuthority, "ca-previous.crt", "CA:TRUE"},
		{"too many of before", func(d map[string][]byte) {
			d["ca-previous.crt"] = bytes.Repeat(good.cert, maxPrevious+1)
		}, TooLarge, "ca-previous.crt", "32"},
		{"trusted until never", func(d map[string][]byte) {
			d["ca-previous.crt"] = until("never")
		}, Malformed, "ca-previous.crt", untilHeader},
		{"with headers", func(d map[string][]byte) { d["tls.crt"] = until("never") }, Malformed,
			"tls.crt", "headers"},
	} {
		data := maps.Clone(r.Data)
		tt.edit(data)
		_, err := ParseAuthority(data, start)
		refused(t, tt.name, err, tt.fault, tt.part, tt.says)
		_, _, err = EnsureAuthority(data, AuthorityOptions{Name: "a"}, start)
		refused(t, tt.name, err, tt.fault, tt.part, tt.says)
	}
	_, err := ParseAuthority(r.Data, start.Add(31*day))
	refused(t, "expired", err, Expired, "tls.crt", "expired at 2026-03-31T12:00:00Z")
	_, err = ParseAuthority(r.Data, start.Add(-Backdate-1))
	refused(t, "of the future", err, NotYetValid, "tls.crt", "before 2026-03-01T11:55:00Z")
	_, _, err = EnsureAuthority(r.Data, AuthorityOptions{Name: "a"}, start.Add(-day))
	refused(t, "clock set back", err, NotYetValid, "tls.crt", "set the clock")
}

// refused checks an error: its kind, and that it says where and what.
func refused(t *testing.T, name string, err error, fault Fault, part, says string) {
	t.Helper()
	var e *Error
	if !errors.As(err, &e) || !errors.Is(err, fault) || e.Part != part {
		t.Errorf("%s: %v; want %s in %s", name, err, fault, part)
		return
	}
	if text := err.Error(); !strings.Contains(text, says) || !strings.HasPrefix(text, part+": ") ||
		strings.Contains(text, "\n") || len(text) > 1000 {
		t.Errorf("%s: %q does not say %q", name, text, says)
	}
}

// An authority that was made with other tools is taken as it is.
func TestForeignAuthority(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name string
		key  crypto.Signer
		form func(t *testing.T, m *made) []byte
	}{
		{"ECDSA in SEC 1", ecKey(t), func(t *testing.T, m *made) []byte {
			der, err := x509.MarshalECPrivateKey(m.key.(*ecdsa.PrivateKey))
			if err != nil {
				t.Fatal(err)
			}
			return append([]byte("-----BEGIN EC PARAMETERS-----\nBggqhkjOPQMBBw==\n"+
				"-----END EC PARAMETERS-----\n"), inPEM("EC PRIVATE KEY", der)...)
		}},
		{"RSA in PKCS 1", rsaKey(t, 2048), func(_ *testing.T, m *made) []byte {
			return inPEM("RSA PRIVATE KEY",
				x509.MarshalPKCS1PrivateKey(m.key.(*rsa.PrivateKey)))
		}},
	} {
		m := issue(t, root("foreign"), tt.key, nil)
		data := map[string][]byte{"tls.crt": m.cert, "tls.key": tt.form(t, m)}
		a, r := ensure(t, data, AuthorityOptions{}, start)
		if r.Change != Repaired || !bytes.Equal(r.Data["tls.key"], data["tls.key"]) ||
			!bytes.Equal(r.Data["tls.crt"], data["tls.crt"]) {
			t.Errorf("%s: %q", tt.name, r.Change)
		}
		l := leafOf(t, nil, a, LeafOptions{}, start)
		w := newWorld(t, AuthorityOptions{}, 0)
		w.verify(l.Data["tls.crt"], publication{start, nil, poolOf(t, r.Data["ca.crt"])})
	}
}

// Trusted-Until never makes an authority trusted for longer than it is valid.
func TestPreviousAuthorities(t *testing.T) {
	t.Parallel()
	old := issue(t, root("old"), nil, nil)
	end := old.certificate.NotAfter.Add(time.Second)
	for _, tt := range []struct {
		name   string
		header map[string]string
		until  time.Time
	}{
		{"none", nil, end},
		{"earlier", map[string]string{untilHeader: "2026-03-20T00:00:00Z"},
			time.Date(2026, 3, 20, 0, 0, 0, 0, time.UTC)},
		{"later", map[string]string{untilHeader: "2050-03-20T00:00:00Z"}, end},
		{"other headers", map[string]string{"Comment": "x"}, end},
	} {
		_, r := ensure(t, nil, AuthorityOptions{}, start)
		r.Data["ca-previous.crt"] = pem.EncodeToMemory(&pem.Block{Type: certificateType,
			Headers: tt.header, Bytes: old.certificate.Raw})
		a, r := ensure(t, r.Data, AuthorityOptions{}, start)
		if len(a.Previous) != 1 || !a.Previous[0].Until.Equal(tt.until) || !r.Next.Equal(tt.until) {
			t.Errorf("%s: %v, next %v; want %v", tt.name, a.Previous, r.Next, tt.until)
		}
		if !bytes.HasSuffix(r.Data["ca.crt"], old.cert) {
			t.Errorf("%s: not trusted", tt.name)
		}
		if a, r = ensure(t, r.Data, AuthorityOptions{}, tt.until); len(a.Previous) != 0 ||
			r.Change != Retired || bytes.Contains(r.Data["ca.crt"], old.cert) {
			t.Errorf("%s: %q, %v", tt.name, r.Change, a.Previous)
		}
	}
}

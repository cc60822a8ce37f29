// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package pki

import (
	"bytes"
	"crypto/ecdh"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"math/big"
	"strings"
	"testing"
	"time"
)

// brought is what a user may bring: a chain of three, and other things.
type brought struct {
	root, middle, leaf, other *made
	chain                     []byte
}

func bring(t testing.TB) *brought {
	t.Helper()
	b := &brought{root: issue(t, root("root"), nil, nil)}
	middle := root("middle")
	middle.NotBefore, middle.NotAfter = start.Add(-day), start.Add(20*day)
	b.middle = issue(t, middle, nil, b.root)
	b.leaf = issue(t, x509.Certificate{Subject: pkix.Name{CommonName: "mqtt.example"},
		DNSNames:    []string{"mqtt.example"},
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}}, nil, b.middle)
	b.other = issue(t, root("other"), nil, nil)
	b.chain = append(bytes.Clone(b.leaf.cert), b.middle.cert...)
	return b
}

// largeKey is a certificate for an RSA key that is too large, and that nobody has.
func largeKey(t testing.TB, by *made) []byte {
	t.Helper()
	n := new(big.Int).Add(new(big.Int).Lsh(big.NewInt(1), maxRSA), big.NewInt(1))
	der, err := x509.CreateCertificate(rand.Reader, &x509.Certificate{
		SerialNumber: big.NewInt(1)}, by.certificate, &rsa.PublicKey{N: n, E: 65537}, by.key)
	if err != nil {
		t.Fatal(err)
	}
	return inPEM(certificateType, der)
}

func TestInspectBroken(t *testing.T) {
	t.Parallel()
	b := bring(t)
	selfSigned := issue(t, x509.Certificate{Subject: pkix.Name{CommonName: "self"}}, nil, nil)
	large := largeKey(t, b.root)
	huge := issue(t, x509.Certificate{Subject: pkix.Name{
		CommonName: strings.Repeat("\u00fc", maxCertificate)}}, nil, nil)
	exchange, err := ecdh.X25519().GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	exchangeDER, err := x509.MarshalPKCS8PrivateKey(exchange)
	if err != nil {
		t.Fatal(err)
	}
	truncated := append(bytes.Clone(b.leaf.cert), b.middle.cert[:len(b.middle.cert)/2]...)
	reversed := append(bytes.Clone(b.middle.cert), b.leaf.cert...)
	garbage := inPEM(certificateType, []byte("garbage"))
	oldPassphrase := pem.EncodeToMemory(&pem.Block{Type: "EC PRIVATE KEY", Bytes: []byte("x"),
		Headers: map[string]string{"Proc-Type": "4,ENCRYPTED", "DEK-Info": "AES-256-CBC,00"}})
	ca := b.root.cert
	for _, tt := range []struct {
		name          string
		cert, key, ca []byte
		at            time.Duration
		fault         Fault
		part          string
		says          string
		facts         bool
	}{
		{"no certificate", nil, b.leaf.priv, ca, 0, Missing, "tls.crt", "none", false},
		{"no key", b.chain, nil, ca, 0, Missing, "tls.key", "none", true},
		{"large", make([]byte, maxPEM+1), b.leaf.priv, ca, 0, TooLarge, "tls.crt", "1048577",
			false},
		{"large key", b.chain, make([]byte, maxKeyPEM+1), ca, 0, TooLarge, "tls.key", "65537",
			true},
		{"large bundle", b.chain, b.leaf.priv, make([]byte, maxPEM+1), 0, TooLarge, "ca.crt", "",
			true},
		{"large certificate", huge.cert, huge.priv, nil, 0, TooLarge, "tls.crt", "65536", false},
		{"long chain", bytes.Repeat(b.leaf.cert, maxChain+1), b.leaf.priv, nil, 0, TooLarge,
			"tls.crt", "16", false},
		{"RSA key of many bits", large, b.leaf.priv, nil, 0, Unsupported, "tls.crt",
			"8192 bits", false},
		{"very large key", b.chain, inPEM(keyType, make([]byte, maxKey+1)), nil, 0, TooLarge,
			"tls.key", "8192 bytes", true},
		{"text", []byte("hello"), b.leaf.priv, ca, 0, NotPEM, "tls.crt", "no certificate", false},
		{"DER", b.leaf.certificate.Raw, b.leaf.priv, ca, 0, NotPEM, "tls.crt", "DER", false},
		{"exchanged", b.leaf.priv, b.leaf.cert, ca, 0, NotPEM, "tls.crt", "exchanged", false},
		{"certificate for a key", b.chain, b.leaf.cert, ca, 0, NotPEM, "tls.key", "exchanged",
			true},
		{"text for a bundle", b.chain, b.leaf.priv, []byte("x"), 0, NotPEM, "ca.crt", "", true},
		{"garbage", garbage, b.leaf.priv, ca, 0, Malformed, "tls.crt", "certificate 1", false},
		{"garbage behind", append(bytes.Clone(b.leaf.cert), garbage...), b.leaf.priv, ca, 0,
			Malformed, "tls.crt", "certificate 2", false},
		{"truncated", truncated, b.leaf.priv, ca, 0, Malformed, "tls.crt", "1 of 2", false},
		{"garbage for a key", b.chain, inPEM(keyType, []byte("x")), ca, 0, Malformed, "tls.key",
			"cannot be used", true},
		{"passphrase", b.chain, inPEM("ENCRYPTED PRIVATE KEY", []byte("x")), ca, 0, Encrypted,
			"tls.key", "openssl pkey", true},
		{"passphrase, old form", b.chain, oldPassphrase, ca, 0, Encrypted, "tls.key", "", true},
		{"key for key exchange", b.chain, inPEM(keyType, exchangeDER), ca, 0, Unsupported,
			"tls.key", "neither ECDSA", true},
		{"another key", b.chain, b.other.priv, ca, 0, KeyMismatch, "tls.key", "together", true},
		{"reversed", reversed, b.leaf.priv, ca, 0, KeyMismatch, "tls.crt", "certificate 2", true},
		{"expired", b.chain, b.leaf.priv, ca, 61 * day, Expired, "tls.crt",
			`"CN=mqtt.example" expired at 2026-04-30T12:00:00Z`, true},
		{"not yet valid", b.chain, b.leaf.priv, ca, -2 * day, NotYetValid, "tls.crt",
			"before 2026-02-28T12:00:00Z", true},
		{"intermediate missing", b.leaf.cert, b.leaf.priv, ca, 0, Untrusted, "tls.crt",
			"between them", true},
		{"intermediate expired", b.chain, b.leaf.priv, ca, 21 * day, Untrusted, "tls.crt",
			"expired", true},
		{"another authority", b.chain, b.leaf.priv, b.other.cert, 0, Untrusted, "tls.crt",
			"unknown authority", true},
		{"self-signed", selfSigned.cert, selfSigned.priv, ca, 0, Untrusted, "tls.crt", "", true},
	} {
		f, err := Inspect(tt.cert, tt.key, tt.ca, start.Add(tt.at))
		refused(t, tt.name, err, tt.fault, tt.part, tt.says)
		if (f.Fingerprint != "") != tt.facts || f.Verified {
			t.Errorf("%s: %+v", tt.name, f)
		}
	}
}

func TestInspect(t *testing.T) {
	t.Parallel()
	b := bring(t)
	self := issue(t, x509.Certificate{Subject: pkix.Name{CommonName: "self"}}, nil, nil)
	client := issue(t, x509.Certificate{Subject: pkix.Name{CommonName: "device"},
		ExtKeyUsage: Client.extended()}, nil, b.root)
	end, middleEnd := start.Add(60*day), start.Add(20*day)
	bundle := append(append(bytes.Clone(b.other.cert), b.root.cert...), b.middle.cert...)
	for _, tt := range []struct {
		name          string
		cert, key, ca []byte
		at            time.Duration
		verified      bool
		until         time.Time
		soon          bool
		next          time.Time
	}{
		{"without authorities", b.chain, b.leaf.priv, nil, 0, false, end, false,
			end.Add(-61 * day / 6)},
		{"intermediate ends first", b.chain, b.leaf.priv, b.root.cert, 0, true, middleEnd, false,
			middleEnd.Add(-61 * day / 6)},
		{"in a bundle", b.leaf.cert, b.leaf.priv, bundle, 0, true, middleEnd, false,
			middleEnd.Add(-61 * day / 6)},
		{"soon", b.chain, b.leaf.priv, b.root.cert, 15 * day, true, middleEnd, true,
			middleEnd.Add(time.Second)},
		{"last moment", b.chain, b.leaf.priv, b.root.cert, 20 * day, true, middleEnd, true,
			middleEnd.Add(time.Second)},
		{"self-signed and trusted", self.cert, self.priv, self.cert, 0, true, end, false,
			end.Add(-61 * day / 6)},
		{"of a client", client.cert, client.priv, b.root.cert, 0, true, end, false,
			end.Add(-61 * day / 6)},
		{"key in the same file", append(bytes.Clone(b.leaf.priv), b.chain...), b.leaf.priv, nil, 0,
			false, end, false, end.Add(-61 * day / 6)},
		{"of Windows", bytes.ReplaceAll(b.chain, []byte("\n"), []byte("\r\n")), b.leaf.priv,
			b.root.cert, 0, true, middleEnd, false, middleEnd.Add(-61 * day / 6)},
	} {
		f, err := Inspect(tt.cert, tt.key, tt.ca, start.Add(tt.at))
		if err != nil {
			t.Errorf("%s: %v", tt.name, err)
		}
		if f.Verified != tt.verified || !f.Until.Equal(tt.until) || f.ExpiresSoon != tt.soon ||
			!f.Next.Equal(tt.next) || !f.NotAfter.Equal(end) || len(f.Fingerprint) != 64 {
			t.Errorf("%s: %+v", tt.name, f)
		}
	}
	f, _ := Inspect(b.chain, b.leaf.priv, nil, start)
	if f.Subject != "CN=mqtt.example" || f.Issuer != "CN=middle" || f.Usages != Server ||
		len(f.DNSNames) != 1 || f.DNSNames[0] != "mqtt.example" {
		t.Errorf("%+v", f)
	}
}

// Long lives end soon two weeks before, short ones when a sixth is left.
func TestExpiresSoon(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name       string
		life, left time.Duration
	}{
		{"a year", 366 * day, 14 * day}, {"ninety days", 90 * day, 14 * day},
		{"six days", 6 * day, day}, {"a day", day, 4 * time.Hour},
	} {
		m := issue(t, x509.Certificate{NotBefore: start, NotAfter: start.Add(tt.life)}, nil, nil)
		for _, soon := range []bool{false, true} {
			now := start.Add(tt.life - tt.left)
			if !soon {
				now = now.Add(-1)
			}
			if f, err := Inspect(m.cert, m.priv, nil, now); err != nil || f.ExpiresSoon != soon {
				t.Errorf("%s: %v, want %v: %v", tt.name, f.ExpiresSoon, soon, err)
			}
		}
	}
}

func TestInspectBundle(t *testing.T) {
	t.Parallel()
	b := bring(t)
	both := append(bytes.Clone(b.root.cert), b.middle.cert...)
	for _, tt := range []struct {
		name   string
		bundle []byte
		at     time.Duration
		facts  int
		fault  error
	}{
		{"both", both, 0, 2, nil},
		{"one has expired", both, 30 * day, 2, nil},
		{"both have expired", both, 90 * day, 2, Expired},
		{"of the future", both, -90 * day, 2, NotYetValid},
		{"a leaf", b.leaf.cert, 0, 1, NotAuthority},
		{"nothing", nil, 0, 0, Missing},
		{"text", []byte("x"), 0, 0, NotPEM},
	} {
		facts, err := InspectBundle(tt.bundle, start.Add(tt.at))
		if !errors.Is(err, tt.fault) || len(facts) != tt.facts {
			t.Errorf("%s: %d facts, %v", tt.name, len(facts), err)
		}
	}
}

func TestErrorsAreBrief(t *testing.T) {
	t.Parallel()
	for _, s := range []string{"", strings.Repeat("x", maxText), strings.Repeat("\u20ac", maxText),
		strings.Repeat("\xff", 2*maxText), strings.Repeat("x", maxText-1) + "\u00fcx"} {
		got := brief(s)
		if len(got) > maxText+3 || strings.ToValidUTF8(got, "") != got {
			t.Errorf("%q", got)
		}
	}
}

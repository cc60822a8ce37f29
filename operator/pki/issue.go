// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package pki

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"math/big"
	"net"
	"time"
)

// Ours.
const (
	// Backdate is how long before it is made a certificate becomes valid, for clients whose clocks
	// are slow. A smaller value renews all leaves, which then seem to live too long.
	Backdate = 5 * time.Minute
	// serialBits is more than enough that no two certificates ever have the same number.
	serialBits = 128
)

// Issuer is a certificate that signs others, with its key.
type Issuer struct {
	Certificate *x509.Certificate
	key         crypto.Signer
	// certificatePEM and keyPEM are as they were read, so that they come back unchanged.
	certificatePEM, keyPEM []byte
}

// moment rounds up to what certificates can say, so that nothing counts as older than it is.
func moment(now time.Time) time.Time {
	if t := now.UTC().Truncate(time.Second); t.Equal(now) {
		return t
	}
	return now.UTC().Truncate(time.Second).Add(time.Second)
}

// newIssuer makes an authority. Its subject is like no other's: some clients tell authorities apart
// by their subjects only.
func newIssuer(o AuthorityOptions, now time.Time) (*Issuer, error) {
	number, err := serial()
	if err != nil {
		return nil, err
	}
	made := moment(now)
	name := fmt.Sprintf("%s %08x", o.Name, uint32(number.Uint64()))
	c := &x509.Certificate{
		SerialNumber:          number,
		Subject:               pkix.Name{CommonName: name},
		NotBefore:             made.Add(-Backdate),
		NotAfter:              made.Add(o.Validity),
		IsCA:                  true,
		BasicConstraintsValid: true,
		KeyUsage:              x509.KeyUsageCertSign | x509.KeyUsageCRLSign,
	}
	return create(c, nil)
}

// sign makes a leaf. It never outlives its issuer, nor is it older.
func (i *Issuer) sign(o LeafOptions, now time.Time) (*Issuer, error) {
	number, err := serial()
	if err != nil {
		return nil, err
	}
	c := &x509.Certificate{
		SerialNumber:          number,
		Subject:               pkix.Name{CommonName: o.CommonName},
		NotBefore:             moment(now).Add(-Backdate),
		NotAfter:              i.end(o, now),
		BasicConstraintsValid: true,
		KeyUsage:              x509.KeyUsageDigitalSignature,
		ExtKeyUsage:           o.Usages.extended(),
		DNSNames:              o.DNSNames,
	}
	for _, ip := range o.IPs {
		c.IPAddresses = append(c.IPAddresses, net.IP(ip.AsSlice()))
	}
	if c.NotBefore.Before(i.Certificate.NotBefore) {
		c.NotBefore = i.Certificate.NotBefore
	}
	return create(c, i)
}

// end is when a leaf that is signed now expires.
func (i *Issuer) end(o LeafOptions, now time.Time) time.Time {
	return NextEvent(moment(now).Add(o.Validity), i.Certificate.NotAfter)
}

// create makes a key and a certificate for it, signed by an issuer or, without one, by itself.
func create(template *x509.Certificate, by *Issuer) (*Issuer, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, fmt.Errorf("making a key: %w", err)
	}
	if by == nil {
		by = &Issuer{Certificate: template, key: key}
	}
	der, err := x509.CreateCertificate(rand.Reader, template, by.Certificate, key.Public(), by.key)
	if err != nil {
		return nil, fmt.Errorf("signing a certificate: %w", err)
	}
	c, err := x509.ParseCertificate(der)
	if err != nil {
		return nil, fmt.Errorf("reading the certificate just made: %w", err)
	}
	secret, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return nil, fmt.Errorf("writing a key: %w", err)
	}
	return &Issuer{c, key, encode(c), pem.EncodeToMemory(&pem.Block{Type: keyType,
		Bytes: secret})}, nil
}

func serial() (*big.Int, error) {
	number, err := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), serialBits))
	if err != nil {
		return nil, fmt.Errorf("making a serial number: %w", err)
	}
	return number, nil
}

func encode(c *x509.Certificate) []byte {
	return pem.EncodeToMemory(&pem.Block{Type: certificateType, Bytes: c.Raw})
}

// life is how long a certificate is valid.
func life(c *x509.Certificate) time.Duration { return c.NotAfter.Sub(c.NotBefore) }

// twoThirds leaves a third of the life for everything that may go wrong with a renewal.
func twoThirds(d time.Duration) time.Duration { return d / 3 * 2 }

func expired(c *x509.Certificate, now time.Time) bool { return now.After(c.NotAfter) }

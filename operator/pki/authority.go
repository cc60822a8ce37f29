// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package pki

import (
	"bytes"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"time"
)

// maxPrevious is how many authorities of the past are read. EnsureAuthority never keeps that many.
const maxPrevious = 32

// untilHeader stands above each certificate in ca-previous.crt.
const untilHeader = "Trusted-Until"

// afresh is the advice for an authority that cannot be used. To replace it unasked would make
// every client refuse the broker.
const afresh = "restore the Secret from a backup, or delete it to have a new authority made, " +
	"whose ca.crt all clients then need"

// Authority signs the leaves of one broker.
type Authority struct {
	Current *Issuer
	// Next is published and does not sign yet; nil outside rotations.
	Next *Issuer
	// Previous have signed what may still be served, the youngest first.
	Previous []Trusted
}

// Trusted is an authority that signs no more.
type Trusted struct {
	Certificate *x509.Certificate
	// Until is when it leaves the bundle: all that it has signed has expired.
	Until time.Time
}

// authorityKeys are all that the data of an authority may have.
var authorityKeys = []string{CertificateKey, PrivateKeyKey, BundleKey, nextCertificateKey,
	nextPrivateKeyKey, previousKey}

// ParseAuthority reads the data of an authority's Secret, to sign with it now. The bundle is not
// read: it follows from the rest. data is not kept.
func ParseAuthority(data map[string][]byte, now time.Time) (*Authority, error) {
	a, err := readAuthority(data)
	if err != nil {
		return nil, err
	}
	return a, a.Current.usable(now)
}

// readAuthority reads data, whatever the time is.
func readAuthority(data map[string][]byte) (*Authority, error) {
	current, err := readIssuer(data, CertificateKey, PrivateKeyKey)
	if err != nil {
		return nil, advise(err, afresh)
	}
	a := &Authority{Current: current}
	if len(data[nextCertificateKey]) > 0 || len(data[nextPrivateKeyKey]) > 0 {
		if a.Next, err = readIssuer(data, nextCertificateKey, nextPrivateKeyKey); err != nil {
			return nil, advise(err, "remove "+nextCertificateKey+" and "+nextPrivateKeyKey+
				" from the Secret: another successor is made")
		}
	}
	if a.Previous, err = readPrevious(data[previousKey]); err != nil {
		return nil, advise(err, "remove "+previousKey+" from the Secret: clients then refuse "+
			"what the authorities in it have signed")
	}
	return a, nil
}

func readIssuer(data map[string][]byte, certificateKey, keyKey string) (*Issuer, error) {
	found, err := certificates(certificateKey, data[certificateKey], 1)
	if err != nil {
		return nil, err
	}
	key, err := privateKey(keyKey, data[keyKey])
	if err != nil {
		return nil, err
	}
	if !matches(found[0], key) {
		return nil, &Error{Fault: KeyMismatch, Part: keyKey,
			What: "the key is not that of " + certificateKey}
	}
	if err := checkAuthority(certificateKey, found[0]); err != nil {
		return nil, err
	}
	return &Issuer{found[0], key, bytes.Clone(data[certificateKey]),
		bytes.Clone(data[keyKey])}, nil
}

// checkAuthority wants one that everybody can trust on its own: OpenSSL does not end a chain at one
// that others have signed.
func checkAuthority(part string, c *x509.Certificate) error {
	e := &Error{Fault: NotAuthority, Part: part}
	named := fmt.Sprintf("the certificate of %q ", brief(c.Subject.String()))
	switch {
	case !c.BasicConstraintsValid || !c.IsCA:
		e.What = named + "is not that of an authority (CA:TRUE)"
	case c.KeyUsage != 0 && c.KeyUsage&x509.KeyUsageCertSign == 0:
		e.What = named + "may not sign certificates (keyUsage)"
	case !bytes.Equal(c.RawSubject, c.RawIssuer):
		e.What = named + fmt.Sprintf("is signed by %q, not by itself", brief(c.Issuer.String()))
	default:
		if e.Cause = c.CheckSignatureFrom(c); e.Cause == nil {
			return nil
		}
		e.What = named + "is not signed by itself"
	}
	return e
}

func readPrevious(text []byte) ([]Trusted, error) {
	if len(text) == 0 {
		return nil, nil
	}
	blocks, err := certificateBlocks(previousKey, text, maxPrevious)
	if err != nil {
		return nil, err
	}
	var previous []Trusted
	for _, b := range blocks {
		t, err := readTrusted(b)
		if err != nil {
			return nil, err
		}
		previous = append(previous, t)
	}
	return previous, nil
}

// readTrusted takes a certificate without the header, as people may add one, for trusted as long as
// it is valid.
func readTrusted(b block) (Trusted, error) {
	t := Trusted{b.certificate, b.certificate.NotAfter.Add(time.Second)}
	if err := checkAuthority(previousKey, t.Certificate); err != nil {
		return t, err
	}
	header, ok := b.headers[untilHeader]
	if !ok {
		return t, nil
	}
	until, err := time.Parse(time.RFC3339, header)
	if err != nil {
		return t, &Error{Fault: Malformed, Part: previousKey, Cause: err,
			What: "the header " + untilHeader + " cannot be read"}
	}
	t.Until = NextEvent(t.Until, moment(until))
	return t, nil
}

// usable says whether certificates can be signed now.
func (i *Issuer) usable(now time.Time) error {
	switch c := i.Certificate; {
	case expired(c, now):
		return &Error{Fault: Expired, Part: CertificateKey, Do: "let a new authority be made; " +
			"clients need its ca.crt",
			What: "the authority expired at " + c.NotAfter.Format(time.RFC3339)}
	case now.Before(c.NotBefore):
		return &Error{Fault: NotYetValid, Part: CertificateKey, Do: "set the clock, or " + afresh,
			What: "the authority is not valid before " + c.NotBefore.Format(time.RFC3339)}
	}
	return nil
}

// Bundle is what clients should trust, in PEM. The authority that signs comes first, for clients
// that read only one.
func (a *Authority) Bundle() []byte {
	bundle := encode(a.Current.Certificate)
	if a.Next != nil {
		bundle = append(bundle, encode(a.Next.Certificate)...)
	}
	for _, t := range a.Previous {
		bundle = append(bundle, encode(t.Certificate)...)
	}
	return bundle
}

// data is what ParseAuthority reads.
func (a *Authority) data() map[string][]byte {
	data := map[string][]byte{
		CertificateKey: a.Current.certificatePEM,
		PrivateKeyKey:  a.Current.keyPEM,
		BundleKey:      a.Bundle(),
		previousKey:    encodePrevious(a.Previous),
	}
	if a.Next != nil {
		data[nextCertificateKey] = a.Next.certificatePEM
		data[nextPrivateKeyKey] = a.Next.keyPEM
	}
	return present(data)
}

func encodePrevious(previous []Trusted) []byte {
	var text []byte
	for _, t := range previous {
		text = append(text, pem.EncodeToMemory(&pem.Block{
			Type: certificateType, Bytes: t.Certificate.Raw,
			Headers: map[string]string{untilHeader: t.Until.UTC().Format(time.RFC3339)},
		})...)
	}
	return text
}

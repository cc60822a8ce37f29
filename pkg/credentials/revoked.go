// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package credentials

import (
	"bytes"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"time"
)

// revoked are certificate revocation lists (RFC 5280, 5) by the raw name of who issued them.
type revoked map[string][]*list

// list is one of them.
type list struct {
	*x509.RevocationList
	serials map[string]bool
}

// parseLists reads lists in PEM, any number of them, or one in DER.
func parseLists(b []byte) (revoked, error) {
	lists := revoked{}
	if !bytes.Contains(b, []byte("-----BEGIN")) {
		return lists, lists.add(b)
	}
	for {
		var block *pem.Block
		if block, b = pem.Decode(b); block == nil {
			break
		}
		if block.Type != "X509 CRL" {
			continue
		}
		if err := lists.add(block.Bytes); err != nil {
			return nil, err
		}
	}
	if len(lists) == 0 {
		return nil, errors.New("no certificate revocation list in it")
	}
	return lists, nil
}

func (r revoked) add(der []byte) error {
	parsed, err := x509.ParseRevocationList(der)
	if err != nil {
		return err
	}
	l := &list{parsed, make(map[string]bool, len(parsed.RevokedCertificateEntries))}
	for _, e := range parsed.RevokedCertificateEntries {
		l.serials[string(e.SerialNumber.Bytes())] = true
	}
	r[string(parsed.RawIssuer)] = append(r[string(parsed.RawIssuer)], l)
	return nil
}

// check refuses a chain with a revoked certificate in it. With lists at all, whoever issued the
// Client's certificate must have one that is not out of date: otherwise nobody knows what has been
// revoked. Authorities above are checked when they have one. Without lists nothing is checked.
func (r revoked) check(chain []*x509.Certificate, now time.Time) error {
	if len(r) == 0 {
		return nil
	}
	for i, c := range chain[:len(chain)-1] {
		known, err := r.checkOne(c, chain[i+1], now)
		if err != nil {
			return err
		}
		if i == 0 && !known {
			return fmt.Errorf("there is no revocation list of %q", chain[i+1].Subject)
		}
	}
	return nil
}

// checkOne looks for a certificate in the lists that its issuer has signed, and tells whether there
// are any.
func (r revoked) checkOne(c, issuer *x509.Certificate, now time.Time) (known bool, err error) {
	current := false
	for _, l := range r[string(c.RawIssuer)] {
		if l.CheckSignatureFrom(issuer) != nil {
			continue // another authority of the same name
		}
		if l.serials[string(c.SerialNumber.Bytes())] {
			return true, fmt.Errorf("the certificate %q is revoked", c.Subject)
		}
		known = true
		if l.NextUpdate.IsZero() || now.Before(l.NextUpdate) {
			current = true
		}
	}
	if known && !current {
		return true, fmt.Errorf("the revocation list of %q is out of date", issuer.Subject)
	}
	return known, nil
}

// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package credentials

import (
	"crypto/x509"
	"fmt"
	"sync"
	"time"
)

// revocations reads a file of revocation lists.
func (l *loader) revocations(path string) revoked {
	const key = "client_verification_crl_file"
	if path == "" {
		return nil
	}
	text, err := l.file(path, maxLists)
	if err != nil {
		l.refuse(key, path, err.Error(), "")
		return nil
	}
	parsed, reason := parseRevocations(text)
	if reason != "" {
		l.refuse(key, path, reason, "")
		return nil
	}
	l.public = append(l.public, text)
	lists := revoked{}
	for i, p := range parsed {
		if !l.now.IsZero() && overdue(p.NextUpdate, l.now) {
			l.doubt(key, path, fmt.Sprintf("list %d should have been replaced at %s", i+1,
				date(p.NextUpdate)))
		}
		issuer := string(p.RawIssuer)
		lists[issuer] = append(lists[issuer], newList(p))
	}
	return lists
}

// parseRevocations reads every list of a PEM file, or the one of a DER file.
func parseRevocations(text []byte) (lists []*x509.RevocationList, reason string) {
	blocks, notPEM := parsePEM(text)
	if notPEM != "" {
		list, err := x509.ParseRevocationList(text)
		if err != nil {
			return nil, "is no revocation list, neither PEM nor DER"
		}
		return []*x509.RevocationList{list}, ""
	}
	for _, b := range blocks {
		if b.Type != "X509 CRL" {
			continue
		}
		list, err := x509.ParseRevocationList(b.Bytes)
		if err != nil {
			return nil, fmt.Sprintf("list %d: %v", len(lists)+1, err)
		}
		lists = append(lists, list)
	}
	if len(lists) == 0 {
		return nil, "holds no revocation list, but " + kindOf(blocks[0])
	}
	return lists, ""
}

// overdue reports whether there should be a newer list by now. The date is optional.
func overdue(next, now time.Time) bool { return !next.IsZero() && !now.Before(next) }

// revoked are certificate revocation lists (RFC 5280, 5) by the raw name of who issued them.
type revoked map[string][]*list

// list is one of them.
type list struct {
	next    time.Time // when it should be replaced; zero for never
	serials map[string]struct{}
	// signed has what the signature is of, and no more: the entries take many times the memory of
	// the serial numbers.
	signed *x509.RevocationList

	mu sync.Mutex
	// signers tells for raw certificates of authorities whether they have signed the list. To find
	// out costs as much as the list is long.
	signers map[string]bool
}

// maxSigners is ours: how many authorities a list remembers. There may be several of one name, and
// one that is not in our files comes with the chain of each Client.
const maxSigners = 100

func newList(p *x509.RevocationList) *list {
	l := &list{
		next: p.NextUpdate, serials: make(map[string]struct{}, len(p.RevokedCertificateEntries)),
		signed: &x509.RevocationList{RawTBSRevocationList: p.RawTBSRevocationList,
			Signature: p.Signature, SignatureAlgorithm: p.SignatureAlgorithm},
		signers: map[string]bool{},
	}
	for _, e := range p.RevokedCertificateEntries {
		l.serials[string(e.SerialNumber.Bytes())] = struct{}{}
	}
	return l
}

// signedBy tells whether an authority has signed the list. It verifies the signature when it is
// asked for the first time.
func (l *list) signedBy(authority *x509.Certificate) bool {
	l.mu.Lock()
	signed, known := l.signers[string(authority.Raw)]
	l.mu.Unlock()
	if known {
		return signed
	}
	signed = l.signed.CheckSignatureFrom(authority) == nil
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.signers) < maxSigners {
		l.signers[string(authority.Raw)] = signed
	}
	return signed
}

// verify finds out which lists an authority has signed, so that no handshake has to.
func (r revoked) verify(authority *x509.Certificate) {
	for _, l := range r[string(authority.RawSubject)] {
		l.signedBy(authority)
	}
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
		if !l.signedBy(issuer) {
			continue // another authority of the same name
		}
		if _, found := l.serials[string(c.SerialNumber.Bytes())]; found {
			return true, fmt.Errorf("the certificate %q is revoked", c.Subject)
		}
		known = true
		if !overdue(l.next, now) {
			current = true
		}
	}
	if known && !current {
		return true, fmt.Errorf("the revocation list of %q is out of date", issuer.Subject)
	}
	return known, nil
}

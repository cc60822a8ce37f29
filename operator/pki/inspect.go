// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package pki

import (
	"crypto/sha256"
	"crypto/x509"
	"encoding/hex"
	"fmt"
	"net/netip"
	"slices"
	"time"
)

// Ours. A certificate expires soon when less than soonest is left, or less than a part of its life:
// those that live for days only are renewed in their last days.
const (
	soonest   = 14 * day
	soonParts = 6
)

// Facts are what a certificate says.
type Facts struct {
	// Subject and Issuer are for people to read, and cut off when they are long.
	Subject, Issuer     string
	DNSNames            []string
	IPs                 []netip.Addr
	Usages              Usage
	NotBefore, NotAfter time.Time
	// Until is when clients begin to refuse it: at NotAfter, or earlier if the chain that was
	// verified has a certificate that expires before.
	Until time.Time
	// Verified is whether there were authorities to verify it with.
	Verified bool
	// ExpiresSoon is whether whoever renews it seems to be late.
	ExpiresSoon bool
	// Fingerprint is the SHA-256 of the certificate in hexadecimal digits.
	Fingerprint string
	// Next is when time alone changes what Inspect says; zero if it never does.
	Next time.Time
}

// Inspect looks at a certificate that somebody brings, with the rest of its chain behind it, at its
// key, and, if caPEM is not empty, whether the authorities in there vouch for it now. The first
// thing that is wrong is an error; the Facts are set even then once the certificate can be read.
// Nothing is kept.
func Inspect(certPEM, keyPEM, caPEM []byte, now time.Time) (Facts, error) {
	chain, err := certificates(CertificateKey, certPEM, maxChain)
	if err != nil {
		return Facts{}, err
	}
	leaf := chain[0]
	f := factsOf(leaf, now)
	if err := checkKey(chain, keyPEM); err != nil {
		return f, err
	}
	if err := checkTime(CertificateKey, leaf, now); err != nil {
		return f, err
	}
	if len(caPEM) == 0 {
		return f, nil
	}
	until, err := verify(chain, caPEM, now)
	if err != nil {
		return f, err
	}
	f.Verified = true
	f.foresee(leaf, until, now)
	return f, nil
}

// InspectBundle looks at authorities that somebody brings to verify clients with. One that has
// expired is only a fact, as long as another one is valid.
func InspectBundle(caPEM []byte, now time.Time) ([]Facts, error) {
	authorities, err := certificates(BundleKey, caPEM, maxAuthorities)
	if err != nil {
		return nil, err
	}
	var facts []Facts
	var first error
	valid := false
	for _, c := range authorities {
		facts = append(facts, factsOf(c, now))
		if !c.IsCA {
			return facts, &Error{Fault: NotAuthority, Part: BundleKey,
				What: fmt.Sprintf("the certificate of %q is not that of an authority (CA:TRUE)",
					brief(c.Subject.String())), Do: "bring the one that signed it"}
		}
		err := checkTime(BundleKey, c, now)
		valid = valid || err == nil
		if first == nil {
			first = err
		}
	}
	if !valid {
		return facts, first
	}
	return facts, nil
}

func factsOf(c *x509.Certificate, now time.Time) Facts {
	sum := sha256.Sum256(c.Raw)
	f := Facts{
		Subject: brief(c.Subject.String()), Issuer: brief(c.Issuer.String()),
		DNSNames: slices.Clone(c.DNSNames), IPs: addresses(c), Usages: usagesOf(c),
		NotBefore: c.NotBefore, NotAfter: c.NotAfter, Fingerprint: hex.EncodeToString(sum[:]),
	}
	f.foresee(c, c.NotAfter, now)
	return f
}

// foresee sets what depends on when the certificate stops being good.
func (f *Facts) foresee(c *x509.Certificate, until, now time.Time) {
	soon := until.Add(-min(soonest, life(c)/soonParts))
	f.Until, f.ExpiresSoon, f.Next = until, !now.Before(soon), time.Time{}
	for _, event := range []time.Time{c.NotBefore, soon, until.Add(time.Second)} {
		if event.After(now) {
			f.Next = NextEvent(f.Next, event)
		}
	}
}

func checkKey(chain []*x509.Certificate, keyPEM []byte) error {
	key, err := privateKey(PrivateKeyKey, keyPEM)
	if err != nil {
		return err
	}
	at := slices.IndexFunc(chain, func(c *x509.Certificate) bool { return matches(c, key) })
	switch {
	case at < 0:
		return &Error{Fault: KeyMismatch, Part: PrivateKeyKey,
			What: "the key is of another certificate than " + CertificateKey,
			Do:   "bring the two that were made together"}
	case at > 0:
		return &Error{Fault: KeyMismatch, Part: CertificateKey,
			What: fmt.Sprintf("the key is that of certificate %d", at+1),
			Do:   "put that one first, and the one that signed it behind it"}
	}
	return nil
}

func checkTime(part string, c *x509.Certificate, now time.Time) error {
	named := fmt.Sprintf("the certificate of %q ", brief(c.Subject.String()))
	switch {
	case expired(c, now):
		return &Error{Fault: Expired, Part: part, Do: "renew it",
			What: named + "expired at " + c.NotAfter.Format(time.RFC3339)}
	case now.Before(c.NotBefore):
		return &Error{Fault: NotYetValid, Part: part, Do: "wait, or check the clocks",
			What: named + "is not valid before " + c.NotBefore.Format(time.RFC3339)}
	}
	return nil
}

// verify returns until when authorities vouch for a chain, if nothing else changes.
func verify(chain []*x509.Certificate, caPEM []byte, now time.Time) (time.Time, error) {
	authorities, err := certificates(BundleKey, caPEM, maxAuthorities)
	if err != nil {
		return time.Time{}, err
	}
	verified, err := chain[0].Verify(x509.VerifyOptions{
		Roots: pool(authorities), Intermediates: pool(chain[1:]), CurrentTime: now,
		KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageAny},
	})
	if err != nil {
		return time.Time{}, &Error{Fault: Untrusted, Part: CertificateKey, Cause: err,
			What: "no chain leads from the certificate to the authorities of " + BundleKey,
			Do: "put the certificates between them behind the first one, or bring the right " +
				BundleKey}
	}
	var until time.Time
	for _, links := range verified {
		end := links[0].NotAfter
		for _, c := range links {
			end = NextEvent(end, c.NotAfter)
		}
		if end.After(until) {
			until = end
		}
	}
	return until, nil
}

func pool(certificates []*x509.Certificate) *x509.CertPool {
	p := x509.NewCertPool()
	for _, c := range certificates {
		p.AddCert(c)
	}
	return p
}

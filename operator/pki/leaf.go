// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package pki

import (
	"bytes"
	"crypto/x509"
	"net/netip"
	"slices"
	"time"
)

// Ours.
const (
	// defaultLeaf leaves thirty days, should the operator be away when a renewal is due.
	defaultLeaf = 90 * day
	minLeaf     = time.Hour
	// maxLeaf is a year. What a program renews gains nothing from a longer life, and old
	// authorities stay in the bundle for as long.
	maxLeaf = 366 * day
)

// LeafOptions say what a leaf should be like.
type LeafOptions struct {
	// CommonName is the identity of a client; servers may have one for people to read.
	CommonName string
	// DNSNames and IPs are what a server is reached as. Their order does not matter.
	DNSNames []string
	IPs      []netip.Addr
	// Validity is how long it lives: 0 for ninety days. It never outlives its authority.
	Validity time.Duration
	Usages   Usage
}

// complete fills in what is not set. The slices are its own.
func (o LeafOptions) complete() (LeafOptions, error) {
	if o.Validity == 0 {
		o.Validity = defaultLeaf
	}
	var err error
	if o.DNSNames, err = completeDNSNames(o.DNSNames); err != nil {
		return o, err
	}
	if o.IPs, err = completeIPs(o.IPs); err != nil {
		return o, err
	}
	names := len(o.DNSNames) + len(o.IPs)
	switch {
	case len(o.CommonName) > maxCommonName || !printable(o.CommonName):
		return o, invalid("CommonName", "%q has more than %d bytes, or characters that cannot be "+
			"printed", brief(o.CommonName), maxCommonName)
	case o.Usages == 0 || o.Usages > Server|Client:
		return o, invalid("Usages", "%d is neither Server nor Client nor both", o.Usages)
	case names > maxNames:
		return o, invalid("DNSNames", "%d names and addresses are more than %d", names, maxNames)
	case o.Usages&Server != 0 && names == 0:
		return o, invalid("DNSNames", "a server needs a name or an address")
	case o.CommonName == "" && names == 0:
		return o, invalid("CommonName", "a client needs a name")
	case o.Validity < minLeaf || o.Validity > maxLeaf:
		return o, invalid("Validity", "%v is not between %v and %v", o.Validity, minLeaf, maxLeaf)
	}
	return o, nil
}

// EnsureLeaf returns what the data of a leaf's Secret should be, given what it is. What is there
// and cannot be used is replaced: it is ours, and clients trust the authority, not the leaf.
//
// Leaves are always signed by ca.Current, never by ca.Next, which clients may not know yet. data is
// not kept and not changed.
func EnsureLeaf(data map[string][]byte, ca *Authority, o LeafOptions, now time.Time) (
	Result, error,
) {
	o, err := o.complete()
	if err != nil {
		return Result{}, err
	}
	if err := ca.Current.usable(now); err != nil {
		return Result{}, err
	}
	result := Result{Data: map[string][]byte{
		CertificateKey: data[CertificateKey], PrivateKeyKey: data[PrivateKeyKey],
		BundleKey: ca.Bundle(),
	}}
	leaf, change := ca.Current.judge(data, o, now)
	if change != Unchanged {
		made, err := ca.Current.sign(o, now)
		if err != nil {
			return Result{}, err
		}
		leaf = made.Certificate
		result.Data[CertificateKey] = made.certificatePEM
		result.Data[PrivateKeyKey] = made.keyPEM
	} else if !bytes.Equal(data[BundleKey], result.Data[BundleKey]) {
		change = BundleChanged
	}
	result.Change, result.Next = change, ca.Current.nextOf(leaf, now)
	return result, nil
}

// judge reads a leaf and says why there should be another one.
func (i *Issuer) judge(data map[string][]byte, o LeafOptions, now time.Time) (
	*x509.Certificate, Change,
) {
	if len(data[CertificateKey]) == 0 && len(data[PrivateKeyKey]) == 0 {
		return nil, Created
	}
	found, err := certificates(CertificateKey, data[CertificateKey], 1)
	if err != nil {
		return nil, Repaired
	}
	key, err := privateKey(PrivateKeyKey, data[PrivateKeyKey])
	leaf := found[0]
	switch {
	case err != nil || !matches(leaf, key) || now.Before(leaf.NotBefore):
		return nil, Repaired
	case !o.asked(leaf):
		return nil, RequestChanged
	case !i.signed(leaf):
		return nil, AuthorityChanged
	case life(leaf) > o.Validity+Backdate:
		return nil, ValidityShrunk
	case !now.Before(renewalOf(leaf)) && i.end(o, now).After(leaf.NotAfter):
		return nil, Renewed
	}
	return leaf, Unchanged
}

// asked tells whether a certificate says what is asked for.
func (o *LeafOptions) asked(c *x509.Certificate) bool {
	return c.Subject.CommonName == o.CommonName && !c.IsCA &&
		slices.Equal(c.DNSNames, o.DNSNames) && slices.Equal(addresses(c), o.IPs) &&
		slices.Equal(c.ExtKeyUsage, o.Usages.extended())
}

// signed tells whether i has signed a certificate, in a way that all clients find it by.
func (i *Issuer) signed(c *x509.Certificate) bool {
	return bytes.Equal(c.RawIssuer, i.Certificate.RawSubject) &&
		bytes.Equal(c.AuthorityKeyId, i.Certificate.SubjectKeyId) &&
		c.CheckSignatureFrom(i.Certificate) == nil
}

func renewalOf(leaf *x509.Certificate) time.Time {
	return leaf.NotBefore.Add(twoThirds(life(leaf)))
}

// nextOf is when a leaf should be renewed. One that ends with its authority cannot get a longer
// life from it; what has to happen before is that the authority's successor signs.
func (i *Issuer) nextOf(leaf *x509.Certificate, now time.Time) time.Time {
	renewal := renewalOf(leaf)
	if !renewal.After(now) || !leaf.NotAfter.Before(i.Certificate.NotAfter) {
		return leaf.NotAfter.Add(time.Second)
	}
	return renewal
}

// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package credentials

import (
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"hash"
	"strings"
	"time"
)

// Files says what to load.
type Files struct {
	Fullchain, Privkey        string // PEM
	ClientCAFile, ClientCADir string // PEM; "" for none
	CRLFile                   string // PEM or DER; "" for none
	MinVersion                uint16 // as crypto/tls counts
	ALPN                      []string
	// Now tells the time of day, for certificates and lists that expire.
	Now func() time.Time
	// Revision makes Credentials.Revision of the files but the key: the chain, the authorities, the
	// revocation lists. It borrows them.
	Revision func(parts ...[]byte) string
}

// asks tells whether client certificates are asked for.
func (f *Files) asks() bool { return f.ClientCAFile != "" || f.ClientCADir != "" }

// Credentials are what was loaded.
type Credentials struct {
	// Config is for all connections of a listener.
	Config *tls.Config
	// Leaf is the certificate that is served.
	Leaf *x509.Certificate
	// Revision names the content of the files, see Files; "" without Files.Revision.
	Revision string
	// sum is of all that was read.
	sum [sha256.Size]byte
}

// Same tells whether both were loaded from the same bytes.
func (c *Credentials) Same(other *Credentials) bool { return other != nil && c.sum == other.sum }

// NotAfter is when the certificate served expires.
func (c *Credentials) NotAfter() time.Time { return c.Leaf.NotAfter }

// Load reads all files. The error is one *Problem for each that cannot be used, joined.
func Load(f Files) (*Credentials, error) {
	l := &loader{sum: sha256.New()}
	c := l.load(&f)
	var errs []error
	for _, p := range l.problems {
		errs = append(errs, p)
	}
	if errs != nil {
		return nil, errors.Join(errs...)
	}
	return c, nil
}

// Check says which files Load refuses, and about which of those it takes there are doubts, such as
// certificates that are out of date. Dates do not matter when now is zero.
func Check(f Files, now time.Time) (problems, doubts []*Problem) {
	l := &loader{sum: sha256.New(), now: now}
	l.load(&f)
	return l.problems, l.doubts
}

// loader reads files and remembers what it has read, and what was wrong with it.
type loader struct {
	sum              hash.Hash
	now              time.Time // zero: dates do not matter
	problems, doubts []*Problem
	// public is what is used of the files, but for the key.
	public [][]byte
}

// file reads one file.
func (l *loader) file(path string, largest int64) ([]byte, error) {
	b, err := ReadRegular(path, largest)
	if err == nil {
		fmt.Fprintf(l.sum, "%q %d ", path, len(b))
		l.sum.Write(b)
	}
	return b, err
}

// load goes through all files, also behind one that cannot be used. What it returns is good only
// if there were no problems.
func (l *loader) load(f *Files) *Credentials {
	pair := l.pair(f.Fullchain, f.Privkey)
	config := &tls.Config{
		Certificates: []tls.Certificate{pair}, MinVersion: f.MinVersion, Time: f.Now,
		// A record is as large as what is to be sent; many small ones would only cost more here.
		DynamicRecordSizingDisabled: true,
	}
	authorities := l.authorities(f)
	lists := l.revocations(f.CRLFile)
	if f.asks() {
		verifyClients(config, authorities, lists, f.Now)
	}
	offerALPN(config, f.ALPN)
	c := &Credentials{Config: config, Leaf: pair.Leaf, sum: [sha256.Size]byte(l.sum.Sum(nil))}
	if f.Revision != nil {
		c.Revision = f.Revision(l.public...)
	}
	return c
}

// pair reads the certificate of the listener and its key, which have to belong together.
func (l *loader) pair(fullchain, privkey string) (pair tls.Certificate) {
	chain, _ := l.certificates("fullchain", fullchain)
	key, err := l.file(privkey, maxFile)
	if err != nil {
		l.refuse("privkey", privkey, err.Error(), "")
		return pair
	}
	if reason, suggestion := badKey(key); reason != "" {
		l.refuse("privkey", privkey, reason, suggestion)
		return pair
	}
	if chain == nil {
		return pair
	}
	pair, err = tls.X509KeyPair(chain, key)
	switch {
	case err == nil:
	case strings.Contains(err.Error(), "does not match"):
		l.refuse("privkey", privkey, "does not belong to the certificate in "+fullchain,
			"the certificate of the listener must be the first one there")
	default: // the certificate is sound, so it is the key
		l.refuse("privkey", privkey, strings.TrimPrefix(err.Error(), "tls: "), "")
	}
	return pair
}

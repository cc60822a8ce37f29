// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package credentials

import (
	"bytes"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// The largest files read, in bytes, as `flashmq -t` has them. Revocation lists grow with the years.
const (
	maxFile  = 1 << 20
	maxLists = 10 << 20
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
}

// asks tells whether client certificates are asked for.
func (f *Files) asks() bool { return f.ClientCAFile != "" || f.ClientCADir != "" }

// Credentials are what was loaded.
type Credentials struct {
	// Config is for all connections of a listener.
	Config *tls.Config
	// Leaf is the certificate that is served.
	Leaf *x509.Certificate
	// sum is of all that was read.
	sum [sha256.Size]byte
}

// Same tells whether both were loaded from the same bytes.
func (c *Credentials) Same(other *Credentials) bool { return other != nil && c.sum == other.sum }

// NotAfter is when the certificate served expires.
func (c *Credentials) NotAfter() time.Time { return c.Leaf.NotAfter }

// reader reads files and remembers what it has read.
type reader struct{ all bytes.Buffer }

func (r *reader) file(path string, limit int) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	b, err := io.ReadAll(io.LimitReader(f, int64(limit)+1))
	if err != nil {
		return nil, err
	}
	if len(b) > limit {
		return nil, fmt.Errorf("%s is larger than %d bytes", path, limit)
	}
	fmt.Fprintf(&r.all, "%s %d ", path, len(b))
	r.all.Write(b)
	return b, nil
}

// Load reads all files. An error names the file and what is wrong with it.
func Load(f Files) (*Credentials, error) {
	var r reader
	pair, err := r.pair(f.Fullchain, f.Privkey)
	if err != nil {
		return nil, err
	}
	config := &tls.Config{
		Certificates: []tls.Certificate{pair}, MinVersion: f.MinVersion, Time: f.Now,
		// A record is as large as what is to be sent; many small ones would only cost more here.
		DynamicRecordSizingDisabled: true,
	}
	if f.asks() {
		if err := r.clients(&f, config); err != nil {
			return nil, err
		}
	}
	offerALPN(config, f.ALPN)
	return &Credentials{config, pair.Leaf, sha256.Sum256(r.all.Bytes())}, nil
}

func (r *reader) pair(fullchain, privkey string) (tls.Certificate, error) {
	chain, err := r.file(fullchain, maxFile)
	if err != nil {
		return tls.Certificate{}, fmt.Errorf("fullchain: %w", err)
	}
	key, err := r.file(privkey, maxFile)
	if err != nil {
		return tls.Certificate{}, fmt.Errorf("privkey: %w", err)
	}
	pair, err := tls.X509KeyPair(chain, key)
	if err != nil {
		return tls.Certificate{}, fmt.Errorf("%s and %s: %w", fullchain, privkey, err)
	}
	return pair, nil
}

// clients sets up the check of client certificates. A Client without one may finish its
// handshake, so that MQTT can tell it what is missing.
func (r *reader) clients(f *Files, config *tls.Config) error {
	authorities := x509.NewCertPool()
	paths, err := caFiles(f)
	if err != nil {
		return err
	}
	found := false
	for _, path := range paths {
		b, err := r.file(path, maxFile)
		switch named := path == f.ClientCAFile; {
		case err != nil && named:
			return fmt.Errorf("client_verification_ca_file: %w", err)
		case err == nil && authorities.AppendCertsFromPEM(b):
			found = true
		case named:
			return fmt.Errorf("client_verification_ca_file: no certificate in %s", path)
		} // else one of a folder, which is passed over
	}
	if !found {
		return fmt.Errorf("client_verification_ca_dir: no certificate in %s", f.ClientCADir)
	}
	config.ClientAuth, config.ClientCAs = tls.VerifyClientCertIfGiven, authorities
	var lists revoked
	if f.CRLFile != "" {
		b, err := r.file(f.CRLFile, maxLists)
		if err != nil {
			return fmt.Errorf("client_verification_crl_file: %w", err)
		}
		if lists, err = parseLists(b); err != nil {
			return fmt.Errorf("client_verification_crl_file: %s: %w", f.CRLFile, err)
		}
	}
	// Not VerifyPeerCertificate: that is not called when a session is resumed.
	config.VerifyConnection = func(s tls.ConnectionState) error {
		return check(s, lists, f.Now())
	}
	return nil
}

func caFiles(f *Files) ([]string, error) {
	var paths []string
	if f.ClientCAFile != "" {
		paths = append(paths, f.ClientCAFile)
	}
	if f.ClientCADir == "" {
		return paths, nil
	}
	entries, err := os.ReadDir(f.ClientCADir)
	if err != nil {
		return nil, fmt.Errorf("client_verification_ca_dir: %w", err)
	}
	for _, e := range entries {
		if strings.HasPrefix(e.Name(), ".") {
			continue // Kubernetes keeps the versions of what it mounts there
		}
		path := filepath.Join(f.ClientCADir, e.Name())
		if info, err := os.Stat(path); err == nil && info.Mode().IsRegular() {
			paths = append(paths, path)
		}
	}
	return paths, nil
}

// errDepth is for chains that only exist to make us work.
var errDepth = errors.New("the chain has more than 50 certificates")

const maxChain = 50

// check is made for every connection, also one that resumes a session.
func check(s tls.ConnectionState, lists revoked, now time.Time) error {
	if len(s.PeerCertificates) > maxChain {
		return errDepth
	}
	for _, c := range s.PeerCertificates {
		if now.After(c.NotAfter) || now.Before(c.NotBefore) {
			return fmt.Errorf("the client's certificate %q is not valid now", c.Subject)
		}
	}
	for _, chain := range s.VerifiedChains {
		if err := lists.check(chain, now); err != nil {
			return err
		}
	}
	return nil
}

// offerALPN offers protocols to those Clients only that know one of them (RFC 7301). Others name
// protocols of their own, and would have to be refused.
func offerALPN(config *tls.Config, protocols []string) {
	if len(protocols) == 0 {
		return
	}
	offering := config.Clone()
	offering.NextProtos = protocols
	config.GetConfigForClient = func(hello *tls.ClientHelloInfo) (*tls.Config, error) {
		for _, p := range hello.SupportedProtos {
			if slices.Contains(protocols, p) {
				return offering, nil
			}
		}
		return nil, nil // go on as before
	}
}

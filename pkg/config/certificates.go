// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package config

import (
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"strconv"
	"strings"
	"time"
)

// largestPEM is the size of a file with certificates or a key, FlashMQ's number.
const largestPEM = 1 << 20

// tlsCheck looks at the files of one TLS listener as its handshakes will.
type tlsCheck struct {
	*report
	at  func(key string) origin
	now time.Time // zero = dates do not matter
}

func (c *tlsCheck) refuse(key, path, reason, suggestion string) {
	c.problem(c.at(key), key, path+": "+reason, suggestion)
}

// doubt reports what does not keep the listener from starting.
func (c *tlsCheck) doubt(key, path, reason string) {
	c.warn(c.at(key), key, path+": "+reason, "")
}

func (c *tlsCheck) listener(l *Listener) {
	if l.LeftOut() {
		c.doubt("fullchain", l.Fullchain,
			"cannot be read, and neither can privkey: the listener is left out")
		return
	}
	if l.Fullchain != "" && l.Privkey != "" {
		c.pair(l.Fullchain, l.Privkey)
	}
	if l.ClientVerificationCAFile != "" {
		c.certificates("client_verification_ca_file", l.ClientVerificationCAFile)
	}
	if l.ClientVerificationCADir != "" {
		c.directory("client_verification_ca_dir", l.ClientVerificationCADir)
	}
	if l.ClientVerificationCRLFile != "" {
		c.revocations("client_verification_crl_file", l.ClientVerificationCRLFile)
	}
}

// pair checks the certificate of the listener, its key, and that they belong together.
func (c *tlsCheck) pair(fullchain, privkey string) {
	chain := c.certificates("fullchain", fullchain)
	key, err := readFile(privkey, largestPEM)
	if err != nil {
		c.refuse("privkey", privkey, err.Error(), "")
		return
	}
	if reason, suggestion := badKey(key); reason != "" {
		c.refuse("privkey", privkey, reason, suggestion)
		return
	}
	if chain == nil {
		return
	}
	_, err = tls.X509KeyPair(chain, key)
	switch {
	case err == nil:
	case strings.Contains(err.Error(), "does not match"):
		c.refuse("privkey", privkey, "does not belong to the certificate in "+fullchain,
			"the certificate of the listener must be the first one there")
	default: // the certificate is sound, so it is the key
		c.refuse("privkey", privkey, strings.TrimPrefix(err.Error(), "tls: "), "")
	}
}

// certificates checks a PEM file of certificates and returns its content, nil if it is not sound.
func (c *tlsCheck) certificates(key, path string) []byte {
	text, err := readFile(path, largestPEM)
	if err != nil {
		c.refuse(key, path, err.Error(), "")
		return nil
	}
	found, reason := parseCertificates(text)
	if reason != "" {
		c.refuse(key, path, reason, "")
		return nil
	}
	c.dates(key, path, found)
	return text
}

// dates warns about certificates whose time is over or has not come. That is no reason not to
// start: some Clients do not look, and the next certificate may be on its way.
func (c *tlsCheck) dates(key, path string, found []*x509.Certificate) {
	if c.now.IsZero() {
		return
	}
	for i, x := range found {
		switch {
		case c.now.After(x.NotAfter):
			c.doubt(key, path, fmt.Sprintf("certificate %d has expired at %s", i+1,
				date(x.NotAfter)))
		case c.now.Before(x.NotBefore):
			c.doubt(key, path, fmt.Sprintf("certificate %d is not valid before %s", i+1,
				date(x.NotBefore)))
		}
	}
}

func date(t time.Time) string { return t.UTC().Format(time.RFC3339) }

// parseCertificates reads every certificate of a PEM file; there must be one.
func parseCertificates(text []byte) (found []*x509.Certificate, reason string) {
	blocks, reason := parsePEM(text)
	for _, b := range blocks {
		if b.Type != "CERTIFICATE" {
			continue
		}
		x, err := x509.ParseCertificate(b.Bytes)
		if err != nil {
			return nil, fmt.Sprintf("certificate %d: %v", len(found)+1, err)
		}
		found = append(found, x)
	}
	if len(found) == 0 && reason == "" {
		reason = "holds no certificate, but " + kindOf(blocks[0])
	}
	return found, reason
}

// badKey answers why a file holds no private key that can be used.
func badKey(text []byte) (reason, suggestion string) {
	blocks, reason := parsePEM(text)
	for _, b := range blocks {
		if !strings.HasSuffix(b.Type, "PRIVATE KEY") {
			continue
		}
		if b.Type == "ENCRYPTED PRIVATE KEY" || b.Headers["DEK-Info"] != "" {
			return "the key is encrypted", "openssl pkey -in FILE -out NEW_FILE writes it plain"
		}
		return "", ""
	}
	if reason == "" {
		reason = "holds no private key, but " + kindOf(blocks[0])
	}
	return reason, ""
}

// kindOf shows what a PEM block says it is, which may be anything.
func kindOf(b *pem.Block) string {
	return strconv.QuoteToASCII(b.Type[:min(len(b.Type), shownInput)])
}

func parsePEM(text []byte) (blocks []*pem.Block, reason string) {
	for {
		b, rest := pem.Decode(text)
		if b == nil {
			break
		}
		blocks, text = append(blocks, b), rest
	}
	if len(blocks) == 0 {
		return nil, "is not PEM"
	}
	return blocks, ""
}

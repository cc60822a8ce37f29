// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package pki

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"strings"
)

// Ours. They are looked at before anything is parsed.
const (
	// maxPEM is what a whole Secret may hold.
	maxPEM = 1 << 20
	// maxKeyPEM leaves room for comments around a key.
	maxKeyPEM = 64 << 10
	// maxCertificate is one certificate in DER. Handshakes with larger ones fail in many clients.
	maxCertificate = 64 << 10
	// maxKey is one key in DER; one of maxRSA bits has under 5 KiB.
	maxKey = 8 << 10
	// maxRSA is the most bits of an RSA key that crypto/tls takes; checking larger ones takes long.
	maxRSA = 8192
	// maxChain is how many certificates a server sends.
	maxChain = 16
	// maxAuthorities is how many a bundle may hold; those of public ones have about 150.
	maxAuthorities = 1024
)

const (
	certificateType = "CERTIFICATE"
	keyType         = "PRIVATE KEY"
)

var beginCertificate = []byte("-----BEGIN " + certificateType + "-----")

// block is a certificate and the PEM headers above it.
type block struct {
	certificate *x509.Certificate
	headers     map[string]string
}

// certificates reads PEM with one certificate or more, which must not have headers: most readers
// pass over those that do.
func certificates(part string, text []byte, most int) ([]*x509.Certificate, error) {
	blocks, err := certificateBlocks(part, text, most)
	if err != nil {
		return nil, err
	}
	found := make([]*x509.Certificate, len(blocks))
	for i, b := range blocks {
		if len(b.headers) > 0 {
			return nil, &Error{Fault: Malformed, Part: part, Do: "remove them",
				What: fmt.Sprintf("certificate %d has PEM headers", i+1)}
		}
		found[i] = b.certificate
	}
	return found, nil
}

// certificateBlocks reads PEM with one certificate or more. Blocks of other kinds are passed over,
// as crypto/tls and OpenSSL do.
func certificateBlocks(part string, text []byte, most int) ([]block, error) {
	if err := checkSize(part, text, maxPEM); err != nil {
		return nil, err
	}
	var found []block
	for rest := text; ; {
		var b *pem.Block
		if b, rest = pem.Decode(rest); b == nil {
			break
		}
		if b.Type != certificateType {
			continue
		}
		if len(found) == most || len(b.Bytes) > maxCertificate {
			return nil, &Error{Fault: TooLarge, Part: part, What: fmt.Sprintf("there are more "+
				"than %d certificates, or one of more than %d bytes", most, maxCertificate)}
		}
		c, err := parseCertificate(b.Bytes)
		if err != nil {
			return nil, &Error{Fault: faultOf(err), Part: part, Cause: err,
				What: fmt.Sprintf("certificate %d cannot be used", len(found)+1)}
		}
		found = append(found, block{c, b.Headers})
	}
	switch begun := bytes.Count(text, beginCertificate); {
	case begun > len(found):
		return nil, &Error{Fault: Malformed, Part: part, Do: "copy it again, whole",
			What: fmt.Sprintf("%d of %d certificates are damaged", begun-len(found), begun)}
	case len(found) == 0:
		return nil, notPEM(part, "certificate", text)
	}
	return found, nil
}

// errLargeRSA and errOtherKey are about keys that x509 can read and TLS does not take.
var (
	errLargeRSA = fmt.Errorf("its RSA key has more than %d bits", maxRSA)
	errOtherKey = errors.New("its key is neither ECDSA nor RSA nor Ed25519")
)

func faultOf(err error) Fault {
	if errors.Is(err, errLargeRSA) || errors.Is(err, errOtherKey) {
		return Unsupported
	}
	return Malformed
}

func parseCertificate(der []byte) (*x509.Certificate, error) {
	c, err := x509.ParseCertificate(der)
	if err != nil {
		return nil, err
	}
	return c, checkPublic(c.PublicKey)
}

func checkPublic(key crypto.PublicKey) error {
	switch key := key.(type) {
	case *rsa.PublicKey:
		if key.N.BitLen() > maxRSA {
			return errLargeRSA
		}
	case *ecdsa.PublicKey, ed25519.PublicKey:
	default:
		return errOtherKey
	}
	return nil
}

// privateKey reads the first key in PEM.
func privateKey(part string, text []byte) (crypto.Signer, error) {
	if err := checkSize(part, text, maxKeyPEM); err != nil {
		return nil, err
	}
	for rest := text; ; {
		var b *pem.Block
		if b, rest = pem.Decode(rest); b == nil {
			return nil, notPEM(part, "private key", text)
		}
		if b.Type != keyType && !strings.HasSuffix(b.Type, " "+keyType) {
			continue
		}
		if strings.HasPrefix(b.Type, "ENCRYPTED") || b.Headers["DEK-Info"] != "" {
			return nil, &Error{Fault: Encrypted, Part: part, What: "the key has a passphrase",
				Do: "take it off: openssl pkey -in tls.key -out plain.key"}
		}
		if len(b.Bytes) > maxKey {
			return nil, &Error{Fault: TooLarge, Part: part,
				What: fmt.Sprintf("the key is larger than %d bytes", maxKey)}
		}
		key, err := parseKey(b.Bytes)
		if err != nil {
			return nil, &Error{Fault: faultOf(err), Part: part, Cause: err,
				What: "the key cannot be used"}
		}
		return key, nil
	}
}

// parseKey tries the three forms in which keys are written, whatever the PEM block calls them.
func parseKey(der []byte) (crypto.Signer, error) {
	var key any
	var err, last error
	if key, last = x509.ParsePKCS8PrivateKey(der); last != nil {
		if key, err = x509.ParsePKCS1PrivateKey(der); err != nil {
			if key, err = x509.ParseECPrivateKey(der); err != nil {
				return nil, last
			}
		}
	}
	signer, ok := key.(crypto.Signer)
	if !ok {
		return nil, errOtherKey
	}
	return signer, checkPublic(signer.Public())
}

func checkSize(part string, text []byte, most int) error {
	switch {
	case len(text) == 0:
		return &Error{Fault: Missing, Part: part, What: "there is none"}
	case len(text) > most:
		return &Error{Fault: TooLarge, Part: part,
			What: fmt.Sprintf("%d bytes are more than the %d we read", len(text), most)}
	}
	return nil
}

// notPEM guesses what there is instead.
func notPEM(part, want string, text []byte) error {
	e := &Error{Fault: NotPEM, Part: part, What: "there is no " + want + " in PEM"}
	switch {
	case text[0] == 0x30: // a SEQUENCE, which is how all of them begin
		e.Do = "it looks like DER: convert it with openssl"
	case bytes.Contains(text, []byte(keyType+"-----")):
		e.Do = "it holds a private key: perhaps certificate and key are exchanged"
	case bytes.Contains(text, beginCertificate):
		e.Do = "it holds a certificate: perhaps certificate and key are exchanged"
	}
	return e
}

// matches tells whether a key belongs to a certificate.
func matches(c *x509.Certificate, key crypto.Signer) bool {
	public, ok := c.PublicKey.(interface{ Equal(crypto.PublicKey) bool })
	return ok && public.Equal(key.Public())
}

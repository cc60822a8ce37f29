// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package credentials

import (
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"strconv"
	"strings"
)

// parsePEM returns every block of a file; there must be one.
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

// shownKind is ours: how much is shown of what a PEM block says it is, which may be anything.
const shownKind = 60

func kindOf(b *pem.Block) string {
	return strconv.QuoteToASCII(b.Type[:min(len(b.Type), shownKind)])
}

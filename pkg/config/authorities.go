// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package config

import (
	"bytes"
	"crypto/x509"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// directory checks a directory of authorities. One bad file among good ones is passed over: a
// machine's own directory has many, and others look after it.
func (c *tlsCheck) directory(key, path string) {
	entries, err := os.ReadDir(path)
	if err != nil {
		c.refuse(key, path, plain(err).Error(), "")
		return
	}
	count := 0
	for _, e := range entries {
		// Behind names with a dot Kubernetes keeps the versions of what it mounts.
		if e.IsDir() || strings.HasPrefix(e.Name(), ".") {
			continue
		}
		count += c.authority(key, filepath.Join(path, e.Name()))
	}
	if count == 0 {
		c.refuse(key, path, "holds no file with a certificate", "")
	}
}

// authority counts the certificates in one file of a directory.
func (c *tlsCheck) authority(key, path string) int {
	text, err := readFile(path, largestPEM)
	if err != nil {
		c.doubt(key, path, err.Error()+", passed over")
		return 0
	}
	if !bytes.Contains(text, []byte("-----BEGIN CERTIFICATE-----")) {
		return 0 // a revocation list, or somebody's note
	}
	found, reason := parseCertificates(text)
	if reason != "" {
		c.doubt(key, path, reason+", passed over")
		return 0
	}
	c.dates(key, path, found)
	return len(found)
}

// revocations checks a file of revocation lists. They grow with the years, so they may be as large
// as any file we read.
func (c *tlsCheck) revocations(key, path string) {
	text, err := readFile(path, largestFile)
	if err != nil {
		c.refuse(key, path, err.Error(), "")
		return
	}
	lists, reason := parseRevocations(text)
	if reason != "" {
		c.refuse(key, path, reason, "")
		return
	}
	for i, l := range lists {
		if overdue(l, c.now) {
			c.doubt(key, path, fmt.Sprintf("list %d should have been replaced at %s", i+1,
				date(l.NextUpdate)))
		}
	}
}

// overdue reports whether there should be a newer list by now. The date is optional.
func overdue(l *x509.RevocationList, now time.Time) bool {
	return !l.NextUpdate.IsZero() && now.After(l.NextUpdate)
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

// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package credentials

import (
	"bytes"
	"crypto/x509"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// authorities reads those whose client certificates are good.
func (l *loader) authorities(f *Files) (found []*x509.Certificate) {
	if f.ClientCAFile != "" {
		_, found = l.certificates("client_verification_ca_file", f.ClientCAFile)
	}
	if f.ClientCADir != "" {
		found = append(found, l.directory("client_verification_ca_dir", f.ClientCADir)...)
	}
	return found
}

// directory reads a directory of authorities. One bad file among good ones is passed over: a
// machine's own directory has many, and others look after it.
func (l *loader) directory(key, path string) (found []*x509.Certificate) {
	entries, err := os.ReadDir(path)
	if err != nil {
		l.refuse(key, path, plain(err).Error(), "")
		return nil
	}
	for _, e := range entries {
		// Behind names with a dot Kubernetes keeps the versions of what it mounts.
		if e.IsDir() || strings.HasPrefix(e.Name(), ".") {
			continue
		}
		found = append(found, l.authority(key, filepath.Join(path, e.Name()))...)
	}
	if len(found) == 0 {
		l.refuse(key, path, "holds no file with a certificate", "")
	}
	return found
}

// authority reads one file of a directory.
func (l *loader) authority(key, path string) []*x509.Certificate {
	text, err := l.file(path, maxFile)
	if err != nil {
		l.doubt(key, path, err.Error()+", passed over")
		return nil
	}
	if !bytes.Contains(text, []byte("-----BEGIN CERTIFICATE-----")) {
		return nil // a revocation list, or somebody's note
	}
	found, reason := parseCertificates(text)
	if reason != "" {
		l.doubt(key, path, reason+", passed over")
		return nil
	}
	l.dates(key, path, found)
	l.public = append(l.public, text)
	return found
}

// certificates reads a PEM file of certificates, nothing if it is not sound.
func (l *loader) certificates(key, path string) (text []byte, found []*x509.Certificate) {
	text, err := l.file(path, maxFile)
	if err != nil {
		l.refuse(key, path, err.Error(), "")
		return nil, nil
	}
	found, reason := parseCertificates(text)
	if reason != "" {
		l.refuse(key, path, reason, "")
		return nil, nil
	}
	l.dates(key, path, found)
	l.public = append(l.public, text)
	return text, found
}

// dates doubts certificates whose time is over or has not come. That is no reason not to start:
// some Clients do not look, and the next certificate may be on its way.
func (l *loader) dates(key, path string, found []*x509.Certificate) {
	if l.now.IsZero() {
		return
	}
	for i, x := range found {
		switch {
		case l.now.After(x.NotAfter):
			l.doubt(key, path, fmt.Sprintf("certificate %d has expired at %s", i+1,
				date(x.NotAfter)))
		case l.now.Before(x.NotBefore):
			l.doubt(key, path, fmt.Sprintf("certificate %d is not valid before %s", i+1,
				date(x.NotBefore)))
		}
	}
}

func date(t time.Time) string { return t.UTC().Format(time.RFC3339) }

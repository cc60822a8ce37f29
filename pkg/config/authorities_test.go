// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package config

import (
	"bytes"
	"encoding/pem"
	"os"
	"path/filepath"
	"testing"
	"time"
)

func TestAuthoritiesAreChecked(t *testing.T) {
	t.Parallel()
	f := newFolder(t)
	mine := newIdentity(t, certificateTime)
	chain, key := f.put("chain.pem", mine.chain), f.put("key.pem", mine.pair)
	pipe := filepath.Join(f.path, "none")
	large := bytes.Repeat([]byte("#"), 1<<20)
	const prefix = "f.conf:5: client_verification_ca_file: DIR/"
	tests := []struct{ name, file, want string }{
		{"one", chain, ""},
		{"two", f.put("two", mine.chain, mine.chain), ""},
		{"with headers", f.put("headers", pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE",
			Bytes: mine.certificate.Raw, Headers: map[string]string{"Comment": "mine"}})), ""},
		{"missing", pipe, prefix + "none: no such file or directory"},
		{"too large", f.put("large", mine.chain, large), prefix + "large: is larger than 1 MiB"},
		{"not PEM", f.put("der", mine.certificate.Raw), prefix + "der: is not PEM"},
		{"no certificate", key, prefix + `key.pem: holds no certificate, but "PRIVATE KEY"`},
		{"odd block", f.put("odd", inPEM("A\tB\u00fc", nil)),
			prefix + `odd: holds no certificate, but "A\tB\u00fc"`},
		{"broken", f.put("broken", inPEM("CERTIFICATE", nil)),
			prefix + "broken: certificate 1: x509: malformed certificate"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			got := found(f, certificateTime, "fullchain "+chain, "privkey "+key,
				"client_verification_ca_file "+test.file)
			if got != test.want {
				t.Errorf("got:\n%s\nwant:\n%s", got, test.want)
			}
		})
	}
}

func TestDirectoryOfAuthoritiesIsChecked(t *testing.T) {
	t.Parallel()
	mine, past := newIdentity(t, certificateTime), newIdentity(t, certificateTime.AddDate(-2, 0, 0))
	const (
		prefix = "client_verification_ca_dir: DIR"
		broken = "warning: f.conf:5: " + prefix
		none   = "f.conf:5: " + prefix + ": holds no file with a certificate"
	)
	tests := []struct {
		name string
		fill func(f folder)
		want string
	}{
		{"one", func(f folder) { f.put("a.pem", mine.chain) }, ""},
		{"by its hash", func(f folder) { f.put("1234abcd.0", mine.chain) }, ""},
		{"with a note", func(f folder) {
			f.put("README", []byte("x"))
			f.put("a.pem", mine.chain)
		}, ""},
		{"empty", func(folder) {}, none},
		{"keys only", func(f folder) { f.put("a.key", mine.pair) }, none},
		{"hidden", func(f folder) { f.put(".a.pem", mine.chain) }, none},
		{"deeper", func(f folder) {
			if err := os.Mkdir(filepath.Join(f.path, "d"), 0o700); err != nil {
				f.Fatal(err)
			}
			f.put("d/a.pem", mine.chain)
		}, none},
		{"one broken", func(f folder) {
			f.put("a.pem", mine.chain)
			f.put("b.pem", mine.chain, inPEM("CERTIFICATE", nil))
		}, broken + "/b.pem: certificate 2: x509: malformed certificate, passed over"},
		{"one gone", func(f folder) {
			f.put("a.pem", mine.chain)
			if err := os.Symlink("none", filepath.Join(f.path, "b.pem")); err != nil {
				f.Fatal(err)
			}
		}, broken + "/b.pem: no such file or directory, passed over"},
		{"all broken", func(f folder) { f.put("b.pem", inPEM("CERTIFICATE", nil)) },
			broken + "/b.pem: certificate 1: x509: malformed certificate, passed over\n" + none},
		{"expired", func(f folder) { f.put("a.pem", past.chain) },
			broken + "/a.pem: certificate 1 has expired at 2028-07-02T03:04:05Z"},
		{"missing", func(f folder) {
			if err := os.Remove(f.path); err != nil {
				f.Fatal(err)
			}
		}, "f.conf:5: " + prefix + ": no such file or directory"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			pair, f := newFolder(t), newFolder(t)
			test.fill(f)
			got := found(f, certificateTime, "fullchain "+pair.put("c", mine.chain),
				"privkey "+pair.put("k", mine.pair), "client_verification_ca_dir "+f.path)
			if got != test.want {
				t.Errorf("got:\n%s\nwant:\n%s", got, test.want)
			}
		})
	}
}

func TestRevocationListsAreChecked(t *testing.T) {
	t.Parallel()
	f := newFolder(t)
	mine := newIdentity(t, certificateTime)
	chain, key := f.put("chain.pem", mine.chain), f.put("key.pem", mine.pair)
	now := mine.revoked(t, certificateTime.AddDate(0, 0, 1))
	late := mine.revoked(t, certificateTime.AddDate(0, 0, -1))
	text := func(der []byte) []byte { return inPEM("X509 CRL", der) }
	large := filepath.Join(f.path, "large")
	if err := os.WriteFile(large, text(now), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Truncate(large, 10<<20+1); err != nil {
		t.Fatal(err)
	}
	const prefix = "f.conf:6: client_verification_crl_file: DIR/"
	tests := []struct {
		name, file string
		now        time.Time
		want       string
	}{
		{"PEM", f.put("pem", text(now)), certificateTime, ""},
		{"DER", f.put("der", now), certificateTime, ""},
		{"behind a certificate", f.put("mixed", mine.chain, text(now)), certificateTime, ""},
		{"larger than a certificate may be",
			f.put("long", bytes.Repeat([]byte("#\n"), 1<<20), text(now)), certificateTime, ""},
		{"too late", f.put("late", text(now), text(late)), certificateTime,
			"warning: " + prefix +
				"late: list 2 should have been replaced at 2030-01-01T03:04:05Z"},
		{"too late, no clock", filepath.Join(f.path, "late"), time.Time{}, ""},
		{"missing", filepath.Join(f.path, "none"), certificateTime,
			prefix + "none: no such file or directory"},
		{"too large", large, certificateTime, prefix + "large: is larger than 10 MiB"},
		{"neither PEM nor DER", f.put("text", []byte("x")), certificateTime,
			prefix + "text: is no revocation list, neither PEM nor DER"},
		{"certificate", chain, certificateTime,
			prefix + `chain.pem: holds no revocation list, but "CERTIFICATE"`},
		{"broken", f.put("broken", text(now), text(nil)), certificateTime,
			prefix + "broken: list 2: x509: malformed crl"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			got := found(f, test.now, "fullchain "+chain, "privkey "+key,
				"client_verification_ca_file "+chain, "client_verification_crl_file "+test.file)
			if got != test.want {
				t.Errorf("got:\n%s\nwant:\n%s", got, test.want)
			}
		})
	}
}

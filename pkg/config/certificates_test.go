// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package config

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/x509"
	"encoding/pem"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/flashmq/flashmq/pkg/credentials"
)

// found loads one listen block with the lines and returns what was said about it, warnings first,
// the folder written as DIR. Whoever starts the listener must come to the same verdict.
func found(f folder, now time.Time, lines ...string) string {
	f.Helper()
	text := "allow_anonymous true\nlisten {\n" + strings.Join(lines, "\n") + "\n}\n"
	_, warnings, err := load("f.conf", LoadOptions{Now: now}, memory{"f.conf": text})
	var out []string
	for _, w := range warnings {
		out = append(out, "warning: "+w.String())
	}
	if err != nil {
		out = append(out, err.Error())
	}
	c, _, unsound := load("f.conf", LoadOptions{Elsewhere: true}, memory{"f.conf": text})
	if unsound != nil {
		f.Fatal(unsound)
	}
	if l := &c.Listeners[0]; !l.LeftOut() {
		if _, refused := credentials.Load(l.CredentialFiles()); (refused == nil) != (err == nil) {
			f.Errorf("checked: %v; started: %v", err, refused)
		}
	}
	return strings.ReplaceAll(strings.Join(out, "\n"), f.path, "DIR")
}

func TestCertificateAndKeyAreChecked(t *testing.T) {
	t.Parallel()
	f := newFolder(t)
	mine, other := newIdentity(t, certificateTime), newIdentity(t, certificateTime)
	ec, err := x509.MarshalECPrivateKey(mine.key.(*ecdsa.PrivateKey))
	if err != nil {
		t.Fatal(err)
	}
	large := bytes.Repeat([]byte("#"), 1<<20+1-len(mine.chain))
	old := pem.EncodeToMemory(&pem.Block{Type: "EC PRIVATE KEY", Bytes: ec,
		Headers: map[string]string{"Proc-Type": "4,ENCRYPTED", "DEK-Info": "AES-256-CBC,00"}})
	chain, key := f.put("chain.pem", mine.chain), f.put("key.pem", mine.pair)
	const crossed = "f.conf:4: privkey: DIR/%: does not belong to the certificate in DIR/# (the " +
		"certificate of the listener must be the first one there)"
	tests := []struct {
		name, chain, key string
		want             string // % and # stand for the names of key and chain
	}{
		{"good", chain, key, ""},
		{"chain of two", f.put("two", mine.chain, other.chain), key, ""},
		{"as large as it may be", f.put("limit", mine.chain, large[1:]), key, ""},
		{"text around", f.put("text", []byte("subject=a\n"), mine.chain, []byte("end\n")), key, ""},
		{"key in the old form", chain, f.put("ec", inPEM("EC PRIVATE KEY", ec)), ""},
		{"key behind its parameters", chain,
			f.put("parameters", inPEM("EC PARAMETERS", []byte{6}), mine.pair), ""},
		{"all in one file", f.put("one", mine.pair, mine.chain), filepath.Join(f.path, "one"), ""},

		{"certificate with headers", f.put("headers", pem.EncodeToMemory(&pem.Block{
			Type: "CERTIFICATE", Bytes: mine.certificate.Raw,
			Headers: map[string]string{"Comment": "mine"}})), key, ""},

		{"no certificate", filepath.Join(f.path, "none"), key,
			"f.conf:3: fullchain: DIR/#: no such file or directory"},
		{"no key", chain, filepath.Join(f.path, "none"),
			"f.conf:4: privkey: DIR/%: no such file or directory"},
		{"neither", filepath.Join(f.path, "none"), filepath.Join(f.path, "none"),
			"f.conf:3: fullchain: DIR/#: no such file or directory\n" +
				"f.conf:4: privkey: DIR/%: no such file or directory"},
		{"directory", f.path, key, "f.conf:3: fullchain: DIR: is not a regular file"},
		{"certificate too large", f.put("large", mine.chain, large), key,
			"f.conf:3: fullchain: DIR/#: is larger than 1 MiB"},
		{"key too large", chain, f.put("largekey", mine.pair, large, mine.chain),
			"f.conf:4: privkey: DIR/%: is larger than 1 MiB"},
		{"certificate not PEM", f.put("der", mine.certificate.Raw), key,
			"f.conf:3: fullchain: DIR/#: is not PEM"},
		{"key not PEM", chain, f.put("derkey", ec), "f.conf:4: privkey: DIR/%: is not PEM"},
		{"empty", f.put("empty"), key, "f.conf:3: fullchain: DIR/#: is not PEM"},
		{"swapped", key, chain,
			`f.conf:3: fullchain: DIR/#: holds no certificate, but "PRIVATE KEY"` +
				"\n" + `f.conf:4: privkey: DIR/%: holds no private key, but "CERTIFICATE"`},
		{"broken certificate", f.put("broken", mine.chain, inPEM("CERTIFICATE", []byte("x"))), key,
			"f.conf:3: fullchain: DIR/#: certificate 2: x509: malformed certificate"},
		{"broken key", chain, f.put("brokenkey", inPEM("PRIVATE KEY", []byte("x"))),
			"f.conf:4: privkey: DIR/%: failed to parse private key"},
		{"encrypted key", chain, f.put("locked", inPEM("ENCRYPTED PRIVATE KEY", []byte("x"))),
			"f.conf:4: privkey: DIR/%: the key is encrypted " +
				"(openssl pkey -in FILE -out NEW_FILE writes it plain)"},
		{"key encrypted the old way", chain, f.put("oldlocked", old),
			"f.conf:4: privkey: DIR/%: the key is encrypted " +
				"(openssl pkey -in FILE -out NEW_FILE writes it plain)"},
		{"key of another", chain, f.put("foreign", other.pair), crossed},
		{"chain in the wrong order", f.put("order", other.chain, mine.chain), key, crossed},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			got := found(f, certificateTime, "fullchain "+test.chain, "privkey "+test.key)
			want := strings.NewReplacer("DIR/%", "DIR/"+filepath.Base(test.key),
				"DIR/#", "DIR/"+filepath.Base(test.chain)).Replace(test.want)
			if got != want {
				t.Errorf("got:\n%s\nwant:\n%s", got, want)
			}
		})
	}
}

func TestUnreadableKeyIsNamed(t *testing.T) {
	t.Parallel()
	f := newFolder(t)
	mine := newIdentity(t, certificateTime)
	// A loop of links cannot be read by root either.
	loop := filepath.Join(f.path, "loop")
	if err := os.Symlink(loop, loop); err != nil {
		t.Fatal(err)
	}
	got := found(f, certificateTime, "fullchain "+f.put("chain.pem", mine.chain), "privkey "+loop)
	want := "f.conf:4: privkey: DIR/loop: too many levels of symbolic links"
	if got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

func TestDatesOfCertificatesAreWarnings(t *testing.T) {
	t.Parallel()
	f := newFolder(t)
	mine, next := newIdentity(t, certificateTime), newIdentity(t, certificateTime.AddDate(1, 0, 0))
	chain, key := f.put("chain.pem", mine.chain, next.chain), f.put("key.pem", mine.pair)
	const prefix = "warning: f.conf:3: fullchain: DIR/chain.pem: certificate "
	tests := []struct {
		name string
		now  time.Time
		want string
	}{
		{"no clock", time.Time{}, ""},
		{"the second too early", certificateTime,
			prefix + "2 is not valid before 2030-07-02T03:04:05Z"},
		{"the first too late", certificateTime.AddDate(0, 6, 1),
			prefix + "1 has expired at 2030-07-02T03:04:05Z"},
		{"both too early", certificateTime.AddDate(-1, 0, 0),
			prefix + "1 is not valid before 2029-07-02T03:04:05Z\n" +
				prefix + "2 is not valid before 2030-07-02T03:04:05Z"},
		{"to the second", time.Date(2030, 7, 2, 3, 4, 5, 0, time.UTC), ""},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			if got := found(f, test.now, "fullchain "+chain, "privkey "+key); got != test.want {
				t.Errorf("got:\n%s\nwant:\n%s", got, test.want)
			}
		})
	}
}

func TestListenerIsLeftOutWhileThereIsNoCertificate(t *testing.T) {
	t.Parallel()
	f := newFolder(t)
	mine := newIdentity(t, certificateTime)
	chain, key := f.put("chain.pem", mine.chain), f.put("key.pem", mine.pair)
	none, pipe := filepath.Join(f.path, "none"), filepath.Join(f.path, "pipe")
	if err := syscall.Mkfifo(pipe, 0o600); err != nil { // opening it would wait for ever
		t.Fatal(err)
	}
	const left = ": cannot be read, and neither can privkey: the listener is left out"
	tests := []struct {
		name, chain, key, drop string
		want                   bool
		said                   string
	}{
		{"both missing", none, none, "on", true, "warning: f.conf:3: fullchain: DIR/none" + left},
		{"both unreadable", pipe, f.path, "on", true,
			"warning: f.conf:3: fullchain: DIR/pipe" + left},
		{"both there", chain, key, "on", false, ""},
		{"certificate missing", none, key, "on", false,
			"f.conf:3: fullchain: DIR/none: no such file or directory"},
		{"key missing", chain, none, "on", false,
			"f.conf:4: privkey: DIR/none: no such file or directory"},
		{"not asked for", none, none, "off", false,
			"f.conf:3: fullchain: DIR/none: no such file or directory\n" +
				"f.conf:4: privkey: DIR/none: no such file or directory"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			lines := []string{"fullchain " + test.chain, "privkey " + test.key,
				"drop_on_absent_certificate " + test.drop}
			if got := found(f, certificateTime, lines...); got != test.said {
				t.Errorf("got:\n%s\nwant:\n%s", got, test.said)
			}
			l := Listener{Fullchain: test.chain, Privkey: test.key,
				DropOnAbsentCertificate: test.drop == "on"}
			if got := l.LeftOut(); got != test.want {
				t.Errorf("LeftOut = %v", got)
			}
		})
	}
	if l := (Listener{DropOnAbsentCertificate: true}); l.LeftOut() {
		t.Error("a listener without TLS is left out")
	}
}

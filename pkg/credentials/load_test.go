// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package credentials

import (
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"net"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/flashmq/flashmq/pkg/credentials/credentialstest"
)

// shake makes a TLS handshake and returns what both ends say, and how the server's end stands.
func shake(t *testing.T, server, client *tls.Config) (state tls.ConnectionState, errs [2]error) {
	t.Helper()
	ln, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer ln.Close()
	done := make(chan struct{})
	go func() {
		defer close(done)
		nc, err := ln.Accept()
		if err != nil {
			errs[0] = err
			return
		}
		defer nc.Close()
		_ = nc.SetDeadline(time.Now().Add(time.Minute))
		c := tls.Server(nc, server)
		errs[0] = c.Handshake()
		state = c.ConnectionState()
		if errs[0] == nil {
			_, _ = c.Write([]byte("x"))
		}
	}()
	nc, err := net.Dial("tcp4", ln.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer nc.Close()
	_ = nc.SetDeadline(time.Now().Add(time.Minute))
	_, errs[1] = tls.Client(nc, client).Read(make([]byte, 1)) // a session ticket comes before it
	_ = nc.Close()
	<-done
	return state, errs
}

// always shows a certificate whatever the server asks for.
func always(c *tls.Certificate) func(*tls.CertificateRequestInfo) (*tls.Certificate, error) {
	return func(*tls.CertificateRequestInfo) (*tls.Certificate, error) { return c, nil }
}

// files are those of a listener whose authority has also issued certificates for clients.
type files struct {
	Files
	folder    string
	authority *credentialstest.Authority
}

func newFiles(t *testing.T) *files {
	t.Helper()
	f := &files{folder: t.TempDir(), authority: credentialstest.New(t, "authority")}
	f.Fullchain, f.Privkey = f.authority.Server().Write(t, f.folder, "server")
	f.MinVersion, f.Now = tls.VersionTLS12, time.Now
	return f
}

func (f *files) client(certificates ...*credentialstest.Certificate) *tls.Config {
	c := &tls.Config{RootCAs: f.authority.Pool(), ServerName: "localhost"}
	for _, x := range certificates {
		c.Certificates = append(c.Certificates, x.TLS())
	}
	return c
}

func (f *files) load(t *testing.T) *Credentials {
	t.Helper()
	c, err := Load(f.Files)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestLoadServesTheCertificate(t *testing.T) {
	t.Parallel()
	f := newFiles(t)
	c := f.load(t)
	_, errs := shake(t, c.Config, f.client())
	if errs != [2]error{} {
		t.Errorf("%v", errs)
	}
	if c.NotAfter() != c.Leaf.NotAfter || c.Leaf.Subject.CommonName != "localhost" {
		t.Errorf("the leaf is %v", c.Leaf.Subject)
	}
	old := f.client()
	old.MaxVersion = tls.VersionTLS11
	if _, errs := shake(t, c.Config, old); errs[0] == nil {
		t.Error("TLS 1.1 is spoken")
	}
}

func TestLoadSaysWhatIsWrong(t *testing.T) {
	t.Parallel()
	f := newFiles(t)
	other, otherKey := f.authority.Server().Write(t, f.folder, "other")
	text := credentialstest.File(t, f.folder, "text", []byte("no PEM"))
	large := credentialstest.File(t, f.folder, "large", bytes.Repeat([]byte("x"), maxFile+1))
	empty := t.TempDir()
	chain, err := os.ReadFile(f.Fullchain)
	if err != nil {
		t.Fatal(err)
	}
	broken := credentialstest.File(t, f.folder, "broken",
		append(chain, "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"...))
	pipe := filepath.Join(f.folder, "pipe")
	if err := syscall.Mkfifo(pipe, 0o600); err != nil { // opening it would wait for ever
		t.Fatal(err)
	}
	for _, tt := range []struct {
		name  string
		wrong func(f *Files)
		want  []string
	}{
		{"no certificate", func(f *Files) { f.Fullchain = "/nowhere" },
			[]string{"fullchain", "/nowhere"}},
		{"no key", func(f *Files) { f.Privkey = "/nowhere" }, []string{"privkey", "/nowhere"}},
		{"another key", func(f *Files) { f.Privkey = otherKey }, []string{"other.key", "belong"}},
		{"another certificate", func(f *Files) { f.Fullchain = other }, []string{"other.pem"}},
		{"text", func(f *Files) { f.Fullchain = text }, []string{text, "PEM"}},
		{"broken behind a good one", func(f *Files) { f.Fullchain = broken },
			[]string{"fullchain", broken, "certificate 2"}},
		{"broken authority", func(f *Files) { f.ClientCAFile = broken },
			[]string{"ca_file", broken, "certificate 2"}},
		{"pipe", func(f *Files) { f.Privkey = pipe }, []string{"privkey", pipe, "regular"}},
		{"both", func(f *Files) { f.Privkey, f.CRLFile = otherKey, text },
			[]string{"privkey", otherKey, "crl_file", text}},
		{"large", func(f *Files) { f.Privkey = large }, []string{large, "1 MiB"}},
		{"no CA file", func(f *Files) { f.ClientCAFile = "/nowhere" }, []string{"/nowhere"}},
		{"CA text", func(f *Files) { f.ClientCAFile = text }, []string{"ca_file", text}},
		{"no CA dir", func(f *Files) { f.ClientCADir = "/nowhere" },
			[]string{"ca_dir", "/nowhere"}},
		{"empty CA dir", func(f *Files) { f.ClientCADir = empty }, []string{"ca_dir", empty}},
		{"no CRL", func(f *Files) { f.ClientCAFile, f.CRLFile = f.Fullchain, "/nowhere" },
			[]string{"crl_file", "/nowhere"}},
		{"CRL text", func(f *Files) { f.ClientCAFile, f.CRLFile = f.Fullchain, text },
			[]string{"crl_file", text}},
		{"CRL of certificates",
			func(f *Files) { f.ClientCAFile, f.CRLFile = f.Fullchain, f.Fullchain },
			[]string{"crl_file", "no revocation list"}},
	} {
		files := f.Files
		tt.wrong(&files)
		_, err := Load(files)
		if err == nil {
			t.Errorf("%s: no error", tt.name)
			continue
		}
		for _, want := range tt.want {
			if !strings.Contains(err.Error(), want) {
				t.Errorf("%s: %q does not say %q", tt.name, err, want)
			}
		}
	}
}

func TestClientCertificates(t *testing.T) {
	t.Parallel()
	f := newFiles(t)
	clients := credentialstest.New(t, "clients")
	good, bad := clients.Client("good"), clients.Client("bad")
	strange := credentialstest.New(t, "strangers").Client("good")
	expired := clients.Issue(&x509.Certificate{Subject: pkix.Name{CommonName: "expired"},
		NotBefore: time.Now().Add(-2 * time.Hour), NotAfter: time.Now().Add(-time.Hour)})
	later := time.Now().Add(time.Hour)
	lists := map[string][]byte{
		"":         nil,
		"current":  clients.Revoke(later, bad),
		"outdated": clients.Revoke(time.Now().Add(-time.Minute), bad),
		"both": append(clients.Revoke(time.Now().Add(-time.Minute)),
			clients.Revoke(later, bad)...),
		"others": credentialstest.New(t, "clients").Revoke(later),
	}
	f.ClientCAFile = credentialstest.File(t, f.folder, "ca.pem", clients.PEM())
	for _, tt := range []struct {
		name  string
		list  string
		who   *credentialstest.Certificate
		taken bool
	}{
		{"none", "", nil, true}, // MQTT says what is missing
		{"good", "", good, true},
		{"no list, so not known to be revoked", "", bad, true},
		{"of another authority", "", strange, false},
		{"expired", "", expired, false},
		{"good, with a list", "current", good, true},
		{"revoked", "current", bad, false},
		{"list out of date", "outdated", good, false},
		{"a newer list beside it", "both", good, true},
		{"revoked by the newer list", "both", bad, false},
		{"no list of this authority", "others", good, false},
	} {
		f.CRLFile = ""
		if list := lists[tt.list]; list != nil {
			f.CRLFile = credentialstest.File(t, f.folder, "crl.pem", list)
		}
		config := f.client()
		if tt.who != nil {
			pair := tt.who.TLS()
			config.GetClientCertificate = always(&pair)
		}
		state, errs := shake(t, f.load(t).Config, config)
		if (errs[0] == nil) != tt.taken || (errs[1] == nil) != tt.taken {
			t.Errorf("%s: %v", tt.name, errs)
		}
		if tt.taken && len(state.PeerCertificates) > 0 != (tt.who != nil) {
			t.Errorf("%s: %d certificates", tt.name, len(state.PeerCertificates))
		}
	}
}

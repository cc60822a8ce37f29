// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package credentials

import (
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"errors"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/flashmq/flashmq/pkg/credentials/credentialstest"
)

// A folder of authorities as Kubernetes mounts a Secret: links to a folder that is exchanged.
func TestAuthorityFolder(t *testing.T) {
	t.Parallel()
	f := newFiles(t)
	clients := credentialstest.New(t, "clients")
	f.ClientCADir = t.TempDir()
	data := filepath.Join(f.ClientCADir, "..2026")
	if err := os.Mkdir(data, 0o700); err != nil {
		t.Fatal(err)
	}
	credentialstest.File(t, data, "ca.crt", clients.PEM())
	credentialstest.File(t, data, "namespace", []byte("no certificate"))
	for link, to := range map[string]string{"..data": "..2026", "ca.crt": "..data/ca.crt",
		"namespace": "..data/namespace", "gone": "..data/gone"} {
		if err := os.Symlink(to, filepath.Join(f.ClientCADir, link)); err != nil {
			t.Fatal(err)
		}
	}
	_, errs := shake(t, f.load(t).Config, f.client(clients.Client("somebody")))
	if errs != [2]error{} {
		t.Errorf("%v", errs)
	}
}

// Whoever has no certificate from below an authority that is no CA of ours is not served, whatever
// else is in the chain.
func TestIntermediate(t *testing.T) {
	t.Parallel()
	f := newFiles(t)
	clients := credentialstest.New(t, "clients")
	middle := clients.Intermediate("middle")
	pair := middle.Client("below").TLS()
	f.ClientCAFile = credentialstest.File(t, f.folder, "ca.pem", clients.PEM())
	for _, with := range []bool{false, true} {
		if with {
			pair.Certificate = append(pair.Certificate, middle.Leaf.Raw)
		}
		config := f.client()
		config.GetClientCertificate = always(&pair)
		if _, errs := shake(t, f.load(t).Config, config); (errs[0] == nil) != with {
			t.Errorf("with the intermediate is %v: %v", with, errs)
		}
	}
	// A list of the intermediate authority is needed once there are lists.
	f.CRLFile = credentialstest.File(t, f.folder, "crl.pem",
		clients.Revoke(time.Now().Add(time.Hour)))
	config := f.client()
	config.GetClientCertificate = always(&pair)
	if _, errs := shake(t, f.load(t).Config, config); errs[0] == nil {
		t.Error("nobody knows what the intermediate authority has revoked")
	}
}

func TestALPN(t *testing.T) {
	t.Parallel()
	f := newFiles(t)
	f.ALPN = []string{"mqtt"}
	config := f.load(t).Config
	for _, tt := range []struct {
		offered []string
		want    string
	}{
		{nil, ""}, {[]string{"mqtt"}, "mqtt"}, {[]string{"x-amzn-mqtt-ca"}, ""},
		{[]string{"h2", "mqtt"}, "mqtt"},
	} {
		client := f.client()
		client.NextProtos = tt.offered
		state, errs := shake(t, config, client)
		if errs != [2]error{} || state.NegotiatedProtocol != tt.want {
			t.Errorf("offered %q: %q, want %q: %v", tt.offered, state.NegotiatedProtocol,
				tt.want, errs)
		}
	}
}

// Sessions are resumed, but not past a check of the certificate.
func TestResumption(t *testing.T) {
	t.Parallel()
	for _, version := range []uint16{tls.VersionTLS12, tls.VersionTLS13} {
		f := newFiles(t)
		clients := credentialstest.New(t, "clients")
		who := clients.Client("who")
		f.ClientCAFile = credentialstest.File(t, f.folder, "ca.pem", clients.PEM())
		f.ALPN = []string{"mqtt"}
		client := f.client(who)
		client.MinVersion, client.MaxVersion = version, version
		client.NextProtos = f.ALPN
		client.ClientSessionCache = tls.NewLRUClientSessionCache(4)
		c := f.load(t)
		for _, resumed := range []bool{false, true} {
			state, errs := shake(t, c.Config, client)
			if errs != [2]error{} || state.DidResume != resumed ||
				len(state.PeerCertificates) != 1 {
				t.Errorf("%x: resumed is %v, want %v; %d certificates; %v", version,
					state.DidResume, resumed, len(state.PeerCertificates), errs)
			}
		}
		f.CRLFile = credentialstest.File(t, f.folder, "crl.pem",
			clients.Revoke(time.Now().Add(time.Hour), who))
		if _, errs := shake(t, f.load(t).Config, client); errs[0] == nil {
			t.Errorf("%x: a revoked certificate is good for resuming", version)
		}
	}
}

func TestSame(t *testing.T) {
	t.Parallel()
	f := newFiles(t)
	a := f.load(t)
	if !a.Same(f.load(t)) || a.Same(nil) {
		t.Error("the same files are not the same")
	}
	f.authority.Server().Write(t, f.folder, "server")
	if a.Same(f.load(t)) {
		t.Error("another certificate is the same")
	}
}

// The revision is of what anybody may know, in its order, and of nothing else.
func TestRevision(t *testing.T) {
	t.Parallel()
	f := newFiles(t)
	f.Revision = func(files ...[]byte) string { return string(bytes.Join(files, []byte("|"))) }
	content := func(path string) string {
		t.Helper()
		b, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		return string(b)
	}
	want := content(f.Fullchain)
	check := func(what string) {
		t.Helper()
		if got := f.load(t).Revision; got != want {
			t.Errorf("%s: %q, want %q", what, got, want)
		}
	}
	check("no clients")
	f.ClientCAFile = credentialstest.File(t, f.folder, "ca.pem", f.authority.PEM())
	want += "|" + content(f.ClientCAFile)
	check("an authority")
	f.ClientCADir = t.TempDir()
	other := credentialstest.New(t, "other").PEM()
	credentialstest.File(t, f.ClientCADir, "other.pem", other)
	credentialstest.File(t, f.ClientCADir, "README", []byte("passed over"))
	want += "|" + string(other)
	check("more authorities")
	f.CRLFile = credentialstest.File(t, f.folder, "crl.pem",
		f.authority.Revoke(time.Now().Add(time.Hour)))
	want += "|" + content(f.CRLFile)
	check("a revocation list")
	before := f.load(t)
	if err := os.Rename(f.Privkey, f.Privkey+"2"); err != nil {
		t.Fatal(err)
	}
	f.Privkey += "2"
	if after := f.load(t); after.Revision != before.Revision || after.Same(before) {
		t.Error("the file of the key counts")
	}
}

func TestIdentity(t *testing.T) {
	t.Parallel()
	a := credentialstest.New(t, "authority")
	cn := func(names ...string) pkix.Name {
		var n pkix.Name
		for _, name := range names {
			n.ExtraNames = append(n.ExtraNames,
				pkix.AttributeTypeAndValue{Type: asn1.ObjectIdentifier{2, 5, 4, 3}, Value: name})
		}
		return n
	}
	link := func(s string) *url.URL {
		u, err := url.Parse(s)
		if err != nil {
			t.Fatal(err)
		}
		return u
	}
	for _, tt := range []struct {
		name     string
		identity Identity
		template x509.Certificate
		want     string
		err      error
	}{
		{"one CN", CommonName, x509.Certificate{Subject: cn("one")}, "one", nil},
		{"two CNs", CommonName, x509.Certificate{Subject: cn("one", "two")}, "", ErrTwoNames},
		{"the same CN twice", CommonName, x509.Certificate{Subject: cn("one", "one")}, "",
			ErrTwoNames},
		{"no CN", CommonName, x509.Certificate{Subject: pkix.Name{Organization: []string{"o"}}}, "",
			ErrNoName},
		{"an empty CN", CommonName, x509.Certificate{Subject: cn("")}, "", ErrNoName},
		{"CN with wildcards", CommonName, x509.Certificate{Subject: cn("a/+/#")}, "a/+/#", nil},
		{"URI", URI, x509.Certificate{URIs: []*url.URL{link("spiffe://x/y")}}, "spiffe://x/y", nil},
		{"two URIs", URI, x509.Certificate{URIs: []*url.URL{link("a://b"), link("c://d")}}, "",
			ErrTwoNames},
		{"DNS, not CN", DNS,
			x509.Certificate{Subject: cn("one"), DNSNames: []string{"dev.example"}},
			"dev.example", nil},
		{"no DNS", DNS, x509.Certificate{Subject: cn("one")}, "", ErrNoName},
		{"e-mail", Email, x509.Certificate{EmailAddresses: []string{"a@b.example"}},
			"a@b.example", nil},
		{"no e-mail", Email, x509.Certificate{Subject: cn("a@b.example")}, "", ErrNoName},
		{"long", CommonName, x509.Certificate{Subject: cn(strings.Repeat("x", 65536))}, "",
			ErrTooLong},
	} {
		got, err := tt.identity.Of(a.Issue(&tt.template).Leaf)
		if got != tt.want || !errors.Is(err, tt.err) {
			t.Errorf("%s: %.40q, %v; want %q, %v", tt.name, got, err, tt.want, tt.err)
		}
	}
}

// In a folder of authorities what cannot be used is passed over, as `flashmq -t` says; and what is
// hidden there is not trusted.
func TestAuthorityFolderWithOtherThings(t *testing.T) {
	f := newFiles(t)
	hidden, visible := credentialstest.New(t, "hidden"), credentialstest.New(t, "visible")
	f.ClientCAFile, f.ClientCADir = "", t.TempDir()
	credentialstest.File(t, f.ClientCADir, "good.pem", visible.PEM())
	credentialstest.File(t, f.ClientCADir, ".hidden.pem", hidden.PEM())
	credentialstest.File(t, f.ClientCADir, "large", bytes.Repeat([]byte("x"), maxFile+1))
	credentialstest.File(t, f.ClientCADir, "note", []byte("no certificate"))
	pool := f.load(t).Config.ClientCAs
	if !pool.Equal(visible.Pool()) {
		t.Error("other authorities are trusted than the one that can be seen")
	}
}

// Revocation lists may be larger than certificates.
func TestLargeRevocationList(t *testing.T) {
	f := newFiles(t)
	authority := credentialstest.New(t, "clients")
	f.ClientCAFile = credentialstest.File(t, f.folder, "ca.pem", authority.PEM())
	comment := bytes.Repeat([]byte("# a line before the list\n"), maxFile/20)
	f.CRLFile = credentialstest.File(t, f.folder, "large.crl",
		append(comment, authority.Revoke(time.Now().Add(time.Hour))...))
	f.load(t)
}

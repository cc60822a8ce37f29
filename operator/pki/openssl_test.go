// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package pki

import (
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"
)

// OpenSSL, as strict as it can be, takes what we make, in all steps of a rotation. It is what most
// clients and HAProxy verify with.
func TestOpenSSLVerifies(t *testing.T) {
	t.Parallel()
	o := AuthorityOptions{Validity: 300 * day, Overlap: 10 * day}
	leaf := LeafOptions{CommonName: "factory", DNSNames: []string{"mqtt.example", "*.n.example"},
		IPs: []netip.Addr{netip.MustParseAddr("10.0.0.1"), netip.MustParseAddr("fd00::1")}}
	var authority, data, first map[string][]byte
	for _, step := range []struct {
		name string
		at   time.Duration
		want Change
	}{
		{"new", 0, Created}, {"rotating", 201 * day, RotationStarted},
		{"rotated", 212 * day, RotationFinished}, {"retired", 301 * day, Retired},
	} {
		now := start.Add(step.at)
		a, r := ensure(t, authority, o, now)
		if r.Change != step.want {
			t.Fatalf("%s: %q", step.name, r.Change)
		}
		l := leafOf(t, data, a, leaf, now)
		authority, data = r.Data, l.Data
		if first == nil {
			first = r.Data
		}
		for _, more := range [][]string{
			{"-purpose", "sslserver", "-verify_hostname", "mqtt.example"},
			{"-purpose", "sslserver", "-verify_hostname", "pod-0.n.example"},
			{"-purpose", "sslserver", "-verify_ip", "10.0.0.1"},
			{"-purpose", "sslserver", "-verify_ip", "fd00::1"},
			{"-purpose", "sslclient"},
		} {
			if err := verifyWithOpenSSL(t, l.Data, now, more...); err != nil {
				t.Errorf("%s: %v: %v", step.name, more, err)
			}
		}
	}
	// It looks at what it is told to look at.
	now := start.Add(301 * day)
	wrong := map[string][]byte{"tls.crt": data["tls.crt"], "ca.crt": first["ca.crt"]}
	if verifyWithOpenSSL(t, wrong, now, "-purpose", "sslserver") == nil {
		t.Error("a leaf is good with the authority of before")
	}
	if verifyWithOpenSSL(t, data, now, "-verify_hostname", "other.example") == nil {
		t.Error("a leaf is good for another name")
	}
	only := leafOf(t, nil, mustParse(t, authority, now), LeafOptions{Usages: Client,
		CommonName: "device"}, now)
	if verifyWithOpenSSL(t, only.Data, now, "-purpose", "sslserver") == nil {
		t.Error("a client's leaf is good for a server")
	}
}

func mustParse(t *testing.T, data map[string][]byte, now time.Time) *Authority {
	t.Helper()
	a, err := ParseAuthority(data, now)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func verifyWithOpenSSL(t *testing.T, data map[string][]byte, at time.Time, more ...string) error {
	t.Helper()
	folder := t.TempDir()
	arguments := append([]string{"verify", "-x509_strict", "-check_ss_sig", "-no-CApath",
		"-no-CAstore", "-attime", strconv.FormatInt(at.Unix(), 10),
		"-CAfile", write(t, folder, "ca.crt", data["ca.crt"])}, more...)
	text, err := exec.Command("openssl", append(arguments,
		write(t, folder, "tls.crt", data["tls.crt"]))...).CombinedOutput()
	if err != nil && !strings.Contains(string(text), "verification failed") {
		t.Fatalf("%v: %s", err, text)
	}
	if err != nil {
		t.Logf("%s", text)
	}
	return err
}

// OpenSSL reads our keys, and we take what it makes.
func TestOpenSSLMakes(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	_, r := ensure(t, nil, AuthorityOptions{}, start)
	key := write(t, folder, "ours.key", r.Data["tls.key"])
	run(t, "pkey", "-in", key, "-check", "-noout")

	certificate, key := filepath.Join(folder, "ca.crt"), filepath.Join(folder, "ca.key")
	run(t, "req", "-x509", "-newkey", "rsa:2048", "-noenc", "-subj", "/CN=by hand", "-days", "30",
		"-addext", "keyUsage=critical,keyCertSign", "-keyout", key, "-out", certificate)
	data := map[string][]byte{"tls.crt": read(t, certificate), "tls.key": read(t, key)}
	now := certificateOf(t, data["tls.crt"]).NotBefore.Add(time.Hour)
	o := AuthorityOptions{Validity: 30 * day}
	a, r := ensure(t, data, o, now)
	if r.Change != Repaired { // the bundle was missing
		t.Errorf("%q", r.Change)
	}
	l := leafOf(t, nil, a, LeafOptions{Usages: Server}, now)
	if err := verifyWithOpenSSL(t, l.Data, now, "-purpose", "sslserver"); err != nil {
		t.Error(err)
	}
	if _, err := Inspect(l.Data["tls.crt"], l.Data["tls.key"], l.Data["ca.crt"], now); err != nil {
		t.Error(err)
	}
	run(t, "pkey", "-in", key, "-aes256", "-passout", "pass:secret", "-out", key+".locked")
	_, err := Inspect(l.Data["tls.crt"], read(t, key+".locked"), nil, now)
	refused(t, "passphrase", err, Encrypted, "tls.key", "passphrase")
}

func run(t *testing.T, arguments ...string) {
	t.Helper()
	if text, err := exec.Command("openssl", arguments...).CombinedOutput(); err != nil {
		t.Fatalf("openssl %q: %v: %s", arguments, err, text)
	}
}

func write(t *testing.T, folder, name string, text []byte) string {
	t.Helper()
	path := filepath.Join(folder, name)
	if err := os.WriteFile(path, text, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func read(t *testing.T, path string) []byte {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

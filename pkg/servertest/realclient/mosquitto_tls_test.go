// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package realclient

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"github.com/flashmq/flashmq/pkg/config"
	"github.com/flashmq/flashmq/pkg/credentials/credentialstest"
	"github.com/flashmq/flashmq/pkg/servertest"
)

// Both versions of TLS that are in use, with every version of MQTT.
func TestMosquittoTLS(t *testing.T) {
	p := newPapers(t)
	s := start(t, servertest.Loops(2), another(p.encrypted))
	large := bytes.Repeat([]byte("0123456789abcdef"), 1<<16) // 1 MiB, many records
	file := credentialstest.File(t, p.folder, "large", large)
	for _, version := range []string{"TLSv1.2", "TLSv1.3"} {
		for _, v := range mosquittoVersions {
			t.Run(version+" "+v, func(t *testing.T) {
				atMost(t, version)
				id := version + v
				how := []string{"-p", portOf(t, s, 1), "--cafile", p.serverCA, "-V", v, "-q", "1"}
				receiver := sub(t, s, id, id, append(how, "-C", "2", "-F", "%p")...)
				pub(t, s, append(how, "-t", id, "-m", "first")...)
				pub(t, s, append(how, "-t", id, "-f", file)...)
				receiver.lines("first", string(large))
			})
		}
	}
}

// atMost makes the OpenSSL of programs speak that version of TLS or an older one: mosquitto's
// --tls-version is the oldest, not the newest.
func atMost(t *testing.T, version string) {
	t.Helper()
	t.Setenv("OPENSSL_CONF", credentialstest.File(t, t.TempDir(), "openssl.cnf", []byte(
		"openssl_conf = all\n[all]\nssl_conf = ssl\n[ssl]\nsystem_default = limits\n"+
			"[limits]\nMaxProtocol = "+version+"\n")))
}

// A listener may ask for a newer version than the client knows.
func TestMosquittoTLSTooOld(t *testing.T) {
	p := newPapers(t)
	s := start(t, another(p.encrypted, func(l *config.Listener) {
		l.MinimumTLSVersion = config.TLS13
	}))
	atMost(t, "TLSv1.2")
	printed := run(t, nil, "mosquitto_pub", "-h", "127.0.0.1", "-p", portOf(t, s, 1), "-d",
		"--cafile", p.serverCA, "-t", "x", "-m", "y").fails()
	if !strings.Contains(printed, "alert protocol version") {
		t.Errorf("it printed %q", printed)
	}
	refused(t, s, "tls_handshake")
}

// mosquitto_pub does not speak to a server whose authority it does not know.
func TestMosquittoDoesNotTrustUs(t *testing.T) {
	p := newPapers(t)
	s := start(t, another(p.encrypted))
	printed := run(t, nil, "mosquitto_pub", "-h", "127.0.0.1", "-p", portOf(t, s, 1), "-d",
		"--cafile", p.clientCA, "-t", "x", "-m", "y").fails()
	if !strings.Contains(printed, "certificate verify failed") {
		t.Errorf("it printed %q", printed)
	}
	refused(t, s, "tls_alert")
}

// The Common Name of the certificate is the user name, whatever the client says it is.
func TestMosquittoClientCertificate(t *testing.T) {
	p := newPapers(t)
	s := start(t, another(p.verified))
	for _, v := range mosquittoVersions {
		t.Run(v, func(t *testing.T) {
			chain, key := p.client("device-" + v)
			how := []string{"-p", portOf(t, s, 1), "--cafile", p.serverCA, "--cert", chain,
				"--key", key, "-V", v, "-u", "somebody", "-P", "else"}
			receiver := sub(t, s, v, v, append(how, "-C", "1")...)
			s.WaitLogged(fmt.Sprintf("client=%s username=device-%s address=127.0.0.1:", v, v))
			pub(t, s, append(how, "-t", v, "-m", "signed")...)
			receiver.lines(v + " 0 0 signed")
		})
	}
}

// Without a certificate the client learns in words of MQTT that it lacks one; with a stranger's,
// in words of TLS.
func TestMosquittoCertificateRefused(t *testing.T) {
	p := newPapers(t)
	chain, key := p.stranger("device-7")
	for _, tt := range []struct {
		name, version, want, reason string
		shows                       []string
	}{
		{"none, 3.1", "mqttv31", "bad user name or password", "", nil},
		{"none, 3.1.1", "mqttv311", "bad user name or password", "", nil},
		{"none, 5.0", "mqttv5", "Bad User Name or Password", "", nil},
		{"a stranger's", "mqttv5", "alert unknown ca", "tls_certificate",
			[]string{"--cert", chain, "--key", key}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := start(t, another(p.verified))
			args := append([]string{"-h", "127.0.0.1", "-p", portOf(t, s, 1), "-i", "refused", "-d",
				"-t", "x", "-m", "y", "--cafile", p.serverCA, "-V", tt.version}, tt.shows...)
			printed := run(t, nil, "mosquitto_pub", args...).fails()
			if !strings.Contains(printed, tt.want) {
				t.Errorf("it printed %q, want %q", printed, tt.want)
			}
			if tt.reason != "" {
				refused(t, s, tt.reason)
			} else {
				s.WaitLogged("msg=\"client refused\" client=refused ")
			}
		})
	}
}

// refused waits until one connection, and no other, was refused for that reason.
func refused(t *testing.T, s *servertest.Server, reason string) {
	t.Helper()
	servertest.Wait(t, "a connection is refused: "+reason, func() bool {
		return s.Refusals()[reason] > 0
	})
	if all := s.Refusals(); len(all) != 1 || all[reason] != 1 {
		t.Errorf("refusals %v, want one: %s", all, reason)
	}
}

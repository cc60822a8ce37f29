// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package main

import (
	"crypto/tls"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/flashmq/flashmq/operator/haproxy"
	"github.com/flashmq/flashmq/operator/proxyagent"
	"github.com/flashmq/flashmq/pkg/credentials/credentialstest"
	"github.com/flashmq/flashmq/pkg/mqtt"
	"github.com/flashmq/flashmq/pkg/rawclient"
	"github.com/flashmq/flashmq/pkg/servertest/ports"
)

// A new listener comes without the end of a connection, also while many files change one by one.
func TestReload(t *testing.T) {
	p := start(t, nil)
	c := p.dial(t, 0)
	c.Connect(mqtt.V50, "stays")
	c.Subscribe("a", mqtt.AtMostOnce)
	before := p.worker(t)

	p.listen("second", ports.Free(t))
	p.exchange(t)
	if s := p.settled(t); !s.LastChange.Reloaded {
		t.Errorf("the status is %+v", s)
	}
	if p.worker(t) == before {
		t.Error("there is no new process")
	}
	other := p.dial(t, 1)
	other.Connect(mqtt.V311, "comes")
	other.Publish("a", "b", mqtt.AtMostOnce)
	c.ExpectMessage("a", "b")
}

// A configuration that HAProxy refuses changes nothing, and the next good one counts.
func TestConfigurationIsRefused(t *testing.T) {
	p := start(t, nil)
	c := p.dial(t, 0)
	c.Connect(mqtt.V50, "stays")
	before := p.status(t).Configuration
	p.edit = func(text string) string { return text + "\nfrontend nowhere\n  bind here\n" }
	p.exchange(t)
	s := p.wait(t, "a refusal", func(s *proxyagent.Status) bool {
		return s.LastChange != nil && s.LastChange.Error != ""
	})
	if s.Configuration != before || !strings.Contains(s.LastChange.Error, "here") {
		t.Errorf("the status is %+v %+v", s, s.LastChange)
	}
	p.dial(t, 0).Connect(mqtt.V50, "comes")
	c.Quiet()
	p.edit = nil
	p.exchange(t)
	p.wait(t, "the refusal is gone", func(s *proxyagent.Status) bool { return s.LastChange == nil })
	p.options.MaxReloads = 7
	p.exchange(t)
	p.settled(t)
}

// Certificates are exchanged in the running process: new Clients see the new one.
func TestCertificateIsExchanged(t *testing.T) {
	authority := credentialstest.New(t, "authority")
	first, second := authority.Server(), authority.Server()
	p := start(t, func(p *proxy) {
		p.give(t, "mqtts", first)
		p.options.Listeners[0].TLS = haproxy.TLS{Mode: haproxy.Terminate,
			CertFile: filepath.Join(p.folder, "mqtts.crt")}
	})
	trusted := &tls.Config{RootCAs: authority.Pool(), ServerName: "localhost"}
	open := func() (*rawclient.Client, *tls.Conn) {
		conn, err := tls.Dial("tcp", p.address(0), trusted)
		must(t, err)
		return rawclient.Wrap(t, conn), conn
	}
	c, conn := open()
	c.Connect(mqtt.V50, "stays")
	c.Subscribe("a", mqtt.AtMostOnce)
	if got := conn.ConnectionState().PeerCertificates[0]; !got.Equal(first.Leaf) {
		t.Fatalf("the certificate is %v", got.SerialNumber)
	}
	before := p.worker(t)
	p.give(t, "mqtts", second)
	p.exchange(t)
	if s := p.settled(t); s.LastChange.Reloaded || s.LastChange.Error != "" {
		t.Errorf("the status is %+v", s.LastChange)
	}
	if p.worker(t) != before {
		t.Error("there is a new process")
	}
	fresh, conn := open()
	if got := conn.ConnectionState().PeerCertificates[0]; !got.Equal(second.Leaf) {
		t.Errorf("the certificate is %v", got.SerialNumber)
	}
	fresh.Connect(mqtt.V50, "comes")
	fresh.Publish("a", "b", mqtt.AtMostOnce)
	c.ExpectMessage("a", "b")
}

// What is no certificate does not become one, and nobody notices.
func TestCertificateIsRefused(t *testing.T) {
	authority := credentialstest.New(t, "authority")
	p := start(t, func(p *proxy) {
		p.give(t, "mqtts", authority.Server())
		p.options.Listeners[0].TLS = haproxy.TLS{Mode: haproxy.Terminate,
			CertFile: filepath.Join(p.folder, "mqtts.crt")}
	})
	p.files["mqtts.crt"] = []byte("no certificate")
	p.exchange(t)
	p.wait(t, "a refusal", func(s *proxyagent.Status) bool {
		return s.LastChange != nil && s.LastChange.Error != ""
	})
	conn, err := tls.Dial("tcp", p.address(0), &tls.Config{RootCAs: authority.Pool(),
		ServerName: "localhost"})
	must(t, err)
	rawclient.Wrap(t, conn).Connect(mqtt.V50, "comes")
}

func TestInstall(t *testing.T) {
	t.Parallel()
	to := filepath.Join(t.TempDir(), "agent")
	for range 2 { // it may be there already
		cmd := exec.Command(os.Args[0], "install", to)
		cmd.Env = append(os.Environ(), asAgent+"=1")
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("%v: %s", err, out)
		}
	}
	cmd := exec.Command(to, "--version")
	cmd.Env = append(os.Environ(), asAgent+"=1")
	out, err := cmd.Output()
	must(t, err)
	if !strings.HasPrefix(string(out), "flashmq-proxy-agent ") {
		t.Errorf("the copy says %q", out)
	}
	names, err := os.ReadDir(filepath.Dir(to))
	must(t, err)
	if len(names) != 1 {
		t.Errorf("left: %v", names)
	}
}

func TestCommandLine(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name string
		args []string
		code int
		says string
	}{
		{"nothing", nil, exitUsage, "say run, or install FILE"},
		{"unknown", []string{"rum"}, exitUsage, "say run, or install FILE"},
		{"no FILE", []string{"install"}, exitUsage, "say run, or install FILE"},
		{"unknown flag", []string{"run", "--conf", "x"}, exitUsage, "unknown flag: --conf"},
		{"help", []string{"--help"}, exitGood, "--hard-stop"},
		{"nowhere", []string{"install", "/nowhere/agent"}, exitBad, "/nowhere"},
		{"no configuration", []string{"run", "--config", "/nowhere/haproxy.cfg"}, exitBad,
			"/nowhere"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			var out strings.Builder
			if code := run(test.args, &out, &out); code != test.code ||
				!strings.Contains(out.String(), test.says) {
				t.Errorf("%d: %s", code, &out)
			}
		})
	}
}

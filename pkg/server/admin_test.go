// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package server_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus/testutil/promlint"

	"github.com/flashmq/flashmq/pkg/admin"
	"github.com/flashmq/flashmq/pkg/config"
	"github.com/flashmq/flashmq/pkg/credentials/credentialstest"
	"github.com/flashmq/flashmq/pkg/mqtt"
	"github.com/flashmq/flashmq/pkg/packet"
	"github.com/flashmq/flashmq/pkg/rawclient"
	"github.com/flashmq/flashmq/pkg/servertest"
	"github.com/flashmq/flashmq/pkg/servertest/ports"
)

// samples is the page of metrics, by what stands before the value.
func samples(t *testing.T, a *servertest.Admin) map[string]string {
	t.Helper()
	status, page := a.Ask("GET", "/metrics")
	if status != 200 {
		t.Fatalf("metrics: %d %s", status, page)
	}
	found := map[string]string{}
	for line := range strings.Lines(page) {
		if at := strings.LastIndexByte(line, ' '); at > 0 && line[0] != '#' {
			found[line[:at]] = strings.TrimSpace(line[at+1:])
		}
	}
	return found
}

// What was sent is what is counted, by QoS, in messages and in bytes.
func TestMetricsAgreeWithTraffic(t *testing.T) {
	s := servertest.Start(t, servertest.Loops(3))
	a := s.Admin(t)
	publisher := s.Connect(t, mqtt.V311, "publisher")
	var subscribers []*rawclient.Client
	for i := range 4 {
		c := s.Connect(t, rawclient.Versions[i%2], fmt.Sprint("subscriber", i)) // 3.1, 3.1.1
		c.Subscribe("a/#", mqtt.QoS(i%3))
		subscribers = append(subscribers, c)
	}
	var messages, size, sent, sentSize [3]int
	for q := range mqtt.QoS(3) {
		for i := range 5 * (int(q) + 1) {
			text := strings.Repeat("x", 10+i)
			publisher.Publish("a/b", text, q)
			messages[q]++
			size[q] += len(rawclient.Publish(mqtt.V311, 1, "a/b", []byte(text), q))
			for n, c := range subscribers {
				c.ExpectMessage("a/b", text)
				granted := min(q, mqtt.QoS(n%3))
				sent[granted]++
				sentSize[granted] += len(rawclient.Publish(mqtt.V311, 1, "a/b", []byte(text),
					granted))
			}
		}
	}
	want := map[string]string{
		"flashmq_clients": "5", "flashmq_connections": "5", "flashmq_sessions": "5",
		"flashmq_subscriptions": "4", "flashmq_connects_total": "5",
		"flashmq_connections_accepted_total":           "5",
		"flashmq_draining":                             "0",
		`flashmq_configuration_info{revision=""}`:      "1",
		"flashmq_configuration_last_reload_successful": "1",
		`flashmq_proxy_header_connections_total{header="absent",listener="` + s.Addr() + `"}`: "5",
	}
	for q := range 3 {
		label := fmt.Sprintf(`{qos="%d"}`, q)
		want["flashmq_messages_received_total"+label] = fmt.Sprint(messages[q])
		want["flashmq_messages_sent_total"+label] = fmt.Sprint(sent[q])
		want["flashmq_publish_received_bytes_total"+label] = fmt.Sprint(size[q])
		want["flashmq_publish_sent_bytes_total"+label] = fmt.Sprint(sentSize[q])
	}
	var got map[string]string
	different := func() (list []string) {
		for sample, value := range want {
			if got[sample] != value {
				list = append(list, fmt.Sprintf("%s is %q, want %s", sample, got[sample], value))
			}
		}
		return list
	}
	// Loops share what they have counted once a second.
	for began := time.Now(); ; time.Sleep(20 * time.Millisecond) {
		if got = samples(t, a); len(different()) == 0 {
			break
		}
		if time.Since(began) > servertest.Patience {
			t.Fatal(strings.Join(different(), "\n"))
		}
	}
	for loop := range 3 {
		for _, name := range []string{"busy_seconds_total", "turns_total", "lag_seconds"} {
			if sample := fmt.Sprintf(`flashmq_loop_%s{loop="%d"}`, name, loop); got[sample] == "" {
				t.Errorf("no %s", sample)
			}
		}
	}
	if got["go_goroutines"] == "" || got["process_start_time_seconds"] == "" {
		t.Error("nothing about the Go runtime or the process")
	}
}

// The whole page, the runtime's part of it as well, is as Prometheus wants it.
func TestMetricsOfAServerAreLinted(t *testing.T) {
	h := open(t, door{tls: true, proxy: true})
	h.enter(t, 0)
	_, page := h.Admin(t).Ask("GET", "/metrics")
	problems, err := promlint.New(bytes.NewReader([]byte(page))).Lint()
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range problems {
		t.Errorf("%s: %s", p.Metric, p.Text)
	}
}

// Connections are told apart by how they begin.
func TestProxyHeadersAreCounted(t *testing.T) {
	s := servertest.Start(t, func(c *config.Config) {
		l := &c.Listeners[0]
		l.HAProxy = config.HAProxyOn
		untrusting := *l
		untrusting.HAProxyTrustedFrom = []netip.Prefix{netip.MustParsePrefix("192.0.2.0/24")}
		c.Listeners = append(c.Listeners, untrusting)
	})
	send := func(at int, text string) {
		t.Helper()
		a := s.Addrs()[at]
		c := rawclient.Dial(t, a.Network(), a.String())
		_ = c.TrySend([]byte(text))
		c.ExpectClosed()
	}
	const header = "PROXY TCP4 192.0.2.9 192.0.2.1 4711 1883\r\n"
	const garbage = "\xf0\x00" // no CONNECT
	for range 3 {
		send(0, header+garbage)
	}
	for range 2 {
		send(0, "\r\n\r\n\x00\r\nQUIT\n\x20\x00\x00\x00"+garbage) // LOCAL
	}
	send(0, garbage+strings.Repeat(" ", 20))
	send(1, header+garbage)
	want := []admin.ProxyHeaders{{Present: 3, Local: 2, Absent: 1}, {Untrusted: 1}}
	for i, l := range s.Admin(t).Report().Listeners {
		if l.ProxyHeaders != want[i] {
			t.Errorf("listener %d: %+v, want %+v", i, l.ProxyHeaders, want[i])
		}
	}
}

// A loop that stands still shows, and only that.
func TestLivenessOfAStuckLoop(t *testing.T) {
	s := servertest.Start(t, servertest.Loops(2), servertest.Config(func(c *config.Config) {
		c.LogLevel = config.LogInfo
	}))
	a := s.Admin(t, func(o *admin.Options) { o.Stuck = 100 * time.Millisecond })
	release := s.Stall("stuck")
	c := s.Dial(t)
	c.Send(rawclient.Connect(mqtt.V50, "stuck"))
	servertest.Wait(t, "livez fails", func() bool {
		status, body := a.Ask("GET", "/livez")
		return status == 503 && strings.Contains(body, "[-]loops failed: loop ")
	})
	release()
	rawclient.Expect[*packet.Connack](c)
	servertest.Wait(t, "livez is well again", func() bool {
		status, _ := a.Ask("GET", "/livez")
		return status == 200
	})
}

// Revisions are of the content of files, so whoever has the same files knows them.
func TestRevisionsOfCertificates(t *testing.T) {
	folder := t.TempDir()
	authority := credentialstest.New(t, "authority")
	chain, key := authority.Server().Write(t, folder, "server")
	ca := credentialstest.File(t, folder, "ca.pem", authority.PEM())
	s := servertest.Start(t, func(c *config.Config) {
		plain := c.Listeners[0]
		l := plain
		l.Fullchain, l.Privkey = chain, key
		verifies := l
		verifies.ClientVerificationCAFile = ca
		verifies.InetProtocol = config.InetBoth // two sockets, one certificate
		verifies.Inet6BindAddress = netip.IPv6Loopback()
		c.Listeners = []config.Listener{l, plain, verifies}
	})
	a := s.Admin(t)
	content := func(path string) []byte {
		t.Helper()
		b, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	check := func(when string) {
		t.Helper()
		r := a.Report()
		first := admin.Revision(content(chain))
		second := admin.Revision(content(chain), content(ca))
		if r.Listeners[0].Certificate.Revision != first || r.Listeners[1].Certificate != nil ||
			r.Listeners[2].Certificate.Revision != second ||
			r.Revisions.Certificates != admin.JoinRevisions(first, second) {
			t.Errorf("%s: %+v", when, r)
		}
	}
	check("at the start")
	authority.Server().Write(t, folder, "server")
	s.RefreshCertificates()
	check("after an exchange")

	before, good := a.Report().Listeners[0].Certificate, content(chain)
	if err := os.WriteFile(chain, []byte("no certificate"), 0o600); err != nil {
		t.Fatal(err)
	}
	s.RefreshCertificates()
	got := a.Report().Listeners[0].Certificate
	if got.Revision != before.Revision || !strings.Contains(got.Error, chain) {
		t.Errorf("stale: %+v, before %+v", got, before)
	}
	m := samples(t, a)
	label := `{listener="` + s.Addr() + `"}`
	if m["flashmq_certificate_stale"+label] != "1" ||
		m["flashmq_certificate_load_failures_total"] != "3" {
		t.Errorf("stale is %q, failures %q", m["flashmq_certificate_stale"+label],
			m["flashmq_certificate_load_failures_total"])
	}
	for range 2 { // with the certificate as before, and with another one
		if err := os.WriteFile(chain, good, 0o600); err != nil {
			t.Fatal(err)
		}
		s.RefreshCertificates()
		check("when all is well again")
		if got := a.Report().Listeners[0].Certificate; got.Error != "" {
			t.Errorf("still stale: %s", got.Error)
		}
		if err := os.WriteFile(chain, []byte("no certificate"), 0o600); err != nil {
			t.Fatal(err)
		}
		s.RefreshCertificates()
		authority.Server().Write(t, folder, "server")
		good = content(chain)
	}
}

func TestReportOfListeners(t *testing.T) {
	path := filepath.Join(t.TempDir(), "mqtt.sock")
	s := servertest.Start(t, servertest.DualStack(), servertest.Unix(path))
	r := s.Admin(t).Report()
	for i, want := range []admin.Listener{
		{Network: "tcp4", Address: "127.0.0.1"}, {Network: "tcp6", Address: "::1"},
		{Network: "unix", Address: path},
	} {
		got := r.Listeners[i]
		if got.Network != want.Network || got.Address != want.Address || got.Protocol != "mqtt" ||
			got.Name != s.Addrs()[i].String() || (got.Port == 0) != (want.Network == "unix") {
			t.Errorf("listener %d: %+v", i, got)
		}
	}
	if !r.Ready || r.Started.IsZero() || r.Draining != nil || r.LastReload != nil ||
		r.Version == "" || r.Revisions != (admin.Revisions{}) {
		t.Errorf("%+v", r)
	}
}

// The outcome of a reload is answered, and remembered.
func TestReloadByHTTP(t *testing.T) {
	s := servertest.Start(t)
	a := s.Admin(t)
	if status, body := a.Ask("POST", "/reload"); status != 409 ||
		!strings.Contains(body, "no configuration") {
		t.Errorf("without a reloader: %d %s", status, body)
	}
	for _, tt := range []struct {
		name    string
		err     error
		status  int
		outcome admin.Outcome
		metric  string
	}{
		{"refused", errors.New("f.conf:3: max_qos: no"), 422, admin.Refused, "0"},
		{"applied", nil, 200, admin.Applied, "1"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s.SetReloader(func(context.Context) error {
				err := tt.err
				if err == nil {
					err = s.Reload(func(c *config.Config) { c.Revision = "new" })
				}
				s.NoteReload(err)
				return err
			})
			status, body := a.Ask("POST", "/reload")
			r := a.Report()
			if status != tt.status || !strings.Contains(body, string(tt.outcome)) ||
				r.LastReload.Outcome != tt.outcome || r.LastReload.Time.IsZero() ||
				(tt.err != nil) != (r.LastReload.Error != "") ||
				(r.Revisions.Configuration == "new") != (tt.err == nil) {
				t.Errorf("%d %s, report %+v", status, body, r.LastReload)
			}
			m := samples(t, a)
			if got := m["flashmq_configuration_last_reload_successful"]; got != tt.metric ||
				m["flashmq_configuration_last_reload_timestamp_seconds"] == "" {
				t.Errorf("successful is %q", got)
			}
		})
	}
	s.SetReloader(func(ctx context.Context) error { return s.Reload(func(*config.Config) {}) })
	s.Stop()
	if status, body := a.Ask("POST", "/reload"); status != 409 {
		t.Errorf("after the end: %d %s", status, body)
	}
}

// admin_port opens it beside the listeners; one that is taken is fatal.
func TestAdminPort(t *testing.T) {
	port := uint16(ports.Free(t))
	taken, err := net.Listen("tcp4", fmt.Sprint("127.0.0.1:", port))
	if err != nil {
		t.Fatal(err)
	}
	on := func(c *config.Config) { c.AdminPort = port }
	if err := servertest.StartFails(t, on); !strings.Contains(err.Error(), "admin_port") {
		t.Errorf("a taken port: %v", err)
	}
	_ = taken.Close()
	s := servertest.Start(t, on)
	s.WaitLogged("admin port open")
	c, err := net.Dial("tcp4", fmt.Sprint("127.0.0.1:", port))
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	_ = c.SetDeadline(time.Now().Add(servertest.Patience))
	if _, err := fmt.Fprint(c, "GET /readyz HTTP/1.0\r\n\r\n"); err != nil {
		t.Fatal(err)
	}
	answer := make([]byte, 100)
	n, err := c.Read(answer)
	if !bytes.HasPrefix(answer[:n], []byte("HTTP/1.0 200")) {
		t.Errorf("%q, %v", answer[:n], err)
	}
}

// A proxy is told whether there is a listener that believes it.
func TestProxyIsToldWhetherItIsTrusted(t *testing.T) {
	for _, tt := range []struct {
		name    string
		haproxy config.HAProxyMode
		from    string
		want    int
	}{
		{"no listener wants a header", config.HAProxyOff, "", 503},
		{"headers of others", config.HAProxyOn, "192.0.2.0/24", 503},
		{"its headers", config.HAProxyOn, "127.0.0.0/8", 200},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := servertest.Start(t, func(c *config.Config) {
				c.Listeners[0].HAProxy = tt.haproxy
				if tt.from != "" {
					from := netip.MustParsePrefix(tt.from)
					c.Listeners[0].HAProxyTrustedFrom = []netip.Prefix{from}
				}
			})
			if status, body := s.Admin(t).Ask("GET", "/proxyz"); status != tt.want {
				t.Errorf("%d %q, want %d", status, body, tt.want)
			}
		})
	}
}

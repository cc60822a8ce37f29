// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package haproxy

import (
	"bytes"
	"context"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/flashmq/flashmq/pkg/credentials/credentialstest"
	"github.com/flashmq/flashmq/pkg/servertest"
)

var update = flag.Bool("update", false, "write the golden files anew")

// files is where the paths of examples begin; for HAProxy's own check it is another folder, which
// has them all.
const files = "/etc/flashmq"

// one is the smallest tier: a listener and a broker.
func one() Options {
	return Options{
		Listeners: []Listener{{Name: "mqtt", BindPort: 1883, BrokerPort: 11883, Protocol: MQTT,
			Balance: ClientID}},
		Servers:     []Server{{"factory-0", "10.96.0.10", 1}},
		OnDown:      Refuse,
		MetricsPort: 8404,
		SocketPath:  files + "/haproxy.sock",
	}
}

// three is one with three brokers that are known by their names.
func three() Options {
	o := one()
	o.OnDown, o.Listeners[0].HealthPort = Reroute, 9090
	o.Servers = nil
	for i, name := range []string{"factory-0", "factory-1", "factory-2"} {
		o.Servers = append(o.Servers, Server{name, name + ".factory-nodes.iot.svc.cluster.local",
			i + 1})
	}
	return o
}

func terminate(v Verify) TLS {
	t := TLS{Mode: Terminate, CertFile: files + "/tls.crt", Verify: v}
	if v != VerifyNone {
		t.CAFile = files + "/ca.crt"
	}
	return t
}

// everything sets every field.
func everything() Options {
	o := three()
	o.BindAddress = "::"
	verified := terminate(VerifyOptional)
	verified.CRLFile, verified.MinVersion = files+"/clients.crl", "1.3"
	o.Listeners = append(o.Listeners,
		Listener{Name: "mqtts", BindPort: 8883, BrokerPort: 18883, HealthPort: 9090,
			Protocol: MQTT, Balance: ClientID, TLS: verified},
		Listener{Name: "ws", BindPort: 8080, BrokerPort: 18080, HealthPort: 9090,
			Protocol: WebSocket, Balance: Source},
		Listener{Name: "wss", BindPort: 8443, BrokerPort: 18443, HealthPort: 9090,
			Protocol: WebSocket, Balance: LeastConn, TLS: terminate(VerifyNone)},
		Listener{Name: "either", BindPort: 9443, BrokerPort: 19443, WebSocketPort: 19444,
			HealthPort: 9090, Protocol: Both, Balance: ClientID, TLS: terminate(VerifyRequired)})
	o.Servers[1].Address, o.Servers[2].Address = "10.96.0.11", "2001:db8::2"
	o.AcceptProxyFrom = []string{"192.0.2.0/24", "10.1.2.3/8", "2001:db8::/32", "10.0.0.0/8"}
	o.MaxConnectBytes = 200_000
	o.BackendTLS = &BackendTLS{files + "/tls.crt", files + "/ca.crt", "factory.iot.svc"}
	o.Timeouts = Timeouts{Connect: 3, Client: 40, Tunnel: 7200, Inspect: 4}
	o.TrustPort, o.MaxReloads = 9090, 3
	o.Threads, o.MaxConnections = 2, 1000
	o.ExtraGlobal = "# said by the owner\n\nssl-default-bind-options no-tls-tickets\n" +
		"tune.ssl.cachesize 1000"
	o.ExtraDefaults = "  option tcplog\r\n\ttimeout check 3s\nno option dontlognull\n"
	return o
}

func passthrough() Options {
	o := one()
	o.Listeners[0].TLS.Mode, o.Listeners[0].Balance = Passthrough, Source
	o.Listeners = append(o.Listeners, Listener{Name: "either", BindPort: 443, BrokerPort: 10443,
		Protocol: Both, Balance: LeastConn, TLS: TLS{Mode: Passthrough}})
	return o
}

// examples have a golden file each.
var examples = []struct {
	name    string
	options func() Options
}{
	{"one", one},
	{"three", three},
	{"everything", everything},
	{"passthrough", passthrough},
}

func render(t testing.TB, o Options) string {
	t.Helper()
	b, err := Render(o)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func TestGolden(t *testing.T) {
	for _, test := range examples {
		t.Run(test.name, func(t *testing.T) {
			got := render(t, test.options())
			name := filepath.Join("testdata", test.name+".cfg")
			if *update {
				if err := os.WriteFile(name, []byte(got), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(string(want), got); diff != "" {
				t.Errorf("other than %s (-update writes it anew):\n%s", name, diff)
			}
			checked(t, got)
		})
	}
}

// TestAccepted asks HAProxy about what the golden files do not have.
func TestAccepted(t *testing.T) {
	for _, test := range accepted {
		t.Run(test.name, func(t *testing.T) {
			o := one()
			test.change(&o)
			checked(t, render(t, o))
		})
	}
}

var accepted = []struct {
	name   string
	change func(*Options)
}{
	{"one IPv6 address", func(o *Options) { o.BindAddress = "::1" }},
	{"all IPv4 addresses", func(o *Options) { o.BindAddress = "0.0.0.0" }},
	{"names held", func(o *Options) { o.Servers[0].Address = "localhost" }},
	{"mapped address", func(o *Options) { o.Servers[0].Address = "::ffff:10.0.0.1" }},
	{"both in clear text", func(o *Options) { o.Listeners[0].Protocol = Both }},
	{"called like a section", func(o *Options) { o.Listeners[0].Name = "frontend" }},
	{"called like a keyword", func(o *Options) { o.Servers[0].Name = "server" }},
	{"as long as can be", func(o *Options) {
		o.Listeners[0].Name = strings.Repeat("l", 63)
		o.Servers[0].Name = strings.Repeat("s", 63)
	}},
	{"as much as can be", func(o *Options) {
		o.MaxConnectBytes, o.Servers = maxConnect, nil
		for i := range maxServers {
			o.Servers = append(o.Servers, Server{"s-" + fmt.Sprint(i), "127.0.0.1", maxID - i})
		}
		for i := range maxNetworks {
			o.AcceptProxyFrom = append(o.AcceptProxyFrom, "10.0."+fmt.Sprint(i)+".0/24")
		}
	}},
	{"everybody's header", func(o *Options) {
		o.AcceptProxyFrom = []string{"0.0.0.0/0", "::/0"}
	}},
	{"extra lines", func(o *Options) {
		o.ExtraGlobal = "log 127.0.0.1:514 local0 # that's all\nssl-default-bind-ciphers 'AES'\n" +
			"no numa-cpu-mapping"
		o.ExtraDefaults = `log-format "%ci \"%s\" # %ts"` + "\noption dontlognull\nmaxconn 100"
	}},
}

// TestDeterministic: equal Options give equal bytes.
func TestDeterministic(t *testing.T) {
	for _, test := range examples {
		first, second := render(t, test.options()), render(t, test.options())
		if first != second {
			t.Errorf("%s: twice rendered, twice different", test.name)
		}
	}
	o := everything()
	slices.Reverse(o.AcceptProxyFrom)
	if render(t, o) != render(t, everything()) {
		t.Error("the order of networks makes a difference")
	}
	before := everything()
	_ = render(t, before)
	if diff := cmp.Diff(everything(), before); diff != "" {
		t.Errorf("Render changed its Options: %s", diff)
	}
}

// checked lets HAProxy check a configuration. It reads the files that are named there; so they are
// made, and the names are changed to those.
func checked(t *testing.T, text string) {
	t.Helper()
	if out, err := verdict(t, text); err != nil || bytes.Contains(out, []byte("WARNING")) {
		t.Errorf("haproxy -c: %v\n%s\n%s", err, out, text)
	}
}

func verdict(t *testing.T, text string) ([]byte, error) {
	t.Helper()
	folder := t.TempDir()
	clients := credentialstest.New(t, "clients")
	clients.Server().Write(t, folder, "tls")
	must(t, os.Rename(filepath.Join(folder, "tls.pem"), filepath.Join(folder, "tls.crt")))
	credentialstest.File(t, folder, "ca.crt", clients.PEM())
	credentialstest.File(t, folder, "clients.crl", clients.Revoke(soon))
	name := credentialstest.File(t, folder, "haproxy.cfg",
		[]byte(strings.ReplaceAll(text, files, folder)))
	ctx, cancel := context.WithTimeout(t.Context(), servertest.Patience)
	defer cancel()
	return exec.CommandContext(ctx, program(t), "-c", "-f", name).CombinedOutput()
}

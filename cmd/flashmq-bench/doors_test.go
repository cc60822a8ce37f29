// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package main

import (
	"bytes"
	"net"
	"path/filepath"
	"strings"
	"testing"

	"github.com/flashmq/flashmq/pkg/config"
	"github.com/flashmq/flashmq/pkg/credentials/credentialstest"
	"github.com/flashmq/flashmq/pkg/servertest"
)

// house is a server with a listener of each kind, and what its clients need to get in.
type house struct {
	*servertest.Server
	authority *credentialstest.Authority
	cafile    string
	cert, key string // of a client called visitor
	strangers string // another authority
	tcp, tls  string // ports
	ws, wss   string
	mutual    string // of TLS with client certificates
}

// openHouse starts one.
func openHouse(t *testing.T) *house {
	t.Helper()
	h := &house{authority: credentialstest.New(t, "authority")}
	dir := t.TempDir()
	h.cafile = credentialstest.File(t, dir, "ca.pem", h.authority.PEM())
	h.strangers = credentialstest.File(t, dir, "other.pem", credentialstest.New(t, "other").PEM())
	h.cert, h.key = h.authority.Client("visitor").Write(t, dir, "client")
	chain, key := h.authority.Server().Write(t, dir, "server")
	h.Server = servertest.Start(t, servertest.Config(func(c *config.Config) {
		for i := range 4 {
			l := c.Listeners[0]
			if i != 1 {
				l.Fullchain, l.Privkey = chain, key
			}
			if i == 1 || i == 2 {
				l.Protocol, l.WebSocketPath = config.ProtocolWebSockets, []string{"/mqtt"}
			}
			if i == 3 {
				l.ClientVerificationCAFile = h.cafile
			}
			c.Listeners = append(c.Listeners, l)
		}
	}))
	for i, to := range []*string{&h.tcp, &h.tls, &h.ws, &h.wss, &h.mutual} {
		_, port, err := net.SplitHostPort(h.Addrs()[i].String())
		if err != nil {
			t.Fatal(err)
		}
		*to = port
	}
	return h
}

// short are scenarios of a fraction of a second, one of each kind.
var short = []string{
	"fanout --groups 2 --subscribers 5 --qos 1 --threads 2",
	"fanin --groups 2 --publishers 7 --version 5.0",
	"pairs --groups 3 --qos 2 --version 5.0",
	"pairs --groups 2 --size 300000 --window 2 --batch 1",
	"pairs --groups 3 --topics 450 --filters mixed",
	"mesh --clients 6 --qos 1",
	"share --groups 2 --publishers 3 --subscribers 3",
	"latency --groups 3 --rate 1000",
	"storm --clients 4 --threads 2",
	"idle --clients 70 --ping 20ms --subscribe",
	"retained --messages 100 --qos 1",
	"offline --clients 3 --messages 20 --qos 2 --version 5.0",
}

// Every scenario does through every kind of listener what it does through TCP.
func TestScenariosThroughDoors(t *testing.T) {
	h := openHouse(t)
	for name, door := range map[string]string{
		"tls": "--port " + h.tls + " --cafile " + h.cafile,
		"ws":  "--port " + h.ws + " --ws",
		"wss": "--port " + h.wss + " --ws --tls --insecure",
	} {
		for _, scenario := range short {
			t.Run(name+" "+scenario, func(t *testing.T) {
				out := filepath.Join(t.TempDir(), "out.json")
				args := strings.Fields(scenario + " " + door + " --deadline 1m --json " + out)
				if args[0] != "retained" && args[0] != "offline" {
					args = append(args, brief(args[0], "100ms")...)
				}
				visit(t, args, exitGood, "")
				r := readResult(t, out)
				checkMessages(t, r, map[string]int64{"retained": 300, "offline": 60}[args[0]])
				if args[0] == "storm" && r.Connected < 5 {
					t.Errorf("only %d connections", r.Connected)
				}
				if (r.TLS != nil) != (name != "ws") {
					t.Errorf("TLS %+v", r.TLS)
				}
			})
		}
	}
}

// visit runs the program, and returns what it wrote to standard output. It wants one of stderr's
// lines to contain text.
func visit(t *testing.T, args []string, code int, text string) string {
	t.Helper()
	var stdout, stderr bytes.Buffer
	p := program{stdout: &stdout, stderr: &stderr}
	if got := p.run(t.Context(), args); got != code || !strings.Contains(stderr.String(), text) {
		t.Fatalf("flashmq-bench %s: exit %d, want %d with %q\n%s%s", strings.Join(args, " "), got,
			code, text, stdout.String(), stderr.String())
	}
	return stdout.String()
}

// What TLS agrees on is in the results, and sessions are resumed when that was asked for.
func TestTLSIsReported(t *testing.T) {
	h := openHouse(t)
	for _, test := range []struct {
		flags   string
		version string
		resumed bool
	}{
		{"", "TLS 1.3", false}, {"--tls-version 1.2", "TLS 1.2", false},
		{"--tls-version 1.3 --resume", "TLS 1.3", true},
		{"--tls-version 1.2 --resume", "TLS 1.2", true},
	} {
		out := filepath.Join(t.TempDir(), "out.json")
		args := "storm --clients 2 --duration 1s --warmup 0s --cafile " + h.cafile +
			" --port " + h.tls + " --json " + out + " " + test.flags
		stdout := visit(t, strings.Fields(args), exitGood, "")
		s := readResult(t, out).TLS
		if s == nil || s.Version != test.version || s.Cipher == "" || s.Handshakes < 3 ||
			s.Resumed > 0 != test.resumed || s.Resumed >= s.Handshakes {
			t.Errorf("%s: %+v", test.flags, s)
		}
		if !strings.Contains(stdout, test.version+", ") ||
			!strings.Contains(stdout, " of them resumed\n") {
			t.Errorf("%s: %s", test.flags, stdout)
		}
	}
}

// What stands in the way is named, with what to do about it.
func TestShutDoors(t *testing.T) {
	h := openHouse(t)
	for _, test := range []struct{ name, args, want string }{
		{"another authority", "--port " + h.tls + " --cafile " + h.strangers, ": TLS " +
			"handshake: tls: failed to verify certificate: x509: certificate signed by unknown " +
			"authority"},
		{"another authority, what to do", "--port " + h.tls + " --cafile " + h.strangers,
			": name the authority that signed it with --cafile, or verify nothing with --insecure"},
		{"the system's authorities", "--port " + h.tls + " --tls", "with --cafile"},
		{"another name", "--port " + h.tls + " --servername other.example --cafile " + h.cafile,
			"not other.example: name the broker as its certificate does with --servername"},
		{"TLS to TCP", "--port " + h.tcp + " --tls", "does a TLS listener have port " + h.tcp},
		{"TLS to WebSocket", "--port " + h.ws + " --tls", "first record does not look like a TLS " +
			"handshake: does a TLS listener have port " + h.ws + "? Name it with --port, or leave"},
		{"WebSocket to TCP", "--port " + h.tcp + " --ws", "WebSocket handshake: the broker " +
			"closed the connection: does a WebSocket listener without TLS have port " + h.tcp},
		{"WebSocket to TLS", "--port " + h.tls + " --ws", "add --tls if it has TLS"},
		{"WebSocket to MQTT in TLS", "--ws --insecure --tls --port " + h.tls, "WebSocket " +
			"handshake: the broker closed the connection: does a WebSocket listener have port " +
			h.tls + "? Name it with --port\n"},
		{"TCP to WebSocket", "--port " + h.ws, "something else than MQTT over TCP"},
		{"MQTT to WebSocket in TLS", "--tls --insecure --port " + h.wss, "something else than " +
			"MQTT over TLS"},
		{"another path", "--ws --ws-path /other --port " + h.ws, "WebSocket handshake: the " +
			"answer is 404 Not Found: is there a WebSocket at /other? Name its path with --ws-"},
		{"another path in TLS", "--ws --ws-path /other --tls --insecure --port " + h.wss,
			"the answer is 404 Not Found"},
		{"no client certificate", "--cafile " + h.cafile + " --port " + h.mutual,
			"the broker refuses: bad user name or password"},
		{"a certificate of strangers", "--cafile " + h.strangers + " --cert " + h.cert + " --key " +
			h.key + " --port " + h.mutual, "with --cafile"},
		{"no such file", "--cafile /no/such/ca.pem", "load: --cafile: open /no/such/ca.pem"},
		{"no certificate in it", "--cafile " + h.key, "load: --cafile: there is no certificate in"},
		{"another key", "--tls --cert " + h.cafile + " --key " + h.key,
			"load: --cert and --key: tls: private key does not match public key"},
	} {
		t.Run(test.name, func(t *testing.T) {
			args := strings.Fields("pairs --groups 1 --deadline 30s " + test.args)
			visit(t, args, exitBad, test.want)
		})
	}
	servertest.Wait(t, "the broker is told that its certificate was not accepted", func() bool {
		return h.Refusals()["tls_alert"] > 0
	})
}

// A client with a certificate gets in where one is asked for.
func TestClientCertificate(t *testing.T) {
	h := openHouse(t)
	visit(t, strings.Fields("pairs --groups 1 --duration 50ms --warmup 5ms --cafile "+h.cafile+
		" --cert "+h.cert+" --key "+h.key+" --port "+h.mutual), exitGood, "")
}

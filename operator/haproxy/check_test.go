// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package haproxy

import (
	"strings"
	"testing"
)

// TestRefused breaks each rule for Options once.
func TestRefused(t *testing.T) {
	for _, test := range refused {
		t.Run(test.name, func(t *testing.T) {
			o := everything()
			test.change(&o)
			text, err := Render(o)
			if err == nil || text != nil {
				t.Fatalf("it was rendered: %s", text)
			}
			got := err.Error()
			if !strings.Contains(got, test.want) || strings.Contains(got, "\n") {
				t.Errorf("got %q, want one line with %q", got, test.want)
			}
		})
	}
}

var refused = []struct {
	name   string
	change func(*Options)
	want   string
}{
	{"bind address", func(o *Options) { o.BindAddress = "eth0" }, "bindAddress"},
	{"bind address with zone", func(o *Options) { o.BindAddress = "fe80::1%eth0" }, "bindAddress"},
	{"no listeners", func(o *Options) { o.Listeners = nil }, "listeners: 0 of them"},
	{"listener name", func(o *Options) { o.Listeners[0].Name = "My MQTT" }, "listeners[0].name"},
	{"listener twice", func(o *Options) { o.Listeners[1].Name = "mqtt" }, "listeners[1].name"},
	{"bind port", func(o *Options) { o.Listeners[0].BindPort = 65536 }, "listeners[0].bindPort"},
	{"bind port twice", func(o *Options) { o.Listeners[1].BindPort = 1883 },
		"listeners[1].bindPort: 1883 is taken"},
	{"metrics port twice", func(o *Options) { o.MetricsPort = 1883 },
		"listeners[0].bindPort: 1883 is taken"},
	{"broker port", func(o *Options) { o.Listeners[0].BrokerPort = 0 },
		"listeners[0].brokerPort"},
	{"health port", func(o *Options) { o.Listeners[0].HealthPort = 0 },
		"listeners[0].healthPort: is missing"},
	{"negative health port", func(o *Options) { o.Listeners[0].HealthPort = -1 }, "healthPort"},
	{"protocol", func(o *Options) { o.Listeners[0].Protocol = "mqtt" }, "listeners[0].protocol"},
	{"websocket port", func(o *Options) { o.Listeners[0].WebSocketPort = 1 }, "needs the protocol"},
	{"balance", func(o *Options) { o.Listeners[0].Balance = "" }, "listeners[0].balance"},
	{"client id of websocket", func(o *Options) { o.Listeners[2].Balance = ClientID },
		"listeners[2].balance: in WebSocket"},
	{"client id in tls", func(o *Options) {
		o.BackendTLS, o.Listeners[1].TLS = nil, TLS{Mode: Passthrough}
	}, "listeners[1].balance: in TLS"},
	{"tls twice", func(o *Options) {
		o.Listeners[1].TLS, o.Listeners[1].Balance = TLS{Mode: Passthrough}, Source
	}, "listeners[1].tls.mode"},
	{"tls mode", func(o *Options) { o.Listeners[1].TLS.Mode = "On" }, "listeners[1].tls.mode"},
	{"tls without mode", func(o *Options) { o.Listeners[1].TLS.Mode = Plain }, "no effect"},
	{"no certificate", func(o *Options) { o.Listeners[1].TLS.CertFile = "" },
		"listeners[1].tls.certFile: is missing"},
	{"no authority", func(o *Options) { o.Listeners[1].TLS.CAFile = "" }, "tls.caFile: is missing"},
	{"revocation list", func(o *Options) { o.Listeners[1].TLS.CRLFile = "clients.crl" },
		"tls.crlFile"},
	{"authority without verify", func(o *Options) { o.Listeners[3].TLS.CAFile = "/ca.crt" },
		"without verify"},
	{"verify", func(o *Options) { o.Listeners[1].TLS.Verify = "required" }, "tls.verify"},
	{"min version", func(o *Options) { o.Listeners[1].TLS.MinVersion = "1.1" }, "tls.minVersion"},
	{"path with a space", func(o *Options) { o.Listeners[1].TLS.CertFile = "/a verify none" },
		"no plain absolute path"},
	{"path that climbs", func(o *Options) { o.Listeners[1].TLS.CertFile = "/a/../b" },
		"no plain absolute path"},
	{"long path", func(o *Options) {
		o.Listeners[1].TLS.CertFile = "/" + strings.Repeat("a", 255)
	}, "256 bytes"},
	{"no servers", func(o *Options) { o.Servers = nil }, "servers: 0 of them"},
	{"too many servers", func(o *Options) { o.Servers = make([]Server, 257) }, "257 of them"},
	{"server name", func(o *Options) { o.Servers[0].Name = "a\nb" }, "servers[0].name"},
	{"server name twice", func(o *Options) { o.Servers[0].Name = "factory-1" },
		"servers[1].name"},
	{"no id", func(o *Options) { o.Servers[0].ID = 0 }, "servers[0].id"},
	{"id twice", func(o *Options) { o.Servers[0].ID = 2 }, "servers[1].id"},
	{"no address", func(o *Options) { o.Servers[0].Address = "" }, "servers[0].address"},
	{"address with port", func(o *Options) { o.Servers[0].Address = "10.0.0.1:1" },
		"servers[0].address"},
	{"socket for an address", func(o *Options) { o.Servers[0].Address = "unix@/x" },
		"servers[0].address"},
	{"number for an address", func(o *Options) { o.Servers[0].Address = "10.1" },
		"servers[0].address"},
	{"long name", func(o *Options) { o.Servers[0].Address = strings.Repeat("a.", 127) + "a" },
		"servers[0].address"},
	{"on down", func(o *Options) { o.OnDown = "" }, "onDown"},
	{"hold", func(o *Options) { o.HoldSeconds = 601 }, "holdSeconds"},
	{"network", func(o *Options) { o.AcceptProxyFrom[1] = "10.0.0.1" }, "acceptProxyFrom[1]"},
	{"mapped network", func(o *Options) { o.AcceptProxyFrom[0] = "::ffff:10.0.0.0/104" },
		"acceptProxyFrom[0]"},
	{"too many networks", func(o *Options) {
		o.AcceptProxyFrom = strings.Fields(strings.Repeat("10.0.0.0/8 ", 257))
	}, "257 of them"},
	{"small connect", func(o *Options) { o.MaxConnectBytes = 100 }, "maxConnectBytes"},
	{"large connect", func(o *Options) { o.MaxConnectBytes = 1 << 21 }, "maxConnectBytes"},
	{"backend certificate", func(o *Options) { o.BackendTLS.CertFile = "" }, "backendTLS.certFile"},
	{"backend authority", func(o *Options) { o.BackendTLS.CAFile = "" }, "backendTLS.caFile"},
	{"backend name", func(o *Options) { o.BackendTLS.ServerName = "a)" }, "backendTLS.serverName"},
	{"timeout", func(o *Options) { o.Timeouts.Connect = -1 }, "timeouts.connect"},
	{"reloads", func(o *Options) { o.MaxReloads = 1001 }, "maxReloads"},
	{"metrics port", func(o *Options) { o.MetricsPort = 0 }, "metricsPort"},
	{"no socket", func(o *Options) { o.SocketPath = "" }, "socketPath: is missing"},
	{"long socket", func(o *Options) { o.SocketPath = "/" + strings.Repeat("a", 80) },
		"socketPath: a path of 81 bytes"},
	{"threads", func(o *Options) { o.Threads = 65 }, "threads"},
	{"connections", func(o *Options) { o.MaxConnections = -1 }, "maxConnections"},
	{"extra global", func(o *Options) { o.ExtraGlobal = "\nuser root" },
		"extraGlobal: line 2: user is for"},
	{"extra defaults", func(o *Options) { o.ExtraDefaults = "mode http" },
		"extraDefaults: line 1: mode is set"},
	{"too much extra", func(o *Options) { o.ExtraGlobal = strings.Repeat("#", 8193) },
		"8193 bytes"},
	{"too many lines", func(o *Options) { o.ExtraGlobal = strings.Repeat("\n", 64) }, "65 lines"},
}

// TestAllProblems: whoever has several hears of all of them at once.
func TestAllProblems(t *testing.T) {
	_, err := Render(Options{})
	if err == nil {
		t.Fatal("nothing can be rendered")
	}
	for _, want := range []string{"listeners", "servers", "onDown", "metricsPort", "socketPath"} {
		if !strings.Contains(err.Error(), want+": ") {
			t.Errorf("nothing about %s in %q", want, err)
		}
	}
}

// TestExtra: what a line must not be, in either section.
func TestExtra(t *testing.T) {
	tests := []struct {
		name, line, global, defaults string // "" lets it pass
	}{
		{"empty", "", "", ""},
		{"comment", "# frontend x", "", ""},
		{"comment with a bell", "# \a", "printable", "printable"},
		{"tuning", "tune.idletimer 100", "", ""},
		{"section", "frontend x", ownSection, ownSection},
		{"indented section", " \tlisten x", ownSection, ownSection},
		{"new section", "log-profile x", ownSection, ownSection},
		{"program", "program x", ownSection, ownSection},
		{"lua", "lua-load /x.lua", runsCode, runsCode},
		{"lua of each thread", "lua-load-per-thread /x.lua", runsCode, runsCode},
		{"lua tuning", "tune.lua.forced-yield 1", runsCode, runsCode},
		{"user", "user root", ofThePod, ""},
		{"chroot", "chroot /", ofThePod, ""},
		{"environment", "setenv A b", ofThePod, ""},
		{"negated", "no strict-limits", ofThePod, ""},
		{"negated alone", "no", "keyword", "keyword"},
		{"ours", "tune.bufsize 1", setHere, ""},
		{"ours in defaults", "retries 3", "", setHere},
		{"timeout of ours", "timeout client 1s", setHere, setHere},
		{"timeout of nobody", "timeout queue 1s", "", ""},
		{"option of ours", "option redispatch", setHere, setHere},
		{"negated option of ours", "no option clitcpka", setHere, setHere},
		{"option of nobody", "option tcplog", "", ""},
		{"code by option", "option external-check", runsCode, runsCode},
		{"option alone", "option", "not followed", "not followed"},
		{"option in quotes", `option "redispatch"`, "not followed", "not followed"},
		{"option behind a backslash", `option r\edispatch`, "not followed", "not followed"},
		{"keyword in quotes", `"user" root`, "keyword", "keyword"},
		{"keyword in pieces", `us""er root`, "keyword", "keyword"},
		{"keyword behind a backslash", `\user root`, "keyword", "keyword"},
		{"keyword from the environment", `${A} root`, "keyword", "keyword"},
		{"large keyword", "USER root", "keyword", "keyword"},
		{"macro", ".if 1", "keyword", "keyword"},
		{"open quote", `log-tag "a`, "open", "open"},
		{"open small quote", "log-tag 'a", "open", "open"},
		{"quote in a comment", "log-tag a # that's all", "", ""},
		{"escaped quote", `log-tag a\"b`, "", ""},
		{"backslash in small quotes", `log-tag 'a\'`, "", ""},
		{"escape in quotes", `log-tag "a\"`, "open", "open"},
		{"goes on below", `log-tag a \`, "open", "open"},
		{"carriage return", "log-tag a\rlisten x", "printable", "printable"},
		{"zero", "log-tag a\x00", "printable", "printable"},
		{"line separator", "log-tag a\u2028b", "printable", "printable"},
		{"long", "log-tag " + strings.Repeat("a", 1000), "too long", "too long"},
		{"many words", "log-tag" + strings.Repeat(" a", 50), "too long", "too long"},
		{"rule", "tcp-request content accept", "", notThere},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			for _, section := range []struct {
				refused refusal
				want    string
			}{{notInGlobal, test.global}, {notInDefaults, test.defaults}} {
				got := refuse(strings.TrimSpace(test.line), section.refused)
				if !strings.Contains(got, section.want) || (got == "") != (section.want == "") {
					t.Errorf("%q: got %q, want %q", test.line, got, section.want)
				}
			}
		})
	}
}

// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package config

import (
	"net/netip"
	"strings"
	"testing"

	"github.com/flashmq/flashmq/pkg/mqtt"
)

func TestValidate(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name   string
		change func(*Config)
		want   string // "" = valid
	}{
		{"defaults", func(*Config) {}, ""},
		{"local", func(c *Config) { *c = *Local() }, ""},
		{"any free port twice", func(c *Config) {
			c.Listeners[0].Port = 0
			c.Listeners = append(c.Listeners, c.Listeners[0])
		}, ""},
		{"out of range", func(c *Config) { c.MaxQoS = 3 }, `max_qos: "3" is not in 0 to 2`},
		{"negative", func(c *Config) { c.ThreadCount = -1 },
			`thread_count: "-1" is not in 0 to 1024`},
		{"no such enumeration value", func(c *Config) { c.LogLevel = 77 },
			`log_level: "unknown" is not one of`},
		{"line break", func(c *Config) { c.LogFile = "/tmp/a\nmax_qos 1" },
			"log_file: the value contains a line break"},
		{"no listener", func(c *Config) { c.Listeners = nil }, "there is no listener"},
		{"no such protocol", func(c *Config) { c.Listeners[0].Protocol = 3 },
			`listen block 1: protocol: "unknown" is not one of mqtt, websockets, acme`},
		{"certificate of nowhere", func(c *Config) {
			l := &c.Listeners[0]
			l.Fullchain, l.Privkey, l.DropOnAbsentCertificate = "/none/c.pem", "/none/k.pem", true
		}, ""},
		{"certificate without key", func(c *Config) { c.Listeners[0].Fullchain = "/none/c.pem" },
			"listen block 1: fullchain: needs privkey as well"},
		{"path that is none", func(c *Config) {
			c.Listeners[0].Protocol = ProtocolWebSockets
			c.Listeners[0].WebSocketPath = []string{"/mqtt", "mqtt"}
		}, `listen block 1: websocket_path: "mqtt" does not begin with "/"`},
		{"same port", func(c *Config) { c.Listeners = append(c.Listeners, c.Listeners[0]) },
			"listen block 2: listen: another listener has port 1883 on the same address " +
				"(that is the one at listen block 1)"},
		{"own value out of range", func(c *Config) {
			three := mqtt.QoS(3)
			c.Listeners[0].MaxQoS = &three
		}, `listen block 1: max_qos: "3" is not in 0 to 2`},
		{"wrong family", func(c *Config) { c.Listeners[0].Inet4BindAddress = netip.IPv6Loopback() },
			"is not an IPv4 address"},
		{"long socket path", func(c *Config) {
			c.Listeners[0].InetProtocol = InetUnix
			c.Listeners[0].UnixSocketPath = "/run/" + strings.Repeat("x", 100)
		}, "unix_socket_path: is longer than 100 bytes"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			c := Defaults()
			test.change(c)
			err := c.Validate()
			if test.want == "" && err != nil {
				t.Error(err)
			}
			if test.want != "" && (err == nil || !strings.Contains(err.Error(), test.want)) {
				t.Errorf("error %v, want %s", err, test.want)
			}
		})
	}
}

func TestListenersOnDifferentAddressesDoNotCollide(t *testing.T) {
	t.Parallel()
	at := func(family InetProtocol, address string) Listener {
		l := DefaultListener()
		l.InetProtocol = family
		if address == "" {
			return l
		}
		if a := netip.MustParseAddr(address); a.Is4() {
			l.Inet4BindAddress = a
		} else {
			l.Inet6BindAddress = a
		}
		return l
	}
	tests := []struct {
		name    string
		a, b    Listener
		collide bool
	}{
		{"both everywhere", at(InetBoth, ""), at(InetBoth, ""), true},
		{"one family each", at(Inet4, ""), at(Inet6, ""), false},
		{"two addresses", at(Inet4, "10.0.0.1"), at(Inet4, "10.0.0.2"), false},
		{"same address", at(Inet4, "10.0.0.1"), at(Inet4, "10.0.0.1"), true},
		{"everywhere and one", at(Inet4, ""), at(Inet4, "10.0.0.2"), true},
		{"IPv6 everywhere and one", at(Inet6, "::1"), at(InetBoth, ""), true},
		{"IPv4 differs, IPv6 does not", at(InetBoth, "10.0.0.1"), at(InetBoth, "10.0.0.2"), true},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			if got := test.a.collides(&test.b) != ""; got != test.collide {
				t.Errorf("collides = %v", got)
			}
			if got := test.b.collides(&test.a) != ""; got != test.collide {
				t.Errorf("the other way round = %v", got)
			}
		})
	}
}

func TestAdmits(t *testing.T) {
	t.Parallel()
	networks := func(words ...string) (out []netip.Prefix) {
		for _, w := range words {
			out = append(out, netip.MustParsePrefix(w))
		}
		return out
	}
	tests := []struct {
		name       string
		only, deny []netip.Prefix
		peer       string // "" = unix socket
		want       bool
	}{
		{"no lists", nil, nil, "1.2.3.4", true},
		{"allowed", networks("10.0.0.0/8"), nil, "10.1.1.1", true},
		{"not allowed", networks("10.0.0.0/8"), nil, "11.1.1.1", false},
		{"denied", nil, networks("10.0.0.0/8"), "10.1.1.1", false},
		{"deny comes first", networks("10.0.0.0/8"), networks("10.1.0.0/16"), "10.1.1.1", false},
		{"not denied", networks("10.0.0.0/8"), networks("10.1.0.0/16"), "10.2.1.1", true},
		{"mapped IPv4", networks("10.0.0.0/8"), nil, "::ffff:10.1.1.1", true},
		{"zone", nil, networks("fe80::/10"), "fe80::1%eth0", false},
		{"unix socket", networks("10.0.0.0/8"), nil, "", true},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			l := Listener{OnlyAllowFrom: test.only, DenyFrom: test.deny}
			var peer netip.Addr
			if test.peer != "" {
				peer = netip.MustParseAddr(test.peer)
			}
			if got := l.Admits(peer); got != test.want {
				t.Errorf("Admits(%s) = %v", test.peer, got)
			}
		})
	}
}

func TestListenerFillsItsGapsFromTheGlobalSettings(t *testing.T) {
	t.Parallel()
	c := Defaults()
	c.AllowAnonymous, c.MaxQoS = true, mqtt.AtLeastOnce
	l := &c.Listeners[0]
	want := Policy{AllowAnonymous: true, MaxBufferSize: 1 << 20, MaxQoS: 1}
	if got := l.Resolve(c); got != want {
		t.Errorf("Resolve = %+v, want %+v", got, want)
	}
	no, two, drop, size := false, mqtt.ExactlyOnce, ExceedDrop, uint32(5000)
	l.AllowAnonymous, l.MaxQoS, l.MQTT3QoSExceedAction, l.MaxBufferSize = &no, &two, &drop, &size
	want = Policy{MaxBufferSize: 5000, MaxQoS: 2, MQTT3QoSExceedAction: ExceedDrop}
	if got := l.Resolve(c); got != want {
		t.Errorf("Resolve = %+v, want %+v", got, want)
	}
}

func TestQueueLimitIsNeverBelowTheSendWindow(t *testing.T) {
	t.Parallel()
	c := Defaults()
	if got := c.QueueLimit(); got != 10000 {
		t.Errorf("QueueLimit = %d", got)
	}
	c.MaxQoSMsgPendingPerClient = 65000
	if got := c.QueueLimit(); got != 65000 {
		t.Errorf("QueueLimit = %d", got)
	}
}

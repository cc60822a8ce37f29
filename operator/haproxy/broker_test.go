// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package haproxy

import (
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"github.com/flashmq/flashmq/pkg/config"
	"github.com/flashmq/flashmq/pkg/mqtt"
	"github.com/flashmq/flashmq/pkg/packet"
	"github.com/flashmq/flashmq/pkg/rawclient"
	"github.com/flashmq/flashmq/pkg/servertest"
	"github.com/flashmq/flashmq/pkg/servertest/ports"
)

// With Refuse, a CONNECT waits for its broker to come back, and goes nowhere else.
func TestHeld(t *testing.T) {
	port := ports.Free(t)
	first := broker(t, at(loopback, port))
	o := before(port)
	o.Timeouts.Client = 1 // the wait is no silence of the Client
	p := start(t, o)
	p.dial(0, loopback).Connect(mqtt.V50, "before")
	first.Stop()

	c := p.dial(0, loopback)
	c.Version = mqtt.V50
	c.Send(rawclient.Connect(mqtt.V50, "held"))
	servertest.Wait(t, "HAProxy tries three times", func() bool {
		_, metrics := p.get("/metrics")
		for _, n := range []string{" 0\n", " 1\n", " 2\n"} {
			if strings.Contains(metrics, `haproxy_backend_retry_warnings_total{proxy="mqtt"}`+n) {
				return false
			}
		}
		return true
	})
	second := broker(t, at(loopback, port))
	if a := rawclient.Expect[*packet.Connack](c); a.Code != mqtt.Success {
		t.Errorf("got %s", rawclient.Describe(a))
	}
	second.WaitLogged("client=held ")
}

// With Refuse, one broker that is down concerns only its own Clients, and they are not given to
// others.
func TestRefuse(t *testing.T) {
	all, o := brokers(t)
	o.HoldSeconds = 1
	p := start(t, o)
	down := 1
	mine := map[string]int{}
	for n := range 12 {
		id := fmt.Sprint("device-", n)
		c := p.dial(0, loopback)
		c.Connect(mqtt.V50, id)
		mine[id] = holder(t, all, id, c)
	}
	all[down].Stop()
	refused := 0
	for id, broker := range mine {
		c := p.dial(0, loopback)
		c.Version = mqtt.V50
		c.Send(rawclient.Connect(mqtt.V50, id))
		if broker == down {
			refused++
			c.ExpectClosed()
		} else if a := rawclient.Expect[*packet.Connack](c); a.Code != mqtt.Success {
			t.Errorf("%s got %s", id, rawclient.Describe(a))
		}
	}
	if refused == 0 {
		t.Error("no Client was the broker's that is down")
	}
}

// health answers GET /readyz on a port of three addresses.
func health(t *testing.T, ready []*readiness) (port int) {
	t.Helper()
	port = ports.Free(t)
	for i, r := range ready {
		l, err := net.Listen("tcp4", endpoint(fmt.Sprint("127.0.0.", i+1), port))
		must(t, err)
		s := &httptest.Server{Listener: l, Config: &http.Server{Handler: r}}
		s.Start()
		t.Cleanup(s.Close)
	}
	return port
}

// With Reroute, Clients of a broker that is not ready are cut off and given to others, and come
// back when it is ready again.
func TestReroute(t *testing.T) {
	all, o := brokers(t)
	ready := []*readiness{{}, {}, {}}
	o.OnDown, o.Listeners[0].HealthPort = Reroute, health(t, ready)
	p := start(t, o)
	c := p.dial(0, loopback)
	c.Connect(mqtt.V50, "first")
	home := who(t, all, "first")
	ready[home].no.Store(true)
	c.ExpectClosed()

	state := func(want string) {
		t.Helper()
		line := fmt.Sprintf(`haproxy_server_status{proxy="mqtt",server="factory-%d",state="%s"} 1`,
			home, want)
		servertest.Wait(t, line, func() bool {
			_, metrics := p.get("/metrics")
			return strings.Contains(metrics, line)
		})
	}
	state("DOWN")
	c = p.dial(0, loopback)
	c.Connect(mqtt.V50, "first")
	if away := holder(t, all, "first", c); away == home {
		t.Error("it went to a broker that is not ready")
	}
	ready[home].no.Store(false)
	state("UP")
	c = p.dial(0, loopback)
	c.Connect(mqtt.V50, "first")
	if back := holder(t, all, "first", c); back != home {
		t.Errorf("it came back to %d, before it was at %d", back, home)
	}
}

// A reload leaves Clients connected, also where a port is new.
func TestReload(t *testing.T) {
	s := broker(t)
	p := prepare(t, before(portOf(s)))
	p.write()
	p.run("-W", "-db")
	c := p.dial(0, "127.0.0.7")
	c.Connect(mqtt.V50, "stays")
	c.Subscribe("x", mqtt.AtLeastOnce)

	added := p.options.Listeners[0]
	added.Name, added.BindPort = "added", ports.Free(t)
	p.options.Listeners = append(p.options.Listeners, added)
	p.write()
	looked := 0
	servertest.Wait(t, "the new listener is open", func() bool {
		if looked++; looked%1000 == 1 { // a new master does not hear the first one for a moment
			must(t, p.cmd.Process.Signal(syscall.SIGUSR2))
		}
		conn, err := net.Dial("tcp4", endpoint(loopback, added.BindPort))
		if err != nil {
			return false
		}
		_ = conn.Close() // it was only to see
		return true
	})
	for n := range p.options.Listeners {
		fresh := p.dial(n, "127.0.0.8")
		fresh.Connect(mqtt.V311, fmt.Sprint("fresh-", n))
		fresh.Publish("x", "after the reload", mqtt.AtLeastOnce)
		c.ExpectMessage("x", "after the reload")
	}
	c.Quiet()
}

// SIGUSR1 takes no new Clients; those who are there may stay.
func TestSoftStop(t *testing.T) {
	s := broker(t)
	p := start(t, before(portOf(s)))
	c := p.dial(0, loopback)
	c.Connect(mqtt.V50, "stays")
	must(t, p.cmd.Process.Signal(syscall.SIGUSR1))
	servertest.Wait(t, "probes fail", func() bool {
		code, _ := p.get("/healthz")
		return code == 0
	})
	c.Quiet()
}

// A load balancer's header is believed and passed on, nobody else's is.
func TestAcceptProxy(t *testing.T) {
	s := broker(t)
	o := before(portOf(s))
	o.AcceptProxyFrom = []string{"127.0.0.9/32", "192.0.2.0/24"}
	o.Timeouts.Inspect = 600
	p := start(t, o)
	const v1 = "PROXY TCP4 203.0.113.5 192.0.2.1 5555 1883\r\n"
	v2 := "\r\n\r\n\x00\r\nQUIT\n\x21\x11\x00\x0c" +
		"\xcb\x00\x71\x05\xc0\x00\x02\x01\x15\xb3\x07\x5b"
	connect := string(rawclient.Connect(mqtt.V311, "far"))
	tests := []struct {
		name, from, text, want string
	}{
		{"v1", "127.0.0.9", v1 + connect, "address=203.0.113.5:5555 "},
		{"v2", "127.0.0.9", v2 + connect, "address=203.0.113.5:5555 "},
		{"missing", "127.0.0.9", connect, ""},
		{"v1 of a stranger", "127.0.0.8", v1 + connect, ""},
		{"v2 of a stranger", "127.0.0.8", v2 + connect, ""},
		{"stranger without", "127.0.0.8", connect, "address=127.0.0.8:"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			c := p.dial(0, test.from)
			c.Version = mqtt.V311
			c.Send([]byte(test.text))
			if test.want == "" {
				c.ExpectClosed()
				return
			}
			rawclient.Expect[*packet.Connack](c)
			s.WaitLogged(test.want)
		})
	}
}

// WebSocket Clients are balanced by their address, with a port of their own if there is one.
func TestWebSocket(t *testing.T) {
	web := func(l *config.Listener) { l.Protocol = config.ProtocolWebSockets }
	all, o := brokers(t, web)
	o.Listeners[0].Protocol, o.Listeners[0].Balance = WebSocket, Source
	plain, other := brokers(t)
	o.Listeners = append(o.Listeners, o.Listeners[0])
	either := &o.Listeners[1]
	either.Name, either.Protocol, either.Balance = "either", Both, ClientID
	either.WebSocketPort, either.BrokerPort = either.BrokerPort,
		other.Listeners[0].BrokerPort
	p := start(t, o)
	for listener := range o.Listeners {
		used := map[int]bool{}
		for n := 1; n <= 12; n++ {
			from := fmt.Sprint("127.0.0.", 50+n)
			first := -1
			for try := range 2 {
				w, _, err := rawclient.Upgrade(p.socket(listener, from), "localhost", "/", "mqtt")
				must(t, err)
				id := fmt.Sprintf("web-%d-%d-%d", listener, n, try)
				rawclient.Wrap(t, w).Connect(mqtt.V50, id)
				where := who(t, all, id)
				used[where] = true
				if first < 0 {
					first = where
				} else if where != first {
					t.Errorf("%s went to %d and %d", from, first, where)
				}
				if !all[where].Logged("client=" + id + " username=\"\" address=" + from + ":") {
					t.Error("the broker has another address in its log")
				}
			}
		}
		if len(used) != len(all) {
			t.Errorf("only these brokers were used: %v", used)
		}
	}
	for n := range 3 {
		id := fmt.Sprint("plain-", n)
		p.dial(1, loopback).Connect(mqtt.V50, id)
		who(t, plain, id)
	}
}

// The monitor has two pages, and the runtime API is open.
func TestMonitor(t *testing.T) {
	o := before(fake(t))
	p := start(t, o)
	for path, want := range map[string]struct {
		code int
		text string
	}{
		"/healthz": {200, ""},
		"/metrics": {200, `haproxy_backend_active_servers{proxy="mqtt"} 1`},
		"/other":   {404, ""},
	} {
		code, body := p.get(path)
		if code != want.code || !strings.Contains(body, want.text) {
			t.Errorf("%s: %d, want %d with %q in %s", path, code, want.code, want.text, body)
		}
	}
	conn, err := net.Dial("unix", p.options.SocketPath)
	must(t, err)
	defer conn.Close()
	if got := ask(t, conn, "show info"); !strings.Contains(got, "Nbthread: 1\n") {
		t.Errorf("show info answers %q", got)
	}
}

// The page for startup probes says whether the broker believes this HAProxy, when it is asked.
func TestStartupWaitsForTrust(t *testing.T) {
	for _, test := range []struct {
		name, from string
		code       int
	}{
		{"believed", "127.0.0.0/8", 200},
		{"not believed", "192.0.2.0/24", 503},
	} {
		t.Run(test.name, func(t *testing.T) {
			s := broker(t, func(l *config.Listener) {
				l.HAProxyTrustedFrom = []netip.Prefix{netip.MustParsePrefix(test.from)}
			})
			o := before(portOf(s))
			_, port, err := net.SplitHostPort(s.Admin(t).Addr())
			must(t, err)
			o.TrustPort, err = strconv.Atoi(port)
			must(t, err)
			p := start(t, o)
			if code, body := p.get("/startupz"); code != test.code {
				t.Errorf("%d %q, want %d", code, body, test.code)
			}
			if code, _ := p.get("/other"); code != 404 {
				t.Errorf("/other: %d", code)
			}
		})
	}
}

// While there is no broker, a HAProxy that starts is not used yet.
func TestStartupWaitsForBroker(t *testing.T) {
	o := before(fake(t))
	o.TrustPort = ports.Free(t) // nobody listens there
	p := start(t, o)
	if code, body := p.get("/startupz"); code != 503 {
		t.Errorf("%d %q", code, body)
	}
}

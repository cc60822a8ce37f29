// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package realclient

import (
	"fmt"
	"net"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/eclipse/paho.golang/paho"

	"github.com/flashmq/flashmq/pkg/config"
	"github.com/flashmq/flashmq/pkg/metrics"
	"github.com/flashmq/flashmq/pkg/servertest"
)

// behind makes a listener one behind a proxy on this machine.
func behind(mode config.HAProxyMode) func(*config.Listener) {
	return func(l *config.Listener) {
		l.HAProxy = mode
		l.HAProxyTrustedFrom = []netip.Prefix{netip.MustParsePrefix("127.0.0.1/32")}
	}
}

// way is one through HAProxy: what follows bind and server in its configuration.
type way struct{ bind, to, server string }

// haproxy runs HAProxy and returns the port of each way. They are open before it starts, so that
// nobody else gets them and nobody has to wait.
func haproxy(t *testing.T, ways ...way) (_ *program, ports []string) {
	t.Helper()
	text := "global\n maxconn 50\n nbthread 1\ndefaults\n mode tcp\n maxconn 20\n" +
		" timeout connect 60s\n timeout client 60s\n timeout server 60s\n"
	var files []*os.File
	for i, w := range ways {
		l, err := net.Listen("tcp4", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		defer l.Close()
		f, err := l.(*net.TCPListener).File()
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		files, ports = append(files, f), append(ports, fmt.Sprint(l.Addr().(*net.TCPAddr).Port))
		text += fmt.Sprintf("listen way%d\n bind fd@%d %s\n server broker 127.0.0.1:%s %s\n",
			i, 3+i, w.bind, w.to, w.server)
	}
	file := filepath.Join(t.TempDir(), "haproxy.cfg")
	write(t, file, text)
	inherit := func(c *exec.Cmd) { c.ExtraFiles = files } // it finds them as descriptors from 3 on
	return runWith(t, inherit, "haproxy", "-db", "-f", file), ports
}

// from makes Paho connect to a port from 127.0.0.3, where HAProxy does not connect from, and sets
// own to the port there.
func from(t *testing.T, port string, own *string) func(*paho.ClientConfig, *paho.Connect) {
	return func(c *paho.ClientConfig, _ *paho.Connect) {
		d := net.Dialer{LocalAddr: &net.TCPAddr{IP: net.IPv4(127, 0, 0, 3)}}
		conn, err := d.Dial("tcp4", "127.0.0.1:"+port)
		if err != nil {
			t.Fatal(err)
		}
		_ = c.Conn.Close() // not the way pahoConnect5 goes
		c.Conn, *own = conn, fmt.Sprint(conn.LocalAddr().(*net.TCPAddr).Port)
	}
}

// The server knows where Clients come from, by both versions of the PROXY protocol.
func TestHAProxyAddress(t *testing.T) {
	s := start(t, servertest.Loops(2), another(behind(config.HAProxyOn)),
		servertest.Config(func(c *config.Config) { c.SysClients = true }))
	to := portOf(t, s, 1)
	_, ports := haproxy(t, way{to: to, server: "send-proxy"},
		way{to: to, server: "send-proxy-v2"}, way{to: to, server: "send-proxy-v2-ssl-cn"})
	for i, port := range ports {
		id, own := fmt.Sprint("proxied", i), ""
		c := pahoConnect5(t, s, id, from(t, port, &own))
		s.WaitLogged(fmt.Sprintf("client=%s username=\"\" address=127.0.0.3:%s ", id, own))
		c.subscribe(paho.SubscribeOptions{Topic: "$SYS/broker/clients/connected/" + id})
		want := fmt.Sprintf(`"address":"127.0.0.3:%s"`, own)
		if listed := string(c.next().Payload); !strings.Contains(listed, want) {
			t.Errorf("listed as %s, want %s", listed, want)
		}
		c.subscribe(paho.SubscribeOptions{Topic: id, QoS: 2})
		c.publish(id, 2, strings.Repeat("there and back ", 10000))
		if got := len(c.next().Payload); got != 150000 {
			t.Errorf("%d bytes arrived", got)
		}
	}
	if n := s.Refusals(); len(n) > 0 {
		t.Errorf("refusals %v", n)
	}
}

// HAProxy speaks TLS with the client, and its word for the Common Name is the user name.
func TestHAProxyClientCertificate(t *testing.T) {
	p := newPapers(t)
	both := filepath.Join(p.folder, "both.pem")
	write(t, both, content(t, p.chain)+content(t, p.key))
	s := start(t, another(behind(config.HAProxyVerified)))
	_, ports := haproxy(t, way{to: portOf(t, s, 1), server: "send-proxy-v2-ssl-cn",
		bind: "ssl crt " + both + " verify optional ca-file " + p.clientCA})
	how := []string{"-h", "127.0.0.1", "-p", ports[0], "--cafile", p.serverCA, "-A", "127.0.0.3",
		"-u", "somebody", "-t", "x", "-q", "1", "-d"}
	chain, key := p.client("device-7")
	for i, v := range mosquittoVersions {
		args := append(how, "-V", v, "-m", "y")
		run(t, nil, "mosquitto_pub",
			append(args, "-i", "good-"+v, "--cert", chain, "--key", key)...).wait()
		s.WaitLogged("client=good-" + v + " username=device-7 address=127.0.0.3:")

		printed := run(t, nil, "mosquitto_pub", append(args, "-i", "bad-"+v)...).fails()
		want := []string{"CONNACK (4)", "CONNACK (4)", "CONNACK (134)"}[i]
		if !strings.Contains(printed, want) {
			t.Errorf("%s: it printed %q, want %q", v, printed, want)
		}
		s.WaitLogged("msg=\"client refused\" client=bad-" + v + " address=127.0.0.3:")
	}
	if s.Logged("username=somebody") {
		t.Error("a Client could choose its user name")
	}
}

// HAProxy may be told to let in certificates it could not verify. It still tells their Common Name,
// and that they are not good: nobody is called so.
func TestHAProxyToleratesStrangers(t *testing.T) {
	p := newPapers(t)
	both := filepath.Join(p.folder, "both.pem")
	write(t, both, content(t, p.chain)+content(t, p.key))
	s := start(t, another(behind(config.HAProxyVerified)))
	_, ports := haproxy(t, way{to: portOf(t, s, 1), server: "send-proxy-v2-ssl-cn",
		bind: "ssl crt " + both + " verify optional ca-file " + p.clientCA +
			" ca-ignore-err all crt-ignore-err all"})
	chain, key := p.stranger("device-7")
	printed := run(t, nil, "mosquitto_pub", "-h", "127.0.0.1", "-p", ports[0], "-i", "stranger",
		"--cafile", p.serverCA, "--cert", chain, "--key", key, "-t", "x", "-m", "y", "-d").fails()
	if !strings.Contains(printed, "CONNACK (4)") {
		t.Errorf("it printed %q", printed)
	}
	s.WaitLogged("msg=\"client refused\" client=stranger ")
}

// What HAProxy passes on may have layers of its own.
func TestHAProxyPassesOn(t *testing.T) {
	p := newPapers(t)
	s := start(t, another(behind(config.HAProxyOn), p.verified),
		another(behind(config.HAProxyOn), web), another(behind(config.HAProxyOn), p.verified, web))
	var ways []way
	for i := 1; i <= 3; i++ {
		ways = append(ways, way{to: portOf(t, s, i), server: "send-proxy-v2"})
	}
	_, ports := haproxy(t, ways...)
	chain, key := p.client("device-7")
	for i, protocol := range []string{"mqtts", "ws", "wss"} {
		t.Run(protocol, func(t *testing.T) {
			address := map[string]any{"protocol": protocol, "host": "127.0.0.1", "port": ports[i],
				"path": "/mqtt"}
			if protocol != "ws" { // a certificate would make it wss
				address["ca"], address["cert"] = content(t, p.serverCA), content(t, chain)
				address["key"] = content(t, key)
			}
			script(t, s, "levels", "5", address)
			script(t, s, "large", "4", address)
		})
	}
	s.WaitLogged("client=js-large username=device-7 ")
}

// Health checks come and go without a trace in the log, and disturb nobody.
func TestHAProxyHealthChecks(t *testing.T) {
	for _, version := range []string{"send-proxy", "send-proxy-v2"} {
		t.Run(version, func(t *testing.T) {
			s := start(t, another(behind(config.HAProxyOn)))
			proxy, ports := haproxy(t, way{to: portOf(t, s, 1),
				server: version + " check check-send-proxy inter 20ms fall 1"})
			own := ""
			c := pahoConnect5(t, s, "undisturbed", from(t, ports[0], &own))
			c.subscribe(paho.SubscribeOptions{Topic: "x", QoS: 1})
			before := s.Count(metrics.SocketsAccepted)
			servertest.Wait(t, "twenty health checks", func() bool {
				return s.Count(metrics.SocketsAccepted) >= before+20
			})
			c.publish("x", 1, "still there")
			if got := string(c.next().Payload); got != "still there" {
				t.Errorf("got %q", got)
			}
			if proxy.out.Has("DOWN") {
				t.Errorf("HAProxy finds us ill: %s", &proxy.out)
			}
			if n := s.Refusals(); len(n) > 0 || complained(s) {
				t.Errorf("refusals %v, or a complaint in the log", n)
			}
		})
	}
}

// A proxy that is not on the list is not believed; one that is vouches for Clients that may be
// denied all the same.
func TestHAProxyRefused(t *testing.T) {
	for reason, change := range map[string]func(*config.Listener){
		"proxy_untrusted": func(l *config.Listener) {
			l.HAProxyTrustedFrom = []netip.Prefix{netip.MustParsePrefix("192.0.2.0/24")}
		},
		"address_denied": func(l *config.Listener) {
			l.DenyFrom = []netip.Prefix{netip.MustParsePrefix("127.0.0.3/32")}
		},
	} {
		t.Run(reason, func(t *testing.T) {
			s := start(t, another(behind(config.HAProxyOn), change))
			_, ports := haproxy(t, way{to: portOf(t, s, 1), server: "send-proxy-v2"})
			printed := run(t, nil, "mosquitto_pub", "-h", "127.0.0.1", "-p", ports[0],
				"-A", "127.0.0.3", "-t", "x", "-m", "y").fails()
			if !strings.Contains(printed, "connection was lost") {
				t.Errorf("mosquitto_pub printed %q", printed)
			}
			refused(t, s, reason)
		})
	}
}

// complained tells whether something is in the log that an administrator has to look at.
func complained(s *servertest.Server) bool {
	return s.Logged("level=ERROR ") || s.Logged("level=WARN ")
}

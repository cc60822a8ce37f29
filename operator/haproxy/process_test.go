// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package haproxy

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/flashmq/flashmq/pkg/config"
	"github.com/flashmq/flashmq/pkg/rawclient"
	"github.com/flashmq/flashmq/pkg/servertest"
	"github.com/flashmq/flashmq/pkg/servertest/ports"
	"github.com/flashmq/flashmq/pkg/servertest/printed"
)

// soon is until when lists of revoked certificates are good, which begin an hour before.
var soon = time.Now().Add(30 * time.Minute)

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// program is the path of HAProxy.
func program(t testing.TB) string {
	t.Helper()
	path, err := exec.LookPath("haproxy")
	if err != nil {
		t.Fatalf("%v; install what the tests need: make tools", err)
	}
	return path
}

const loopback = "127.0.0.1"

// tier is HAProxy at work.
type tier struct {
	t       *testing.T
	options Options
	file    string // of its configuration
	cmd     *exec.Cmd
	out     printed.Text
}

// prepare fills in what depends on this machine, and finds free ports.
func prepare(t *testing.T, o Options) *tier {
	t.Helper()
	folder, err := os.MkdirTemp("", "haproxy") // not t.TempDir: paths of sockets must be short
	must(t, err)
	t.Cleanup(func() { _ = os.RemoveAll(folder) })
	o.BindAddress, o.SocketPath = loopback, filepath.Join(folder, "haproxy.sock")
	o.MetricsPort, o.Threads, o.Listeners = ports.Free(t), 1, slices.Clone(o.Listeners)
	for i := range o.Listeners {
		if l := &o.Listeners[i]; l.BindPort == 0 {
			l.BindPort = ports.Free(t)
		}
	}
	return &tier{t: t, options: o, file: filepath.Join(folder, "haproxy.cfg")}
}

// start runs HAProxy until the end of the test, with what Render makes of o, edited.
func start(t *testing.T, o Options, edits ...func(string) string) *tier {
	t.Helper()
	p := prepare(t, o)
	p.write(edits...)
	p.run("-db")
	return p
}

func (p *tier) write(edits ...func(string) string) {
	p.t.Helper()
	text := render(p.t, p.options)
	for _, edit := range edits {
		text = edit(text)
	}
	must(p.t, os.WriteFile(p.file, []byte(text), 0o600))
}

// run starts the program and waits until it serves.
func (p *tier) run(arguments ...string) {
	p.t.Helper()
	p.cmd = exec.Command(program(p.t), append(arguments, "-f", p.file)...)
	p.cmd.Stdout, p.cmd.Stderr = &p.out, &p.out
	// A master has workers; all of them end together.
	p.cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
	must(p.t, p.cmd.Start())
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		_ = p.cmd.Wait() // it is killed
	}()
	p.t.Cleanup(func() {
		_ = syscall.Kill(-p.cmd.Process.Pid, syscall.SIGKILL)
		<-ended
		if p.t.Failed() {
			p.t.Logf("HAProxy printed:\n%s", &p.out)
		}
	})
	servertest.Wait(p.t, "HAProxy serves", func() bool {
		select {
		case <-ended:
			p.t.Fatalf("HAProxy ended:\n%s", &p.out)
		default:
		}
		code, _ := p.get("/healthz")
		return code == http.StatusOK
	})
}

// get asks the monitor; 0 says that it does not answer.
func (p *tier) get(path string) (code int, body string) {
	p.t.Helper()
	ctx, cancel := context.WithTimeout(p.t.Context(), servertest.Patience)
	defer cancel()
	url := "http://" + endpoint(loopback, p.options.MetricsPort) + path
	q, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	must(p.t, err)
	q.Close = true
	a, err := http.DefaultClient.Do(q)
	if err != nil {
		return 0, ""
	}
	defer a.Body.Close()
	b, err := io.ReadAll(a.Body)
	must(p.t, err)
	return a.StatusCode, string(b)
}

// socket connects to the n-th Listener from an address of this machine.
func (p *tier) socket(n int, from string) net.Conn {
	p.t.Helper()
	d := net.Dialer{LocalAddr: &net.TCPAddr{IP: net.ParseIP(from)}, Timeout: servertest.Patience}
	conn, err := d.Dial("tcp4", endpoint(loopback, p.options.Listeners[n].BindPort))
	must(p.t, err)
	return conn
}

// dial is socket for somebody who speaks MQTT.
func (p *tier) dial(n int, from string) *rawclient.Client {
	p.t.Helper()
	return rawclient.Wrap(p.t, p.socket(n, from))
}

// proxied makes the broker's listener one that HAProxy connects to.
func proxied(changes ...func(*config.Listener)) servertest.Option {
	return func(c *config.Config) {
		l := &c.Listeners[0]
		l.HAProxy = config.HAProxyOn
		l.HAProxyTrustedFrom = []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}
		for _, change := range changes {
			change(l)
		}
		c.LogLevel, c.MaxPacketSizeBeforeConnect = config.LogInfo, 2<<20
	}
}

// at makes a listener one on this address and port.
func at(address string, port int) func(*config.Listener) {
	return func(l *config.Listener) {
		l.Inet4BindAddress, l.Port = netip.MustParseAddr(address), uint16(port)
	}
}

// broker runs one.
func broker(t *testing.T, changes ...func(*config.Listener)) *servertest.Server {
	t.Helper()
	return servertest.Start(t, servertest.Loops(1), proxied(changes...))
}

// before is a tier for one broker, or for none.
func before(port int, changes ...func(*Listener)) Options {
	l := Listener{Name: "mqtt", BrokerPort: port, Protocol: MQTT, Balance: ClientID}
	for _, change := range changes {
		change(&l)
	}
	return Options{Listeners: []Listener{l}, OnDown: Refuse,
		Servers: []Server{{"factory-0", loopback, 1}}}
}

// portOf is where a broker listens first.
func portOf(s *servertest.Server) int { return s.Addrs()[0].(*net.TCPAddr).Port }

// brokers runs three, on one port of three addresses, and returns a tier for them.
func brokers(t *testing.T, changes ...func(*config.Listener)) ([]*servertest.Server, Options) {
	t.Helper()
	o := before(ports.Free(t))
	o.Servers = nil
	var all []*servertest.Server
	for i, a := range []string{"127.0.0.1", "127.0.0.2", "127.0.0.3"} {
		all = append(all, broker(t, append(changes, at(a, o.Listeners[0].BrokerPort))...))
		o.Servers = append(o.Servers, Server{fmt.Sprint("factory-", i), a, i + 1})
	}
	return all, o
}

// who waits until one of the brokers has taken a Client, and returns which.
func who(t *testing.T, all []*servertest.Server, id string) int {
	t.Helper()
	found := -1
	servertest.Wait(t, "a broker takes "+id, func() bool {
		for i, s := range all {
			if s.Logged("msg=\"client connected\" client=" + id + " ") {
				found = i
			}
		}
		return found >= 0
	})
	return found
}

// fake is the port of a broker that takes connections and says nothing.
func fake(t *testing.T) int {
	t.Helper()
	l, err := net.Listen("tcp4", loopback+":0")
	must(t, err)
	t.Cleanup(func() { _ = l.Close() })
	return l.Addr().(*net.TCPAddr).Port
}

// readiness answers health checks.
type readiness struct{ no atomic.Bool }

func (r *readiness) ServeHTTP(w http.ResponseWriter, q *http.Request) {
	if q.Method != http.MethodGet || q.URL.Path != "/readyz" || r.no.Load() {
		w.WriteHeader(http.StatusServiceUnavailable)
	}
}

// ask sends a command to the runtime API and returns its answer.
func ask(t *testing.T, conn net.Conn, command string) string {
	t.Helper()
	must(t, conn.SetDeadline(time.Now().Add(servertest.Patience)))
	_, err := io.WriteString(conn, command+"\n")
	must(t, err)
	b, err := io.ReadAll(conn)
	must(t, err)
	return string(b)
}

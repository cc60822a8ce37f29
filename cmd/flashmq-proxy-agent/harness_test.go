// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/flashmq/flashmq/operator/haproxy"
	"github.com/flashmq/flashmq/operator/proxyagent"
	"github.com/flashmq/flashmq/pkg/config"
	"github.com/flashmq/flashmq/pkg/credentials/credentialstest"
	"github.com/flashmq/flashmq/pkg/rawclient"
	"github.com/flashmq/flashmq/pkg/servertest"
	"github.com/flashmq/flashmq/pkg/servertest/ports"
	"github.com/flashmq/flashmq/pkg/servertest/printed"
)

// asAgent, when it is set, makes this program the agent.
const asAgent = "FLASHMQ_TEST_AS_AGENT"

func TestMain(m *testing.M) {
	if os.Getenv(asAgent) != "" {
		main()
	}
	os.Exit(m.Run())
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// proxy is an agent with a HAProxy before one broker.
type proxy struct {
	options haproxy.Options
	edit    func(string) string
	files   map[string][]byte // beside haproxy.cfg
	folder  string
	broker  int // its port
	flags   []string
	port    int // of the agent
	swaps   int
	cmd     *exec.Cmd
	ended   chan struct{}
	out     printed.Text
}

// prepare makes files for one listener. change may be nil.
func prepare(t *testing.T, change func(*proxy), flags ...string) *proxy {
	t.Helper()
	s := servertest.Start(t, servertest.Loops(1), func(c *config.Config) {
		c.Listeners[0].HAProxy = config.HAProxyOn
	})
	short, err := os.MkdirTemp("", "agent") // paths of sockets must be short
	must(t, err)
	t.Cleanup(func() { _ = os.RemoveAll(short) })
	p := &proxy{folder: filepath.Join(short, "etc"), files: map[string][]byte{}, flags: flags,
		broker: s.Addrs()[0].(*net.TCPAddr).Port, port: ports.Free(t),
		ended: make(chan struct{})}
	must(t, os.Mkdir(p.folder, 0o700))
	p.options = haproxy.Options{BindAddress: "127.0.0.1", OnDown: haproxy.Refuse, Threads: 1,
		MetricsPort: ports.Free(t), SocketPath: filepath.Join(short, "haproxy.sock"),
		Servers: []haproxy.Server{{Name: "broker-0", Address: "127.0.0.1", ID: 1}}}
	p.listen("mqtt", ports.Free(t))
	if change != nil {
		change(p)
	}
	return p
}

// start runs one until the end of the test.
func start(t *testing.T, change func(*proxy), flags ...string) *proxy {
	t.Helper()
	p := prepare(t, change, flags...)
	p.exchange(t)
	p.launch(t)
	p.wait(t, "the agent answers", func(*proxyagent.Status) bool { return true })
	servertest.Wait(t, "HAProxy serves", func() bool {
		_, err := (&agent{options: &options{socket: p.options.SocketPath}}).worker(t.Context())
		return err == nil
	})
	return p
}

func (p *proxy) launch(t *testing.T) {
	t.Helper()
	p.cmd = exec.Command(os.Args[0], append([]string{"run",
		"--config", filepath.Join(p.folder, "haproxy.cfg"), "--socket", p.options.SocketPath,
		"--address", fmt.Sprint("127.0.0.1:", p.port)}, p.flags...)...)
	p.cmd.Env = append(os.Environ(), asAgent+"=1")
	p.cmd.Stdout, p.cmd.Stderr = &p.out, &p.out
	p.cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
	must(t, p.cmd.Start())
	go func() {
		defer close(p.ended)
		_ = p.cmd.Wait() // its exit code is in ProcessState
	}()
	t.Cleanup(func() {
		_ = syscall.Kill(-p.cmd.Process.Pid, syscall.SIGKILL)
		<-p.ended
		if t.Failed() {
			t.Logf("the agent printed:\n%s", &p.out)
		}
	})
}

// exchange writes the files as a kubelet does: a folder of their own, to which a link leads that is
// exchanged at once.
func (p *proxy) exchange(t *testing.T) {
	t.Helper()
	text, err := haproxy.Render(p.options)
	must(t, err)
	if p.edit != nil {
		text = []byte(p.edit(string(text)))
	}
	p.swaps++
	folder := fmt.Sprintf("..%d", p.swaps)
	must(t, os.Mkdir(filepath.Join(p.folder, folder), 0o700))
	all := map[string][]byte{"haproxy.cfg": text}
	for name, content := range p.files {
		all[name] = content
	}
	for name, content := range all {
		must(t, os.WriteFile(filepath.Join(p.folder, folder, name), content, 0o600))
		link := filepath.Join(p.folder, name)
		if _, err := os.Lstat(link); err != nil {
			must(t, os.Symlink(filepath.Join("..data", name), link))
		}
	}
	part := filepath.Join(p.folder, "..data_tmp")
	must(t, os.Symlink(folder, part))
	must(t, os.Rename(part, filepath.Join(p.folder, "..data")))
}

// give lays a certificate beside the configuration.
func (p *proxy) give(t *testing.T, name string, c *credentialstest.Certificate) {
	t.Helper()
	chain, key := c.Write(t, t.TempDir(), name)
	for path, as := range map[string]string{chain: name + ".crt", key: name + ".key"} {
		text, err := os.ReadFile(path)
		must(t, err)
		p.files[as] = text
	}
}

func (p *proxy) address(n int) string {
	return fmt.Sprint("127.0.0.1:", p.options.Listeners[n].BindPort)
}

func (p *proxy) dial(t *testing.T, n int) *rawclient.Client {
	t.Helper()
	return rawclient.Dial(t, "tcp4", p.address(n))
}

// worker is HAProxy's process that takes Clients.
func (p *proxy) worker(t *testing.T) string {
	t.Helper()
	id, err := (&agent{options: &options{socket: p.options.SocketPath}}).worker(t.Context())
	must(t, err)
	return id
}

// status asks the agent; nil says that it does not answer.
func (p *proxy) status(t *testing.T) *proxyagent.Status {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), servertest.Patience)
	defer cancel()
	q, err := http.NewRequestWithContext(ctx, http.MethodGet,
		fmt.Sprintf("http://127.0.0.1:%d/status", p.port), nil)
	must(t, err)
	q.Close = true
	a, err := http.DefaultClient.Do(q)
	if err != nil || a.StatusCode != http.StatusOK {
		return nil
	}
	defer a.Body.Close()
	s := &proxyagent.Status{}
	must(t, json.NewDecoder(a.Body).Decode(s))
	return s
}

func (p *proxy) wait(
	t *testing.T, what string, good func(*proxyagent.Status) bool,
) (s *proxyagent.Status) {
	t.Helper()
	servertest.Wait(t, what, func() bool {
		s = p.status(t)
		return s != nil && good(s)
	})
	return s
}

// settled waits until what was exchanged last is in force.
func (p *proxy) settled(t *testing.T) *proxyagent.Status {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(p.folder, "haproxy.cfg"))
	must(t, err)
	return p.wait(t, "what was exchanged is in force", func(s *proxyagent.Status) bool {
		return s.Configuration == proxyagent.Configuration(text) &&
			s.Files == proxyagent.Files(p.files)
	})
}

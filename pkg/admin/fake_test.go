// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package admin

import (
	"context"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/flashmq/flashmq/pkg/metrics"
)

// patience bounds what a test waits for; one that passes never waits as long.
const patience = 60 * time.Second

// fake is a Broker that says what it is told to.
type fake struct {
	mu      sync.Mutex
	status  Status
	outcome Outcome
	drained int
	trusted netip.Addr // whose PROXY headers are believed
}

var noon = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)

func newFake() *fake {
	return &fake{outcome: Applied, status: Status{
		Report: Report{Version: "1.2.3", Commit: "abc", Started: noon,
			Listeners: []Listener{{Name: "127.0.0.1:8883", Network: "tcp4",
				Address: "127.0.0.1", Port: 8883, Protocol: "mqtt",
				Certificate:  &Certificate{Subject: "CN=x", NotAfter: noon, Revision: "r1"},
				ProxyHeaders: ProxyHeaders{Present: 1, Local: 2, Absent: 3, Untrusted: 4}}},
			Revisions:   Revisions{Configuration: "c1", Certificates: "r2"},
			LastReload:  &Reload{Time: noon, Outcome: Refused, Error: "line\nline"},
			Connections: 7, Clients: 6, Sessions: 5, Retained: 4, Subscriptions: 3},
		Counters: metrics.NewSet(2),
		Loops: []Loop{{Turns: 10, Busy: time.Second, Lag: time.Second / 2},
			{Turns: 20, Busy: 2 * time.Second}},
		Refusals:          map[string]int64{"tls_alert": 9, "address_denied": 1},
		HandshakesRunning: 2, HandshakesWaiting: 1, CertificateFailures: 8, RetainedBytes: 99,
	}}
}

func (f *fake) Status() *Status {
	f.mu.Lock()
	defer f.mu.Unlock()
	x := f.status
	return &x
}

func (f *fake) Reload(ctx context.Context) Reload {
	r := Reload{Time: noon, Outcome: f.outcome}
	if r.Outcome != Applied {
		r.Error = "max_qos: no"
	}
	if _, ok := ctx.Deadline(); !ok {
		r.Error = "a reload that may take for ever"
	}
	return r
}

func (f *fake) TrustsProxy(peer netip.Addr) bool { return f.trusted == peer }

func (f *fake) Drain() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.drained++
	f.status.Draining = &Draining{Since: noon, Remaining: 7}
}

func (f *fake) change(how func(x *Status)) {
	f.mu.Lock()
	defer f.mu.Unlock()
	how(&f.status)
}

// port is a Server under test.
type port struct {
	*fake
	address string
	token   string // path of its file
}

// open runs a Server until the end of the test. prepare may be nil.
func open(t *testing.T, f *fake, prepare func(s *Server)) *port {
	t.Helper()
	listener, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	p := &port{fake: f, address: listener.Addr().String(),
		token: filepath.Join(t.TempDir(), "token")}
	if err := os.WriteFile(p.token, []byte("secret\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	s := New(Options{Broker: f, Listener: listener, Stuck: time.Minute,
		TokenFile: func() string { return p.token },
		Log:       slog.New(slog.DiscardHandler)})
	if prepare != nil {
		prepare(s)
	}
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- s.Run(ctx) }()
	t.Cleanup(func() {
		cancel()
		if err := <-ended; err != nil {
			t.Errorf("Run: %v", err)
		}
	})
	return p
}

// ask makes a request and returns the status and the body.
func (p *port) ask(t *testing.T, method, path string, header ...string) (int, string) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, "http://"+p.address+path, nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, h := range header {
		name, value, _ := strings.Cut(h, ": ")
		r.Header.Set(name, value)
	}
	c := http.Client{Timeout: patience, Transport: &http.Transport{DisableKeepAlives: true}}
	answer, err := c.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	b, err := io.ReadAll(answer.Body)
	if err != nil {
		t.Fatal(err)
	}
	return answer.StatusCode, string(b)
}

const bearer = "Authorization: Bearer secret"

// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package servertest

import (
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/flashmq/flashmq/pkg/admin"
)

// Admin is the admin port of a server under test.
type Admin struct {
	tb      testing.TB
	address string
	client  *http.Client
}

// AdminToken is what it asks for.
const AdminToken = "a token for tests"

// Admin opens an admin port, at a free port of 127.0.0.1, until the end of the test. It stays open
// when the server stops.
func (s *Server) Admin(tb testing.TB, change ...func(o *admin.Options)) *Admin {
	tb.Helper()
	listener, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		tb.Fatal(err)
	}
	token := filepath.Join(tb.TempDir(), "token")
	if err := os.WriteFile(token, []byte(AdminToken), 0o600); err != nil {
		tb.Fatal(err)
	}
	o := admin.Options{Broker: s.server.Admin(), Listener: listener,
		TokenFile: func() string { return token }, Log: slog.New(slog.DiscardHandler)}
	for _, c := range change {
		c(&o)
	}
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- admin.New(o).Run(ctx) }()
	tb.Cleanup(func() {
		cancel()
		if err := <-ended; err != nil {
			tb.Errorf("admin port: %v", err)
		}
	})
	return &Admin{tb, listener.Addr().String(), &http.Client{Timeout: Patience,
		Transport: &http.Transport{DisableKeepAlives: true}}}
}

// Addr is its host and port.
func (a *Admin) Addr() string { return a.address }

// Ask makes a request with the token and returns the status and the body.
func (a *Admin) Ask(method, path string) (status int, body string) {
	a.tb.Helper()
	r, err := http.NewRequest(method, "http://"+a.address+path, nil)
	if err != nil {
		a.tb.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer "+AdminToken)
	answer, err := a.client.Do(r)
	if err != nil {
		a.tb.Fatal(err)
	}
	defer answer.Body.Close()
	b, err := io.ReadAll(answer.Body)
	if err != nil {
		a.tb.Fatal(err)
	}
	return answer.StatusCode, string(b)
}

// Report asks for the report.
func (a *Admin) Report() *admin.Report {
	a.tb.Helper()
	status, body := a.Ask("GET", "/report")
	r := &admin.Report{}
	if err := json.Unmarshal([]byte(body), r); err != nil || status != http.StatusOK {
		a.tb.Fatalf("report: %d %s: %v", status, body, err)
	}
	return r
}

// Drain makes the server end in good order; Stop waits for the end.
func (s *Server) Drain() { s.server.Drain() }

// Hurry ends a drain that takes its time.
func (s *Server) Hurry() bool { return s.server.Hurry() }

// SetReloader says what POST /reload does.
func (s *Server) SetReloader(reload func(ctx context.Context) error) {
	s.server.SetReloader(reload)
}

// NoteReload notes the end of a reload.
func (s *Server) NoteReload(err error) { s.server.NoteReload(err) }

// WaitEnd waits until the server has ended by itself.
func (s *Server) WaitEnd() {
	s.tb.Helper()
	select {
	case err := <-s.done:
		s.done <- err
	case <-time.After(Patience):
		s.tb.Fatal("the server does not end")
	}
}

// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package brokeradmin

import (
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/flashmq/flashmq/pkg/admin"
)

// drained is a broker that has been told to end.
type drained struct {
	admin.Broker
	told chan struct{}
}

func (d *drained) Status() *admin.Status {
	return &admin.Status{Report: admin.Report{Draining: &admin.Draining{
		Since: time.Unix(7, 0), Remaining: 12}}}
}

func (d *drained) Drain() { close(d.told) }

func TestDrain(t *testing.T) {
	t.Parallel()
	token := filepath.Join(t.TempDir(), "token")
	if err := os.WriteFile(token, []byte("secret"), 0o600); err != nil {
		t.Fatal(err)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	b := &drained{told: make(chan struct{})}
	s := admin.New(admin.Options{Broker: b, Listener: l, Log: slog.New(slog.DiscardHandler),
		TokenFile: func() string { return token }})
	ended := make(chan error, 1)
	go func() { ended <- s.Run(t.Context()) }()
	t.Cleanup(func() { <-ended })
	c := NewWithin(nil, time.Minute)
	address := l.Addr().String()
	_, err = c.Drain(t.Context(), address, "wrong")
	if err == nil || !strings.Contains(err.Error(), "401") {
		t.Errorf("with another token: %v", err)
	}
	d, err := c.Drain(t.Context(), address, "secret")
	if err != nil {
		t.Fatal(err)
	}
	if d.Remaining != 12 || !d.Since.Equal(time.Unix(7, 0)) {
		t.Errorf("got %+v", d)
	}
	<-b.told
}

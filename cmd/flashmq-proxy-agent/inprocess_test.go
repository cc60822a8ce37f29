// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package main

import (
	"log/slog"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/flashmq/flashmq/pkg/servertest"
)

// agent starts HAProxy with one that looks when it is told to, until the end of the test.
func (p *proxy) agent(t *testing.T, program string) *agent {
	t.Helper()
	a := &agent{options: &options{haproxy: program, log: slog.New(slog.DiscardHandler),
		config: filepath.Join(p.folder, "haproxy.cfg"), socket: p.options.SocketPath}}
	var err error
	a.inForce, err = readFiles(a.config)
	must(t, err)
	must(t, a.start(&p.out, &p.out))
	a.tell(nil)
	t.Cleanup(func() {
		a.signal(syscall.SIGTERM)
		<-a.ended
		if t.Failed() {
			t.Logf("HAProxy printed:\n%s", &p.out)
		}
	})
	return a
}

// inProcess is an agent whose HAProxy serves.
func (p *proxy) inProcess(t *testing.T) *agent {
	t.Helper()
	a := p.agent(t, "haproxy")
	servertest.Wait(t, "HAProxy serves", func() bool {
		_, err := a.serving(t.Context())
		return err == nil
	})
	return a
}

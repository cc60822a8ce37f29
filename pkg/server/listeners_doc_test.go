// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package server_test

import (
	"crypto/tls"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/flashmq/flashmq/pkg/config"
	"github.com/flashmq/flashmq/pkg/credentials/credentialstest"
	"github.com/flashmq/flashmq/pkg/mqtt"
	"github.com/flashmq/flashmq/pkg/rawclient"
	"github.com/flashmq/flashmq/pkg/servertest"
)

var (
	example = regexp.MustCompile("(?s)\n```\n(.*?)```\n")
	port    = regexp.MustCompile(`(?m)^  port \d+$`)
)

// TestListenersPage starts the broker with every example of docs/listeners.md, on free ports and
// with certificates of the test, and goes in by each door.
func TestListenersPage(t *testing.T) {
	page, err := os.ReadFile("../../docs/listeners.md")
	if err != nil {
		t.Fatal(err)
	}
	examples := example.FindAllStringSubmatch(string(page), -1)
	if len(examples) < 7 {
		t.Fatalf("%d examples found", len(examples))
	}
	for i, e := range examples {
		t.Run(fmt.Sprint(i+1), func(t *testing.T) {
			t.Parallel()
			folder := t.TempDir()
			authority := credentialstest.New(t, "authority")
			credentialstest.File(t, folder, "ca.crt", authority.PEM())
			server := authority.Server()
			credentialstest.File(t, folder, "tls.crt", server.Chain)
			credentialstest.File(t, folder, "tls.key", server.Key)
			text := strings.ReplaceAll(e[1], "/etc/flashmq/tls/", folder+"/")
			text = strings.ReplaceAll(text, "/run/flashmq/", folder+"/")
			text = port.ReplaceAllString(text, "  port 0\n  inet4_bind_address 127.0.0.1\n"+
				"  inet6_bind_address ::1")
			path := filepath.Join(folder, "flashmq.conf")
			if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
			cfg, warnings, err := config.Load(path, config.LoadOptions{})
			if err != nil || len(warnings) > 0 {
				t.Fatalf("%v, %v in\n%s", err, warnings, text)
			}
			enterAll(t, cfg, &tls.Config{RootCAs: authority.Pool(), ServerName: "localhost",
				Certificates: []tls.Certificate{authority.Client("device").TLS()}})
		})
	}
}

// enterAll goes in by every door of a configuration.
func enterAll(t *testing.T, cfg *config.Config, trusted *tls.Config) {
	t.Helper()
	s := servertest.Start(t, servertest.Config(func(c *config.Config) {
		limit := c.RlimitNofile
		*c = *cfg
		c.RlimitNofile, c.ThreadCount = limit, 2
	}))
	addresses := s.Addrs()
	for i := range cfg.Listeners {
		l := &cfg.Listeners[i]
		d := door{proxy: l.HAProxy != config.HAProxyOff, tls: l.TLS(),
			web: l.Protocol == config.ProtocolWebSockets}
		for range l.Endpoints() {
			h := &house{s, d, trusted}
			c := rawclient.Wrap(t, h.enterAt(t, addresses[0], 0))
			c.Connect(mqtt.V50, "client")
			c.Disconnect()
			addresses = addresses[1:]
		}
	}
	if len(addresses) > 0 {
		t.Errorf("nobody went to %v", addresses)
	}
}

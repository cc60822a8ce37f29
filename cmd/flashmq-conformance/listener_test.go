// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package main

import (
	"fmt"
	"strings"
	"testing"

	"github.com/flashmq/flashmq/pkg/config"
	"github.com/flashmq/flashmq/pkg/conformance"
	"github.com/flashmq/flashmq/pkg/credentials/credentialstest"
	"github.com/flashmq/flashmq/pkg/servertest"
)

func TestListeners(t *testing.T) {
	const nowhere = " , false"
	tests := []struct {
		args            string
		listener, other string // address, path, and whether there is TLS
	}{
		{"a:1", "a:1 , false", nowhere},
		{"-tls [::1]:1", "[::1]:1 , true", nowhere},
		{"ws://a", "a:80 /, false", nowhere},
		{"wss://a/mqtt?token=1", "a:443 /mqtt?token=1, true", nowhere},
		{"ws://[::1]:8080/mqtt", "[::1]:8080 /mqtt, false", nowhere},
		{"-websocket wss://b:2/ws a:1", "a:1 , false", "b:2 /ws, true"},
		{"-websocket ws://b:2/ws wss://a:1/mqtt", "a:1 /mqtt, true", "b:2 /ws, false"},
	}
	shown := func(l conformance.Listener) string {
		return fmt.Sprintf("%s %s, %v", l.Address, l.Path, l.TLS != nil)
	}
	for _, tt := range tests {
		c, err := parse(strings.Fields(tt.args), nil)
		if err != nil {
			t.Errorf("%s: %v", tt.args, err)
			continue
		}
		if a, b := shown(c.Listener), shown(c.WebSocket); a != tt.listener || b != tt.other {
			t.Errorf("%s: %q and %q, want %q and %q", tt.args, a, b, tt.listener, tt.other)
		}
	}
}

// Checks go through TLS and WebSocket, to a server that is trusted.
func TestWays(t *testing.T) {
	authority := credentialstest.New(t, "authority")
	folder := t.TempDir()
	chain, key := authority.Server().Write(t, folder, "server")
	trusted := credentialstest.File(t, folder, "authority.pem", authority.PEM())
	s := servertest.Start(t, servertest.Config(func(c *config.Config) {
		plain, web := c.Listeners[0], c.Listeners[0]
		web.Protocol = config.ProtocolWebSockets
		tls, both := plain, web
		tls.Fullchain, tls.Privkey = chain, key
		both.Fullchain, both.Privkey = chain, key
		c.Listeners = []config.Listener{plain, web, tls, both}
	}))
	at := func(n int) string { return s.Addrs()[n].String() }
	for _, tt := range []struct {
		args   string
		code   int
		stdout string
		stderr string
	}{
		{at(0), exitGood, "1 passed, 0 failed, 1 not", ""},
		{"-websocket ws://" + at(1) + "/any " + at(0), exitGood, "2 passed", ""},
		{"ws://" + at(1) + "/any", exitGood, "2 passed", ""},
		{"-tls -insecure " + at(2), exitGood, "1 passed, 0 failed, 1 not", ""},
		{"-tls -cafile " + trusted + " " + at(2), exitGood, "1 passed", ""},
		{"-cafile " + trusted + " wss://" + at(3), exitGood, "2 passed", ""},
		{"-tls " + at(2), exitUsage, "", "certificate"},
		{"wss://" + at(3), exitUsage, "", "certificate"},
		{"-tls -insecure " + at(0), exitUsage, "", "conformance: TLS: "},
		{"ws://" + at(0), exitUsage, "", "conformance: WebSocket: "},
	} {
		args := append([]string{"-version", "3.1.1", "-run", "PINGRESP|subprotocol"},
			strings.Fields(tt.args)...)
		code, stdout, stderr := program(args...)
		if code != tt.code || !strings.Contains(stdout, tt.stdout) ||
			!strings.Contains(stderr, tt.stderr) {
			t.Errorf("%s: exit code %d; it wrote %q and %q", tt.args, code, stdout, stderr)
		}
	}
}

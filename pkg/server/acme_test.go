// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package server_test

import (
	"net/http"
	"testing"

	"github.com/flashmq/flashmq/pkg/config"
	"github.com/flashmq/flashmq/pkg/mqtt"
	"github.com/flashmq/flashmq/pkg/rawclient"
	"github.com/flashmq/flashmq/pkg/servertest"
)

// Challenges are sent on by every kind of listener that may, and Clients come in beside them.
func TestACMEChallengesAreSentOn(t *testing.T) {
	t.Parallel()
	const path = "/.well-known/acme-challenge/token"
	for _, protocol := range []config.ListenerProtocol{
		config.ProtocolMQTT, config.ProtocolWebSockets, config.ProtocolACME,
	} {
		d := door{web: protocol == config.ProtocolWebSockets}
		h := open(t, d, servertest.Config(func(c *config.Config) {
			c.Listeners[0].Protocol = protocol
			c.Listeners[0].ACMERedirectURL = "http://acme.example.com"
		}))
		client := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error {
			return http.ErrUseLastResponse
		}, Timeout: servertest.Patience}
		elsewhere := http.StatusNotFound
		if d.web {
			elsewhere = http.StatusUpgradeRequired
		}
		for asked, want := range map[string]int{
			path: http.StatusMovedPermanently, "/else": elsewhere,
		} {
			r, err := client.Get("http://127.0.0.1:" + h.Port() + asked)
			if err != nil {
				t.Fatalf("protocol %v, %s: %v", protocol, asked, err)
			}
			_ = r.Body.Close()
			if r.StatusCode != want {
				t.Errorf("protocol %v, %s: %s, want %d", protocol, asked, r.Status, want)
			}
			to := r.Header.Get("Location")
			if asked == path && to != "http://acme.example.com"+path {
				t.Errorf("protocol %v: sent to %q", protocol, to)
			}
		}
		if protocol != config.ProtocolACME {
			c := rawclient.Wrap(t, h.enter(t, 0))
			c.Connect(mqtt.V311, "client")
			c.Disconnect()
		}
	}
}

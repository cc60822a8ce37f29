// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package server_test

import (
	"crypto/tls"
	"crypto/x509"
	"testing"
	"time"

	"github.com/flashmq/flashmq/pkg/servertest"
)

// Clients that do not trust us say so and are gone. Each is counted.
func TestDistrustIsCounted(t *testing.T) {
	t.Parallel()
	const clients = 40
	for _, version := range []uint16{tls.VersionTLS12, tls.VersionTLS13} {
		h := open(t, door{tls: true})
		config := &tls.Config{RootCAs: x509.NewCertPool(), ServerName: "localhost",
			MaxVersion: version}
		for range clients {
			if c, err := tls.Dial("tcp4", "127.0.0.1:"+h.Port(), config); err == nil {
				_ = c.Close()
				t.Fatal("trusted")
			}
		}
		end := time.Now().Add(servertest.Patience)
		for h.Refusals()["tls_alert"] < clients && time.Now().Before(end) {
			time.Sleep(time.Millisecond)
		}
		if n := h.Refusals()["tls_alert"]; n != clients {
			t.Errorf("%x: %d of %d were counted: %v", version, n, clients, h.Refusals())
		}
	}
}

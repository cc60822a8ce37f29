// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package servertest

import (
	"testing"

	"github.com/flashmq/flashmq/pkg/mqtt"
	"github.com/flashmq/flashmq/pkg/packet"
	"github.com/flashmq/flashmq/pkg/rawclient"
)

// Dial opens a connection to the server's first address. Nothing is sent. It is closed when the
// test ends.
func (s *Server) Dial(tb testing.TB) *rawclient.Client {
	tb.Helper()
	a := s.Addrs()[0]
	return rawclient.Dial(tb, a.Network(), a.String())
}

// Connect opens a connection and logs in: a clean Session without a Will and without Keep Alive,
// unless changed.
func (s *Server) Connect(tb testing.TB, v mqtt.Version, id string,
	change ...func(*packet.Connect)) *rawclient.Client {
	tb.Helper()
	c := s.Dial(tb)
	c.Connect(v, id, change...)
	return c
}

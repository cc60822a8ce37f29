// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package server_test

import (
	"errors"
	"net"
	"os"
	"syscall"
	"testing"
	"time"

	"github.com/flashmq/flashmq/pkg/config"
	"github.com/flashmq/flashmq/pkg/mqtt"
	"github.com/flashmq/flashmq/pkg/rawclient"
	"github.com/flashmq/flashmq/pkg/servertest"
)

// closedAtOnce reports whether one of a few new connections is closed. Those that the loop which
// stands still should take in are not.
func closedAtOnce(t *testing.T, address string) bool {
	t.Helper()
	for range 8 {
		c, err := net.Dial("tcp4", address)
		if errors.Is(err, syscall.ECONNRESET) {
			return true
		}
		if err != nil {
			t.Fatal(err)
		}
		_ = c.SetReadDeadline(time.Now().Add(50 * time.Millisecond))
		_, err = c.Read(make([]byte, 1))
		_ = c.Close()
		if !errors.Is(err, os.ErrDeadlineExceeded) {
			return true
		}
	}
	return false
}

// TestOverload: while one of two loops stands still, only a listener that wants to takes in
// Clients.
func TestOverload(t *testing.T) {
	t.Parallel()
	s := servertest.Start(t, servertest.Config(func(c *config.Config) {
		c.OverloadMode, c.MaxEventLoopDrift = config.OverloadCloseNew, 500*time.Millisecond
		tolerant := config.OverloadLog
		second := c.Listeners[0]
		second.OverloadMode = &tolerant
		c.Listeners = append(c.Listeners, second)
	}))
	closing, tolerant := s.Addrs()[0].String(), s.Addrs()[1].String()
	if closedAtOnce(t, closing) {
		t.Fatal("a connection is closed before there is any lag")
	}
	release := s.Stall("slow")
	slow := s.Dial(t)
	slow.Send(rawclient.Connect(mqtt.V311, "slow"))
	servertest.Wait(t, "the lag is noticed", func() bool { return closedAtOnce(t, closing) })
	if closedAtOnce(t, tolerant) {
		t.Error("a connection is closed on the listener that only logs")
	}
	if s.Refusals()["overloaded"] == 0 || !s.Logged("overloaded: the event loops lag behind") {
		t.Errorf("refusals %v", s.Refusals())
	}
	release()
	s.WaitLogged("no longer overloaded")
	s.Connect(t, mqtt.V311, "welcome")
}

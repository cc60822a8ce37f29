// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package server_test

import (
	"context"
	"net"
	"path/filepath"
	"strings"
	"testing"

	"github.com/flashmq/flashmq/pkg/config"
	"github.com/flashmq/flashmq/pkg/mqtt"
	"github.com/flashmq/flashmq/pkg/packet"
	"github.com/flashmq/flashmq/pkg/rawclient"
	"github.com/flashmq/flashmq/pkg/servertest"
)

func TestReloadOfListeners(t *testing.T) {
	s := servertest.Start(t, servertest.Loops(2))
	kept := s.Addr()
	early := s.Connect(t, mqtt.V50, "early")
	early.Subscribe("across/#", mqtt.AtLeastOnce)

	path := filepath.Join(t.TempDir(), "mqtt.sock")
	reload(t, s, func(c *config.Config) {
		servertest.Unix(path)(c)
		second := c.Listeners[0]
		c.Listeners = append([]config.Listener{second}, c.Listeners...)
	})
	if n := len(s.Addrs()); n != 3 || s.Addr() != kept {
		t.Fatalf("listening on %v, want %s and two more", s.Addrs(), kept)
	}
	onUnix := rawclient.Dial(t, "unix", path)
	onUnix.Connect(mqtt.V50, "late")
	onUnix.Publish("across/listeners", "hello", mqtt.AtLeastOnce)
	early.ExpectMessage("across/listeners", "hello")

	reload(t, s, func(c *config.Config) { c.Listeners = c.Listeners[2:] }) // the unix socket
	if list := s.Addrs(); len(list) != 1 || list[0].Network() != "unix" {
		t.Fatalf("listening on %v, want the unix socket only", list)
	}
	if c, err := net.Dial("tcp", kept); err == nil {
		c.Close()
		t.Error("a listener that is gone still accepts")
	}
	onUnix.Publish("across/listeners", "still here", mqtt.AtLeastOnce)
	early.ExpectMessage("across/listeners", "still here")
}

// A reload that fails changes nothing, not even the listeners that could be opened.
func TestReloadThatFails(t *testing.T) {
	s := servertest.Start(t)
	early := s.Connect(t, mqtt.V50, "early")
	before := s.Addr()
	good, bad := filepath.Join(t.TempDir(), "good"), filepath.Join(t.TempDir(), "no", "folder")
	err := s.Reload(func(c *config.Config) {
		c.Listeners = nil
		servertest.Unix(good)(c)
		servertest.Unix(bad)(c)
		c.MaxConnections = 1
	})
	if err == nil || !strings.Contains(err.Error(), bad) {
		t.Errorf("got %v, want an error that names %s", err, bad)
	}
	if list := s.Addrs(); len(list) != 1 || list[0].String() != before {
		t.Errorf("listening on %v, want %s", list, before)
	}
	if c, err := net.Dial("unix", good); err == nil {
		c.Close()
		t.Error("a listener of the settings that failed is open")
	}
	early.Quiet()
	speaks(t, "tcp", before) // with the old max_connections
}

// What the settings call live counts for connections that are open; the rest for new ones.
func TestReloadOfSettings(t *testing.T) {
	s := servertest.Start(t, servertest.Loops(2))
	early := s.Connect(t, mqtt.V50, "early")
	reload(t, s, func(c *config.Config) {
		c.MinimumWildcardSubscriptionDepth = 1 // live
		c.MaxQoS = mqtt.AtLeastOnce            // for new Clients
		c.AllowAnonymous, c.Listeners[0].AllowAnonymous = false, nil
	})
	early.Send(rawclient.Subscribe(mqtt.V50, 1, "#", 0))
	if a := rawclient.Expect[*packet.Suback](early); a.Codes[0] != mqtt.NotAuthorized {
		t.Errorf("a filter that is too broad by now is granted: %v", a.Codes[0])
	}
	c := s.Dial(t)
	c.Send(rawclient.Connect(mqtt.V50, "late"))
	if a := rawclient.Expect[*packet.Connack](c); a.Code != mqtt.NotAuthorized {
		t.Errorf("an anonymous Client gets %v", a.Code)
	}
	c.ExpectClosed()
	reload(t, s, func(c *config.Config) { c.AllowAnonymous = true })
	late := s.Dial(t)
	a := late.Connect(mqtt.V50, "late")
	if !a.Properties.Has(packet.MaximumQoS) || a.Properties.MaximumQoS != 1 {
		t.Error("the new maximum QoS is not announced")
	}
	late.Send(rawclient.Publish(mqtt.V50, 1, "x", nil, mqtt.ExactlyOnce))
	late.ExpectDisconnect(mqtt.QoSNotSupported)
}

// A signal to reload that comes while the server stops, or after, is answered.
func TestReloadAfterStop(t *testing.T) {
	s := servertest.Start(t)
	s.Stop()
	ctx, cancel := context.WithTimeout(t.Context(), servertest.Patience)
	answered := make(chan error, 1)
	go func() {
		defer cancel()
		answered <- s.Reload(func(*config.Config) {})
	}()
	<-ctx.Done()
	select {
	case err := <-answered:
		if err == nil {
			t.Error("a server that has stopped reloads")
		}
	default:
		t.Error("Reload hangs")
	}
}

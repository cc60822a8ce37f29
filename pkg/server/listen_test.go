// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package server_test

import (
	"errors"
	"io/fs"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"

	"github.com/flashmq/flashmq/pkg/config"
	"github.com/flashmq/flashmq/pkg/mqtt"
	"github.com/flashmq/flashmq/pkg/packet"
	"github.com/flashmq/flashmq/pkg/rawclient"
	"github.com/flashmq/flashmq/pkg/servertest"
	"github.com/flashmq/flashmq/pkg/servertest/ports"
)

// speaks makes sure that a broker answers at an address.
func speaks(t *testing.T, network, address string) {
	t.Helper()
	c := rawclient.Dial(t, network, address)
	c.Connect(mqtt.V311, "")
	c.Subscribe("self", mqtt.AtLeastOnce)
	c.Publish("self", "over "+network, mqtt.AtLeastOnce)
	c.ExpectMessage("self", "over "+network)
	c.Disconnect()
}

func TestAddressFamilies(t *testing.T) {
	tests := []struct {
		name   string
		option func(*config.Config)
		want   []string // beginnings of the addresses
	}{
		{"IPv4", func(*config.Config) {}, []string{"127.0.0.1:"}},
		{"IPv6", func(c *config.Config) {
			l := &c.Listeners[0]
			l.InetProtocol, l.Inet4BindAddress = config.Inet6, netip.Addr{}
			l.Inet6BindAddress = netip.IPv6Loopback()
		}, []string{"[::1]:"}},
		{"dual stack", servertest.DualStack(), []string{"127.0.0.1:", "[::1]:"}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			s := servertest.Start(t, servertest.Loops(2), test.option)
			list := s.Addrs()
			if len(list) != len(test.want) {
				t.Fatalf("listening on %v, want %v", list, test.want)
			}
			for i, a := range list {
				if !strings.HasPrefix(a.String(), test.want[i]) {
					t.Errorf("listening on %v, want %v", list, test.want)
				}
				for range 8 { // of all loops
					speaks(t, a.Network(), a.String())
				}
			}
		})
	}
}

// Every address of the machine: one port, both families.
func TestDualStackOnOnePort(t *testing.T) {
	port := uint16(ports.Free(t))
	s := servertest.Start(t, func(c *config.Config) {
		l := &c.Listeners[0]
		l.Port, l.InetProtocol, l.Inet4BindAddress = port, config.InetBoth, netip.Addr{}
	})
	if n := len(s.Addrs()); n != 2 {
		t.Fatalf("%d sockets, want 2", n)
	}
	speaks(t, "tcp", "127.0.0.1:"+strconv.Itoa(int(port)))
	speaks(t, "tcp", "[::1]:"+strconv.Itoa(int(port)))
}

func TestUnixSocket(t *testing.T) {
	path := filepath.Join(t.TempDir(), "mqtt.sock")
	s := servertest.Start(t, servertest.Loops(2), servertest.Unix(path), func(c *config.Config) {
		c.Listeners[1].UnixSocketMode = 0o620
	})
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	if got := info.Mode(); got&fs.ModeSocket == 0 || got.Perm() != 0o620 {
		t.Errorf("mode %v, want a socket with 0620", got)
	}
	for range 8 {
		speaks(t, "unix", path)
	}
	err = s.Reload(func(c *config.Config) { c.Listeners[1].UnixSocketMode = 0o600 })
	if err != nil {
		t.Fatal(err)
	}
	if info, err = os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("after a reload: mode %v, error %v, want 0600", info.Mode(), err)
	}
	s.Stop()
	if _, err := os.Stat(path); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("the socket file is still there: %v", err)
	}
}

func TestPortInUse(t *testing.T) {
	// Another process with SO_REUSEPORT would be allowed to share it; it must fail all the same.
	sharing := net.ListenConfig{Control: func(_, _ string, c syscall.RawConn) error {
		const reusePort = 15 // SO_REUSEPORT, which package syscall does not name everywhere
		var err error
		return errors.Join(c.Control(func(fd uintptr) {
			err = syscall.SetsockoptInt(int(fd), syscall.SOL_SOCKET, reusePort, 1)
		}), err)
	}}
	l, err := sharing.Listen(t.Context(), "tcp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	port := uint16(l.Addr().(*net.TCPAddr).Port)
	err = servertest.StartFails(t, func(c *config.Config) { c.Listeners[0].Port = port })
	if !errors.Is(err, syscall.EADDRINUSE) || !strings.Contains(err.Error(), l.Addr().String()) {
		t.Errorf("got %q, want an error that names address and reason", err)
	}
}

func TestOneBadListenerOfTwo(t *testing.T) {
	path := filepath.Join(t.TempDir(), "no", "such", "folder")
	err := servertest.StartFails(t, servertest.Unix(path))
	if !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("got %v", err)
	}
}

func TestAllowedNetworks(t *testing.T) {
	loopback, other := netip.MustParsePrefix("127.0.0.0/8"), netip.MustParsePrefix("192.0.2.0/24")
	tests := []struct {
		name       string
		only, deny []netip.Prefix
		admitted   bool
	}{
		{"no rules", nil, nil, true},
		{"only us", []netip.Prefix{other, loopback}, nil, true},
		{"only others", []netip.Prefix{other}, nil, false},
		{"we are denied", nil, []netip.Prefix{loopback}, false},
		{"others are denied", nil, []netip.Prefix{other}, true},
		{"denied before allowed", []netip.Prefix{loopback}, []netip.Prefix{loopback}, false},
	}
	s := servertest.Start(t)
	early := s.Connect(t, mqtt.V50, "early")
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			reload(t, s, func(c *config.Config) {
				c.Listeners[0].OnlyAllowFrom, c.Listeners[0].DenyFrom = test.only, test.deny
			})
			if test.admitted {
				speaks(t, "tcp", s.Addr())
			} else {
				refused(t, s)
			}
			early.Quiet()
		})
	}
}

func reload(t *testing.T, s *servertest.Server, change func(*config.Config)) {
	t.Helper()
	if err := s.Reload(change); err != nil {
		t.Fatal(err)
	}
}

// refused makes sure that a connection is closed before anything is said.
func refused(t *testing.T, s *servertest.Server) {
	t.Helper()
	c, err := rawclient.TryDial(t, "tcp", s.Addr())
	if errors.Is(err, syscall.ECONNRESET) {
		return
	}
	if err != nil {
		t.Fatal(err)
	}
	_ = c.TrySend(rawclient.Connect(mqtt.V50, "refused")) // the server may be quicker
	c.ExpectClosed()
}

func TestMaxConnections(t *testing.T) {
	const limit = 10
	s := servertest.Start(t, servertest.Loops(4), func(c *config.Config) {
		c.MaxConnections = limit
	})
	var admitted []*rawclient.Client
	for range limit {
		admitted = append(admitted, s.Connect(t, mqtt.V50, ""))
	}
	refused(t, s)
	admitted[0].Disconnect()
	// The place is free once the loop has heard of the end, which Disconnect waits for.
	admitted[0] = s.Connect(t, mqtt.V50, "")
	refused(t, s)
	reload(t, s, func(c *config.Config) { c.MaxConnections = limit + 1 })
	s.Connect(t, mqtt.V50, "")
	refused(t, s)
	reload(t, s, func(c *config.Config) { c.MaxConnections = 1 })
	for _, c := range admitted {
		c.Quiet() // a lower limit ends nobody's connection
	}
}

// Loops accept at the same time; together they stay within the limit.
func TestMaxConnectionsRace(t *testing.T) {
	const limit, racing = 5, 60
	s := servertest.Start(t, servertest.Loops(4), func(c *config.Config) {
		c.MaxConnections = limit
	})
	for range 10 {
		var all, leave sync.WaitGroup
		var admitted atomic.Int32
		leave.Add(1)
		var tried sync.WaitGroup
		tried.Add(racing)
		for range racing {
			all.Go(func() {
				c, err := rawclient.TryDial(t, "tcp", s.Addr())
				if err == nil {
					_ = c.TrySend(rawclient.Connect(mqtt.V50, "")) // the answer tells
					_, err = c.TryNext()
				}
				if err == nil {
					admitted.Add(1)
				}
				tried.Done()
				leave.Wait()
				if err == nil {
					c.Disconnect()
				}
			})
		}
		tried.Wait()
		if n := admitted.Load(); n != limit {
			t.Errorf("%d connections admitted, want %d", n, limit)
		}
		leave.Done()
		all.Wait()
	}
}

// TestMaxQoSOfAListener: what a listener announces holds for its publications and its grants.
func TestMaxQoSOfAListener(t *testing.T) {
	one := mqtt.AtLeastOnce
	s := servertest.Start(t, func(c *config.Config) { c.Listeners[0].MaxQoS = &one })
	c := rawclient.Dial(t, "tcp", s.Addr())
	accepted := c.Connect(mqtt.V50, "c")
	if !accepted.Properties.Has(packet.MaximumQoS) || accepted.Properties.MaximumQoS != 1 {
		t.Errorf("Maximum QoS is not announced: %+v", accepted.Properties)
	}
	wire, err := packet.AppendSubscribe(nil, mqtt.V50, &packet.Subscribe{
		ID: 7, Subscriptions: []mqtt.Subscription{{Filter: "q", Options: 2}},
	})
	if err != nil {
		t.Fatal(err)
	}
	c.Send(wire)
	if got := rawclient.Expect[*packet.Suback](c); len(got.Codes) != 1 || got.Codes[0] != 1 {
		t.Errorf("granted %v, want QoS 1", got.Codes)
	}
}

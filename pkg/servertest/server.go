// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package servertest

import (
	"context"
	"math"
	"net"
	"net/netip"
	"slices"
	"syscall"
	"testing"
	"time"

	"github.com/flashmq/flashmq/pkg/config"
	"github.com/flashmq/flashmq/pkg/metrics"
	"github.com/flashmq/flashmq/pkg/rawclient"
	"github.com/flashmq/flashmq/pkg/server"
)

// Patience bounds every wait of this package.
const Patience = rawclient.Patience

// Server is a server under test.
type Server struct {
	tb      testing.TB
	server  *server.Server
	config  *config.Config
	log     *log
	cancel  context.CancelFunc
	done    chan error
	stopped bool
}

// Option changes how Start starts.
type Option func(*config.Config)

// Loops sets the number of event loops; 2 without it.
func Loops(n int) Option {
	return func(c *config.Config) { c.ThreadCount = n }
}

// Config changes any setting.
func Config(change func(*config.Config)) Option { return change }

// DualStack listens on [::1] as well as on 127.0.0.1, on two ports.
func DualStack() Option {
	return func(c *config.Config) {
		c.Listeners[0].InetProtocol = config.InetBoth
		c.Listeners[0].Inet6BindAddress = netip.IPv6Loopback()
	}
}

// Unix adds a listener on a unix socket.
func Unix(path string) Option {
	return func(c *config.Config) {
		l := config.DefaultListener()
		l.InetProtocol, l.UnixSocketPath = config.InetUnix, path
		c.Listeners = append(c.Listeners, l)
	}
}

// Settings is the configuration Start begins with: one listener on a free port of 127.0.0.1, open
// to everybody.
func Settings(o ...Option) *config.Config {
	c := config.Local()
	c.ThreadCount = 2
	c.RlimitNofile = fileLimit()
	l := &c.Listeners[0]
	l.Port, l.InetProtocol, l.Inet6BindAddress = 0, config.Inet4, netip.Addr{}
	for _, change := range o {
		change(c)
	}
	return c
}

// fileLimit is how many files this process may open: a server under test leaves it as it is.
func fileLimit() int {
	var limit syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &limit); err != nil {
		panic("servertest: getrlimit: " + err.Error())
	}
	return int(min(limit.Cur, math.MaxInt32))
}

// StartFails runs a server that must not start, and returns why.
func StartFails(tb testing.TB, o ...Option) error {
	tb.Helper()
	s := prepare(tb, o...)
	ctx, cancel := context.WithTimeout(context.Background(), Patience)
	defer cancel()
	err := s.server.Run(ctx)
	watch.end(tb)
	if err == nil {
		tb.Fatal("the server started")
	}
	return err
}

// prepare makes a server that does not run yet.
func prepare(tb testing.TB, o ...Option) *Server {
	tb.Helper()
	s := &Server{tb: tb, config: Settings(o...), log: newLog(), done: make(chan error, 1)}
	if err := s.config.Validate(); err != nil {
		tb.Fatalf("settings: %v", err)
	}
	watch.begin(tb)
	x, err := server.New(s.config, s.log.logger(s.config))
	if err != nil {
		watch.end(tb)
		tb.Fatalf("server.New: %v", err)
	}
	s.server = x
	return s
}

// Start runs a server until the end of the test.
func Start(tb testing.TB, o ...Option) *Server {
	tb.Helper()
	s := prepare(tb, o...)
	ctx, cancel := context.WithCancel(context.Background())
	s.cancel = cancel
	go func() { s.done <- s.server.Run(ctx) }()
	tb.Cleanup(func() {
		s.Stop()
		watch.end(tb) // now the connections of the test are closed as well
		if tb.Failed() {
			s.log.dump(tb)
		}
	})
	select {
	case <-s.server.Ready():
	case err := <-s.done:
		s.done <- err
		tb.Fatalf("the server does not start: %v", err)
	case <-time.After(Patience):
		tb.Fatal("the server does not get ready")
	}
	return s
}

// Stop stops the server; further calls do nothing. At the end of the test it is called anyway, and
// then the server must have left nothing behind.
func (s *Server) Stop() {
	s.tb.Helper()
	if s.stopped {
		return
	}
	s.stopped = true
	s.cancel()
	select {
	case err := <-s.done:
		if err != nil {
			s.tb.Errorf("Run: %v", err)
		}
	case <-time.After(Patience):
		s.tb.Errorf("the server does not stop; its goroutines:\n%s", ours())
	}
	if n := s.server.Panics(); n != 0 {
		s.tb.Errorf("%d recovered panics", n)
	}
}

// Addr is where the server listens first: host and port, or the path of a unix socket.
func (s *Server) Addr() string { return s.Addrs()[0].String() }

// Addrs are all the addresses the server listens on.
func (s *Server) Addrs() []net.Addr { return s.server.Addresses() }

// Port is the port of Addr.
func (s *Server) Port() string {
	_, port, err := net.SplitHostPort(s.Addr())
	if err != nil {
		s.tb.Fatal(err)
	}
	return port
}

// Count is what the server counted. Loops share their figures once a second.
func (s *Server) Count(c metrics.Counter) int64 { return s.server.Metrics().Sum(c) }

// Usage is what the server's loops hold now.
func (s *Server) Usage() server.Usage { return s.server.Usage() }

// Panics is the number of panics the server recovered from.
func (s *Server) Panics() int64 { return s.server.Panics() }

// RefreshCertificates loads again what is on disk.
func (s *Server) RefreshCertificates() { s.server.RefreshCertificates() }

// Certificates are those in use.
func (s *Server) Certificates() []server.Certificate { return s.server.Certificates() }

// StaleCertificates is how often certificates could not be loaded again.
func (s *Server) StaleCertificates() int64 { return s.server.StaleCertificates() }

// Refusals are the connections that were given up before MQTT, by reason.
func (s *Server) Refusals() map[string]int64 { return s.server.Refusals() }

// Logged reports whether a recent line of the log contains text.
func (s *Server) Logged(text string) bool { return s.log.contains(text) }

// WaitLogged waits until a line of the log contains text.
func (s *Server) WaitLogged(text string) {
	s.tb.Helper()
	Wait(s.tb, "a log line with "+text, func() bool { return s.log.contains(text) })
}

// Wait waits until something the test cannot be told about has happened.
func Wait(tb testing.TB, what string, happened func() bool) {
	tb.Helper()
	for began := time.Now(); !happened(); time.Sleep(2 * time.Millisecond) {
		if time.Since(began) > Patience {
			tb.Fatalf("this did not happen: %s", what)
		}
	}
}

// Reload makes the server obey its settings with a change, as after SIGHUP. When it fails, the old
// settings are those the next Reload begins with.
func (s *Server) Reload(change func(*config.Config)) error {
	s.tb.Helper()
	c := *s.config
	c.Listeners = slices.Clone(c.Listeners)
	change(&c)
	if err := c.Validate(); err != nil {
		s.tb.Fatalf("settings: %v", err)
	}
	if err := s.server.Reload(&c); err != nil {
		return err
	}
	s.config = &c
	return nil
}

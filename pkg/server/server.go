// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package server

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"runtime"
	"sync"
	"sync/atomic"
	"time"

	"github.com/flashmq/flashmq/pkg/admin"
	"github.com/flashmq/flashmq/pkg/broker"
	"github.com/flashmq/flashmq/pkg/client"
	"github.com/flashmq/flashmq/pkg/config"
	"github.com/flashmq/flashmq/pkg/metrics"
	"github.com/flashmq/flashmq/pkg/reactor"
	"github.com/flashmq/flashmq/pkg/retained"
	"github.com/flashmq/flashmq/pkg/transport"
)

// Server is one broker process's worth of MQTT.
type Server struct {
	log     *slog.Logger
	reactor *reactor.Reactor
	broker  *broker.Broker
	ready   chan struct{}
	// handshakes are those of TLS, of all listeners.
	handshakes *transport.Handshakes
	refusals   refusals
	// staleCertificates counts certificates that could not be loaded again.
	staleCertificates atomic.Int64
	// connections is how many are open; limit how many may be.
	connections atomic.Int64
	limit       atomic.Int64
	// shown is what others may see of what mu guards; drain is the way to the end.
	shown      atomic.Pointer[shown]
	drain      drain
	lastReload atomic.Pointer[admin.Reload]
	reloader   atomic.Pointer[func(ctx context.Context) error]
	// maxLag, in nanoseconds, is how late the loops may be; lagging tells whether they are later.
	maxLag  atomic.Int64
	lagging atomic.Bool

	mu      sync.Mutex // guards what a reload changes
	config  *config.Config
	doors   []*door
	gone    map[config.Endpoint]*door // closed ones; their connections may be open
	running bool                      // the loops run
	stopped bool
	started time.Time // when ready was closed
}

// loop is what the server keeps for each loop of the reactor: its Context.
type loop struct {
	server  *Server
	reactor *reactor.Reactor
	shard   *broker.Shard
	clients *client.Loop
	layers  *transport.Loop
	// open lists the loop's connections.
	open *connection
	// stopping refuses connections that arrive while the server stops.
	stopping bool
	// drainer disconnects Clients little by little then.
	drainer drainer
}

// New prepares a server with the settings cfg. Nothing is opened before Run.
func New(cfg *config.Config, log *slog.Logger) (*Server, error) {
	s := &Server{log: log, ready: make(chan struct{}), config: cfg,
		gone: make(map[config.Endpoint]*door)}
	s.drain.init()
	s.show()
	r, err := reactor.New(reactor.Options{
		Loops: cfg.ThreadCount, MailLimit: cfg.MaxMailBytesPerLoop,
		PoolLimit: int(cfg.BufferPoolBytesPerLoop), Logger: log,
	}, s)
	if err != nil {
		return nil, err
	}
	s.reactor = r
	loops := r.Loops()
	s.handshakes = transport.NewHandshakes(cfg.TLSHandshakes, runtime.GOMAXPROCS(0)-len(loops))
	s.broker = broker.New(len(loops), retained.New(retainedOptions(cfg)), log)
	s.broker.Index.SetTargeting(targeting(cfg))
	s.maxLag.Store(int64(cfg.MaxEventLoopDrift))
	s.broker.Watch = s.watchLag
	o := brokerOptions(cfg)
	for i, l := range loops {
		shard := s.broker.NewShard(i, o, l.Timers, l.Buffers,
			func(target int, m *broker.Mail, weight int64) { loops[target].Post(m, weight) })
		shard.OnPressure(l.Flush)
		l.Context = &loop{server: s, reactor: r, shard: shard, clients: client.NewLoop(shard, log),
			layers: transport.NewLoop(l.Buffers)}
	}
	return s, nil
}

// Processors is how many the Go scheduler (GOMAXPROCS) should have with so many loops: one for
// each, which they do not give up while they wait for less than a moment, and some for handshakes
// of TLS. The collector, logs and signals use those of handshakes, too.
func Processors(loops int) int { return loops + max(1, loops/2) }

// Run opens the listeners and serves until ctx is done or Drain is called; then it stops in good
// order: wills are published, 5.0 Clients are told, connections are closed.
func (s *Server) Run(ctx context.Context) error {
	raiseFileLimit(s.config.RlimitNofile, s.log)
	s.limit.Store(connectionLimit(s.config))
	closeAdmin, err := s.openAdmin()
	if err != nil {
		s.reactor.Stop()
		return err
	}
	defer closeAdmin()
	if err := s.openUp(); err != nil {
		s.reactor.Stop()
		return err
	}
	if err := s.reactor.Start(); err != nil {
		return err
	}
	s.mu.Lock()
	s.running = true
	s.everywhere(func(l *reactor.Loop) { of(l).shard.Start(l.Now()) })
	s.mu.Unlock()
	s.started = time.Now()
	close(s.ready)
	select {
	case <-ctx.Done():
	case <-s.drain.asked:
	}
	s.stop()
	return nil
}

// openUp opens the first doors; any that fails is fatal.
func (s *Server) openUp() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.listen(s.config)
}

// Ready is closed once Clients are served.
func (s *Server) Ready() <-chan struct{} { return s.ready }

// Metrics are the broker's counters.
func (s *Server) Metrics() metrics.Set { return s.broker.Metrics }

// Panics is the number of panics that were recovered: each of them is a defect.
func (s *Server) Panics() int64 { return s.reactor.Panics() }

// Addresses are where the server listens, after Ready.
func (s *Server) Addresses() []net.Addr {
	s.mu.Lock()
	defer s.mu.Unlock()
	var list []net.Addr
	for _, d := range s.doors {
		list = append(list, d.socket.Addr())
	}
	return list
}

// errand is something to be done on a loop's own goroutine.
type errand struct {
	do   func(l *reactor.Loop)
	done chan<- struct{}
}

// everywhere runs do on every loop and waits until all have. The loops must be running.
func (s *Server) everywhere(do func(l *reactor.Loop)) {
	loops := s.reactor.Loops()
	done := make(chan struct{}, len(loops))
	for _, l := range loops {
		l.Post(errand{do, done}, 0)
	}
	for range loops {
		<-done
	}
}

// ErrStopped is returned by Reload when the server has stopped or is about to.
var ErrStopped = errors.New("server: stopped")

// Reload makes the server obey other settings. Connections stay; what their reload class says is
// for new connections only does not touch them. On an error the old settings stay in force.
func (s *Server) Reload(cfg *config.Config) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.stopped || !s.running {
		return ErrStopped
	}
	if err := s.listen(cfg); err != nil {
		return err
	}
	if cfg.ThreadCount != s.config.ThreadCount {
		s.log.Warn("thread_count takes effect at the next start only")
	}
	s.config = cfg
	s.show()
	raiseFileLimit(cfg.RlimitNofile, s.log)
	s.limit.Store(connectionLimit(cfg))
	s.maxLag.Store(int64(cfg.MaxEventLoopDrift))
	s.handshakes.SetLimit(cfg.TLSHandshakes)
	s.broker.Retained.SetOptions(retainedOptions(cfg))
	s.broker.Index.SetTargeting(targeting(cfg))
	o := brokerOptions(cfg)
	s.everywhere(func(l *reactor.Loop) {
		shard := of(l).shard
		shard.Turn(l.Now())
		shard.SetOptions(o)
		of(l).renewClients()
	})
	return nil
}

// of returns the server's part of a reactor's loop.
func of(l *reactor.Loop) *loop { return l.Context.(*loop) }

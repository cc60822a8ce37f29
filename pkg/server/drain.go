// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package server

import (
	"context"
	"sync"
	"sync/atomic"
	"time"

	"github.com/flashmq/flashmq/pkg/client"
	"github.com/flashmq/flashmq/pkg/config"
	"github.com/flashmq/flashmq/pkg/reactor"
)

// The way to the end:
//
//	Drain              not ready any more, whatever else goes on
//	drain_delay        everything goes on, so that others can notice
//	listeners closed   nobody comes in; who has not logged in is let go
//	drain_rate         Clients are let go one by one, each with its will (pace.go)
//	the rest           all wills, then everybody is let go at once

// drain is the way to the end, as others steer and see it.
type drain struct {
	// asked is closed when the end is to come, hurry when it is to come at once.
	asked, hurry chan struct{}
	once         sync.Once
	since        atomic.Pointer[time.Time]
	// slow: it takes its time now, so that hurry would change something.
	slow atomic.Bool
}

func (d *drain) init() { d.asked, d.hurry = make(chan struct{}), make(chan struct{}) }

// Drain makes Run end in good order, and returns at once. From then on the server is not ready. It
// may be called from anywhere, at any time, and more than once.
func (s *Server) Drain() {
	s.drain.once.Do(func() {
		now := time.Now()
		s.drain.since.Store(&now)
		close(s.drain.asked)
	})
}

// Hurry ends a drain that takes its time: those who are left are let go at once. It reports whether
// that made a difference.
func (s *Server) Hurry() bool {
	if !s.drain.slow.CompareAndSwap(true, false) {
		return false
	}
	close(s.drain.hurry)
	return true
}

// stop ends the service.
func (s *Server) stop() {
	s.Drain()
	s.mu.Lock()
	s.stopped = true // a Reload that came before is done, one that comes later is refused
	cfg, doors := s.config, s.doors
	s.mu.Unlock()

	ctx, cancel := context.WithTimeout(context.Background(), cfg.DrainDeadline)
	defer cancel()
	s.drain.slow.Store(cfg.DrainDelay > 0 || cfg.DrainRate > 0)
	s.log.Info("draining", "connections", s.connections.Load(), "delay", cfg.DrainDelay,
		"rate", cfg.DrainRate, "deadline", cfg.DrainDeadline)
	s.delay(ctx, cfg.DrainDelay)
	closeDoors(doors)
	s.hideDoors()
	s.everywhere(func(l *reactor.Loop) {
		of(l).stopping = true
		of(l).shard.Turn(l.Now())
		of(l).shutdown("", func(c *client.Client) bool { return !c.Connected() })
	})
	if cfg.DrainRate > 0 {
		s.dismiss(ctx, cfg)
	}
	s.drain.slow.Store(false)
	s.endAll(cfg.ServerReference)
}

// delay goes on as before for some time; ctx ends with the deadline.
func (s *Server) delay(ctx context.Context, d time.Duration) {
	if d == 0 {
		return
	}
	select {
	case <-time.After(d):
	case <-ctx.Done():
	case <-s.drain.hurry:
	}
}

// dismiss lets Clients go one by one, until none is left or there is no time for it any more.
func (s *Server) dismiss(ctx context.Context, cfg *config.Config) {
	loops := s.reactor.Loops()
	clients, all := make([]int, len(loops)), 0
	s.everywhere(func(l *reactor.Loop) { clients[l.Index()] = of(l).connected() })
	for _, n := range clients {
		all += n
	}
	none := make(chan struct{}, len(loops))
	s.everywhere(func(l *reactor.Loop) {
		interval := intervalOf(cfg.DrainRate, clients[l.Index()], all)
		of(l).drainer.start(of(l), l.Now(), interval, cfg.ServerReference, none)
	})
	for range loops {
		select {
		case <-none:
		case <-ctx.Done():
			s.log.Warn("drain_deadline has passed", "connections", s.connections.Load())
			return
		case <-s.drain.hurry:
			return
		}
	}
}

// endAll ends whatever is left: all wills, then all connections, then the loops.
func (s *Server) endAll(reference string) {
	s.everywhere(func(l *reactor.Loop) {
		of(l).shard.Turn(l.Now())
		of(l).shard.PublishWills()
		of(l).shard.Dispatch() // so that it comes before what is next
	})
	s.everywhere(func(l *reactor.Loop) {
		of(l).shutdown(reference, func(*client.Client) bool { return true })
	})
	s.awaitPartings()
	s.reactor.Stop()
	s.handshakes.Stop()
}

// awaitPartings gives Clients the time to be written their last packets and to read them.
func (s *Server) awaitPartings() {
	for end := time.Now().Add(maxParting); time.Now().Before(end); time.Sleep(partingPoll) {
		if s.connections.Load() == 0 {
			return
		}
	}
}

// Ours.
const (
	// maxParting bounds how long Clients that do not read hold up the stop.
	maxParting  = 2 * time.Second
	partingPoll = 2 * time.Millisecond
)

// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package admin

import (
	"context"
	"log/slog"
	"net"
	"net/http"
	"sync/atomic"
	"time"
)

// Options of a Server.
type Options struct {
	Broker Broker
	// Listener becomes the Server's.
	Listener net.Listener
	// TokenFile tells where the token is; "" refuses what needs it. It may change.
	TokenFile func() string
	Log       *slog.Logger
	// Stuck is for how long a loop may be silent before /livez fails; 0 is 30 s. A broker that has
	// much to do is late by seconds at the most.
	Stuck time.Duration
}

// Ours: a broker that has much to do is late by less.
const defaultStuck = 30 * time.Second

// Server answers on one port.
type Server struct {
	options Options
	http    *http.Server
	// tokenBroken: the token could not be read the last time.
	tokenBroken atomic.Bool
}

// New makes a Server; Run sets it going.
func New(o Options) *Server {
	if o.Stuck == 0 {
		o.Stuck = defaultStuck
	}
	s := &Server{options: o}
	s.http = bounded(s.routes(), o.Log)
	return s
}

func (s *Server) routes() http.Handler {
	mux := http.NewServeMux()
	for name, checks := range s.checks() {
		mux.Handle("GET /"+name, s.probe(name, checks))
	}
	mux.HandleFunc("GET /proxyz", s.trusted)
	mux.Handle("GET /metrics", metricsPage(s.options.Broker, s.options.Log))
	mux.Handle("GET /report", s.authorized(s.report))
	mux.Handle("POST /reload", s.authorized(s.reload))
	mux.Handle("POST /drain", s.authorized(s.drain))
	return mux
}

// Run serves until ctx is done.
func (s *Server) Run(ctx context.Context) error { return serve(ctx, s.options.Listener, s.http) }

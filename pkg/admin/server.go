// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package admin

import (
	"context"
	"errors"
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

// Ours: bounds of what whoever reaches the port can take from us. A request has no body, and a
// connection serves one request, so that idle ones take no room.
const (
	maxConnections = 64
	maxHeader      = 8 << 10 // bytes; net/http adds 4 KiB
	readTimeout    = 10 * time.Second
	// reloadTimeout is shorter than readTimeout, at which net/http takes the peer for gone.
	reloadTimeout = 8 * time.Second
	writeTimeout  = 15 * time.Second
	idleTimeout   = 10 * time.Second
	// partingTime is how long requests under way hold up the end.
	partingTime  = time.Second
	defaultStuck = 30 * time.Second
)

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
	s.http = &http.Server{
		Handler:           bodiless(s.routes()),
		ReadTimeout:       readTimeout,
		ReadHeaderTimeout: readTimeout / 2,
		WriteTimeout:      writeTimeout,
		IdleTimeout:       idleTimeout,
		MaxHeaderBytes:    maxHeader,
		ErrorLog:          slog.NewLogLogger(o.Log.Handler(), slog.LevelDebug),

		DisableGeneralOptionsHandler: true,
	}
	s.http.SetKeepAlivesEnabled(false)
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

// bodiless refuses requests with a body before anybody reads it.
func bodiless(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("X-Content-Type-Options", "nosniff")
		w.Header().Set("Cache-Control", "no-store")
		if r.ContentLength != 0 {
			fail(w, http.StatusRequestEntityTooLarge, errors.New("a request has no body here"))
			return
		}
		next.ServeHTTP(w, r)
	})
}

// Run serves until ctx is done.
func (s *Server) Run(ctx context.Context) error {
	ended := make(chan error, 1)
	go func() { ended <- s.http.Serve(limit(s.options.Listener, maxConnections)) }()
	select {
	case err := <-ended:
		return err
	case <-ctx.Done():
	}
	parting, cancel := context.WithTimeout(context.WithoutCancel(ctx), partingTime)
	defer cancel()
	if s.http.Shutdown(parting) != nil {
		_ = s.http.Close() // they have had their time
	}
	<-ended
	return nil
}

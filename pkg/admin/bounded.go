// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package admin

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"time"
)

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
	partingTime = time.Second
)

// Serve answers requests on l, which becomes its own, until ctx is done. It is for our other
// programs that have such a port: the same bounds hold, and a request has no body.
func Serve(ctx context.Context, l net.Listener, h http.Handler, log *slog.Logger) error {
	return serve(ctx, l, bounded(h, log))
}

// bounded is a server within the bounds above.
func bounded(h http.Handler, log *slog.Logger) *http.Server {
	s := &http.Server{
		Handler:           bodiless(h),
		ReadTimeout:       readTimeout,
		ReadHeaderTimeout: readTimeout / 2,
		WriteTimeout:      writeTimeout,
		IdleTimeout:       idleTimeout,
		MaxHeaderBytes:    maxHeader,
		ErrorLog:          slog.NewLogLogger(log.Handler(), slog.LevelDebug),

		DisableGeneralOptionsHandler: true,
	}
	s.SetKeepAlivesEnabled(false)
	return s
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

// serve has a server answer until ctx is done.
func serve(ctx context.Context, l net.Listener, s *http.Server) error {
	ended := make(chan error, 1)
	go func() { ended <- s.Serve(limit(l, maxConnections)) }()
	select {
	case err := <-ended:
		return err
	case <-ctx.Done():
	}
	parting, cancel := context.WithTimeout(context.WithoutCancel(ctx), partingTime)
	defer cancel()
	if s.Shutdown(parting) != nil {
		_ = s.Close() // they have had their time
	}
	<-ended
	return nil
}

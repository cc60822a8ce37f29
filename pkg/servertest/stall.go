// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package servertest

import (
	"context"
	"log/slog"
	"sync"
	"sync/atomic"
)

// staller is a log handler that makes an event loop stand still: Handle runs on the loop whose line
// it is.
type staller struct {
	slog.Handler
	stall *atomic.Pointer[stall]
}

// stall ends when over is closed.
type stall struct {
	client string
	over   chan struct{}
}

// Handle implements slog.Handler.
func (h staller) Handle(ctx context.Context, r slog.Record) error {
	if s := h.stall.Load(); s != nil {
		r.Attrs(func(a slog.Attr) bool {
			if a.Key == "client" && a.Value.String() == s.client {
				<-s.over
				return false
			}
			return true
		})
	}
	return h.Handler.Handle(ctx, r)
}

// Stall makes the event loop stand still that next has a line to log about a Client with this
// Client Identifier, until release is called, at the latest at the end of the test.
func (s *Server) Stall(client string) (release func()) {
	x := &stall{client, make(chan struct{})}
	s.log.stall.Store(x)
	release = sync.OnceFunc(func() {
		s.log.stall.Store(nil)
		close(x.over)
	})
	s.tb.Cleanup(release) // before Stop, which would wait for it
	return release
}

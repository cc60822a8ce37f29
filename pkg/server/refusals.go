// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package server

import (
	"maps"
	"net"
	"net/netip"
	"sync"

	"github.com/flashmq/flashmq/pkg/metrics"
	"github.com/flashmq/flashmq/pkg/reactor"
	"github.com/flashmq/flashmq/pkg/transport"
)

// refusals count why layers have given up connections. That does not happen for messages, so one
// mutex is enough for all loops.
type refusals struct {
	mu sync.Mutex
	// by is the number of each reason; guarded by mu.
	by map[transport.Reason]int64
	// second is the one in which logged lines have been written; guarded by mu.
	second, logged int64
	// silent is how many more there would have been; guarded by mu.
	silent int64
}

// Ours: lines a second about connections that layers have given up.
const maxRefusalLines = 10

// add counts one at the instant now, and tells whether to log it, and how many were not logged
// since the last one that was.
func (r *refusals) add(why transport.Reason, now int64) (log bool, silent int64) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.by == nil {
		r.by = make(map[transport.Reason]int64)
	}
	r.by[why]++
	if second := now / 1e9; second != r.second {
		r.second, r.logged = second, 0
	}
	if r.logged++; r.logged > maxRefusalLines {
		r.silent++
		return false, 0
	}
	silent, r.silent = r.silent, 0
	return true, silent
}

// Refusals is how many connections were given up before or besides MQTT, by reason: what TLS,
// WebSocket and the PROXY protocol have found wrong.
func (s *Server) Refusals() map[string]int64 {
	s.refusals.mu.Lock()
	defer s.refusals.mu.Unlock()
	all := make(map[string]int64, len(s.refusals.by))
	for why, n := range maps.All(s.refusals.by) {
		all[string(why)] = n
	}
	return all
}

// refuse counts and logs that a connection of the loop is given up.
func (s *Server) refuse(
	l *reactor.Loop, listener net.Addr, peer netip.AddrPort, why *transport.Error,
) {
	of(l).shard.Count.Add(metrics.SocketsRefused, 1)
	if log, silent := s.refusals.add(why.Reason, l.Now()); log {
		s.log.Info("connection refused", "address", peer.String(),
			"listener", listener.String(), "reason", string(why.Reason),
			"error", why.Err, "not_logged", silent)
	}
}

// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package server

import "github.com/flashmq/flashmq/pkg/reactor"

// Usage is what all loops together hold at one moment that the counters do not show.
type Usage struct {
	Buffers int // lent by the pools: of output that waits and of packets that are not whole
	Timers  int // armed
	Filters int // places in the subscription index
	Groups  int // shared subscriptions
}

// Usage asks every loop and walks over the index, so it is for diagnosis, not for every second. The
// server must be running.
func (s *Server) Usage() Usage {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.running || s.stopped {
		return Usage{}
	}
	each := make(chan Usage, len(s.reactor.Loops()))
	s.everywhere(func(l *reactor.Loop) {
		each <- Usage{Buffers: l.Buffers.Lent(), Timers: l.Timers.Len()}
	})
	close(each)
	var sum Usage
	for u := range each {
		sum.Buffers += u.Buffers
		sum.Timers += u.Timers
	}
	sum.Filters, sum.Groups = s.broker.Index.Size()
	return sum
}

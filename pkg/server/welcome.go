// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package server

import (
	"errors"
	"net/netip"
	"time"

	"github.com/flashmq/flashmq/pkg/config"
	"github.com/flashmq/flashmq/pkg/transport"
)

// Why a connection gets no further than accept, beside the reasons of the layers.
var (
	errAddressDenied = &transport.Error{Reason: "address_denied",
		Err: errors.New("this address may not connect (deny_from, only_allow_from)")}
	errOverloaded = &transport.Error{Reason: "overloaded",
		Err: errors.New("the event loops lag behind (overload_mode, max_event_loop_drift)")}
	errNoRoom = &transport.Error{Reason: "max_connections",
		Err: errors.New("there are as many connections as there may be (max_connections)")}
)

// unwelcome says why a new connection is closed at once; nil when it may stay, and is counted.
func (s *Server) unwelcome(r *rules, peer netip.Addr) *transport.Error {
	switch {
	case r.block.HAProxy == config.HAProxyOff && !r.block.Admits(peer):
		return errAddressDenied // else it is the Client's address that counts, see Proxied
	case r.overload == config.OverloadCloseNew && s.lagging.Load():
		return errOverloaded
	case !s.takeRoom():
		return errNoRoom
	}
	return nil
}

// takeRoom counts one connection more if there may be one. Counting comes first: loops that look
// first and count then would all see the last free place.
func (s *Server) takeRoom() bool {
	if s.connections.Add(1) <= s.limit.Load() {
		return true
	}
	s.connections.Add(-1)
	return false
}

// watchLag is told about once a second, by any loop, how late the loops are.
func (s *Server) watchLag(lag time.Duration) {
	limit := time.Duration(s.maxLag.Load())
	late := lag > limit
	if s.lagging.Load() == late || !s.lagging.CompareAndSwap(!late, late) {
		return
	}
	if late {
		s.log.Warn("overloaded: the event loops lag behind", "lag", lag, "limit", limit)
	} else {
		s.log.Info("no longer overloaded", "lag", lag)
	}
}

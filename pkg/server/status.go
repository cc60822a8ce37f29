// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package server

import (
	"net"
	"net/netip"
	"time"

	"github.com/flashmq/flashmq/pkg/admin"
	"github.com/flashmq/flashmq/pkg/config"
	"github.com/flashmq/flashmq/pkg/metrics"
	"github.com/flashmq/flashmq/pkg/version"
)

// shown is what can be seen without waiting for a reload to end. It is immutable.
type shown struct {
	config *config.Config
	doors  []shownDoor
}

// shownDoor is a door with the address it had then: a door may be opened again.
type shownDoor struct {
	*door
	address net.Addr
}

// show publishes the settings and doors in force. Under mu, or before anybody else can call.
func (s *Server) show() {
	x := &shown{config: s.config}
	for _, d := range s.doors {
		x.doors = append(x.doors, shownDoor{d, d.socket.Addr()})
	}
	s.shown.Store(x)
}

// hideDoors is show when they have been closed for good.
func (s *Server) hideDoors() { s.shown.Store(&shown{config: s.shown.Load().config}) }

// Status implements admin.Broker.
func (o operated) Status() *admin.Status {
	s, x, build := o.Server, o.shown.Load(), version.Info()
	running, waiting := s.handshakes.Count()
	return &admin.Status{
		Report: admin.Report{
			Version: build.Version, Commit: build.Commit, Started: s.startedAt(),
			Listeners:   x.listeners(),
			Revisions:   x.revisions(),
			LastReload:  s.lastReload.Load(),
			Connections: s.connections.Load(), Clients: s.broker.Metrics.Sum(metrics.Clients),
			Sessions:      s.broker.Metrics.Sum(metrics.Sessions),
			Retained:      s.broker.Retained.Count(),
			Subscriptions: s.broker.Index.Count(),
			Draining:      s.draining(),
		},
		Counters: s.broker.Metrics, RetainedBytes: s.broker.Retained.Bytes(),
		Loops: s.loops(), Refusals: s.Refusals(),
		HandshakesRunning: running, HandshakesWaiting: waiting,
		CertificateFailures: s.StaleCertificates(),
	}
}

// startedAt is when Clients were served first; zero before.
func (s *Server) startedAt() time.Time {
	select {
	case <-s.ready:
		return s.started
	default:
		return time.Time{}
	}
}

func (s *Server) draining() *admin.Draining {
	since := s.drain.since.Load()
	if since == nil {
		return nil
	}
	return &admin.Draining{Since: *since, Remaining: s.connections.Load()}
}

func (s *Server) loops() []admin.Loop {
	var all []admin.Loop
	now := s.reactor.Clock()
	for i, l := range s.reactor.Loops() {
		count, lag := l.Counters(), &s.broker.Lags[i]
		silent := lag.Overdue(now)
		all = append(all, admin.Loop{Turns: count.Turns, Busy: count.Busy,
			Lag: max(lag.Latest(), silent), Silent: silent})
	}
	return all
}

func (x *shown) listeners() []admin.Listener {
	all := []admin.Listener{} // none is [] in JSON
	for _, d := range x.doors {
		r := d.rules.Load()
		l := admin.Listener{Name: d.address.String(), Network: d.endpoint.Network,
			Address: d.address.String(), Protocol: r.block.Protocol.String(),
			Certificate: r.certificate(), ProxyHeaders: d.headers.report()}
		if a, err := netip.ParseAddrPort(l.Name); err == nil && l.Network != "unix" {
			l.Address, l.Port = a.Addr().String(), a.Port()
		}
		all = append(all, l)
	}
	return all
}

// certificate is what the listener serves; nil without TLS.
func (r *rules) certificate() *admin.Certificate {
	if r.credentials == nil {
		return nil
	}
	return &admin.Certificate{Subject: r.credentials.Leaf.Subject.String(),
		NotAfter: r.credentials.NotAfter(), Revision: r.credentials.Revision, Error: r.stale}
}

func (h *headers) report() admin.ProxyHeaders {
	return admin.ProxyHeaders{Present: h.present.Load(), Local: h.local.Load(),
		Absent: h.absent.Load(), Untrusted: h.untrusted.Load()}
}

// revisions names what is in force. A listen block may have two doors, with the same certificate.
func (x *shown) revisions() admin.Revisions {
	var certificates []string
	seen := map[*config.Listener]bool{}
	for _, d := range x.doors {
		if r := d.rules.Load(); r.credentials != nil && !seen[r.block] {
			seen[r.block] = true
			certificates = append(certificates, r.credentials.Revision)
		}
	}
	return admin.Revisions{Configuration: x.config.Revision,
		Certificates: admin.JoinRevisions(certificates...)}
}

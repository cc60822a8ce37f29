// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package server

import (
	"errors"
	"fmt"
	"slices"
	"sync/atomic"
	"syscall"

	"github.com/flashmq/flashmq/pkg/client"
	"github.com/flashmq/flashmq/pkg/config"
	"github.com/flashmq/flashmq/pkg/credentials"
	"github.com/flashmq/flashmq/pkg/reactor"
	"github.com/flashmq/flashmq/pkg/transport"
)

// door is one address the server listens on. A reload may give it to another listen block;
// connections go on under the options they came with, except for what a reload renews.
type door struct {
	endpoint config.Endpoint
	socket   *reactor.Listener
	rules    atomic.Pointer[rules]
	headers  headers
}

// headers count the connections of a door by their PROXY protocol header.
type headers struct{ present, local, absent, untrusted atomic.Int64 }

// count counts a connection that has one.
func (h *headers) count(header *transport.ProxyHeader) {
	if header.Source.IsValid() {
		h.present.Add(1)
	} else {
		h.local.Add(1)
	}
}

// rules hold for the connections of one listen block.
type rules struct {
	block   *config.Listener
	options *client.Options
	// layers are nil for MQTT right on the socket.
	layers *transport.Options
	// credentials are nil without TLS.
	credentials *credentials.Credentials
	// stale says why newer credentials could not be loaded; "" when these are what lies on disk.
	stale    string
	identity credentials.Identity
	overload config.OverloadMode
}

// errNoListener is reported when a configuration has none that could be opened.
var errNoListener = errors.New("server: no listener")

// listen makes the server listen where cfg says, at the start and at each reload: doors that are
// wanted again stay open, new ones are opened, the rest is closed. If a door cannot be opened,
// those that were open stay as they were.
func (s *Server) listen(cfg *config.Config) error {
	defer s.show()
	plan, unwanted, err := s.plan(cfg)
	if err != nil {
		return err
	}
	opened, closed, err := s.openDoors(plan, unwanted)
	if err != nil {
		closeDoors(opened)
		if closed {
			err = errors.Join(err, s.reopen(unwanted))
		}
		return err
	}
	s.doors = s.doors[:0]
	for _, p := range plan {
		if p.door == nil {
			continue // no IPv6 here
		}
		p.door.rules.Store(p.rules)
		p.door.socket.SetNoDelay(p.rules.block.TCPNoDelay)
		s.dressUnixSocket(p.door)
		s.doors = append(s.doors, p.door)
	}
	if !closed {
		closeDoors(unwanted)
	}
	for _, d := range unwanted {
		s.gone[d.endpoint] = d
	}
	for _, d := range s.gone {
		// For the connections that came in there and stay.
		renewed := *d.rules.Load()
		renewed.options = clientOptions(cfg, renewed.block)
		d.rules.Store(&renewed)
	}
	for _, d := range opened {
		s.log.Info("listening", "network", d.endpoint.Network, "address", d.socket.Addr().String())
	}
	return nil
}

// planned is a door to have; door is nil as long as it has to be opened.
type planned struct {
	endpoint config.Endpoint
	rules    *rules
	door     *door
}

// plan finds the doors cfg asks for among those that are open, and those it does not ask for.
func (s *Server) plan(cfg *config.Config) (plan []*planned, unwanted []*door, err error) {
	unwanted = slices.Clone(s.doors)
	for i := range cfg.Listeners {
		block := &cfg.Listeners[i]
		if block.LeftOut() {
			s.log.Warn("listener left out: its certificate does not exist", "file",
				block.Fullchain)
			continue
		}
		r, err := s.newRules(cfg, block)
		if err != nil {
			return nil, nil, err
		}
		for _, e := range block.Endpoints() {
			p := &planned{endpoint: e, rules: r}
			at := slices.IndexFunc(unwanted, func(d *door) bool { return d.endpoint == e })
			if at >= 0 {
				p.door = unwanted[at]
				unwanted = slices.Delete(unwanted, at, at+1)
			}
			plan = append(plan, p)
		}
	}
	return plan, unwanted, nil
}

// openDoors opens what the plan lacks. A new door may need the address of an unwanted one; then
// those are closed first, which closed tells.
func (s *Server) openDoors(
	plan []*planned, unwanted []*door,
) (opened []*door, closed bool, err error) {
	doors := 0
	for _, p := range plan {
		if p.door == nil {
			d, err := s.open(p.endpoint, p.rules)
			if errors.Is(err, syscall.EADDRINUSE) && len(unwanted) > 0 && !closed {
				closeDoors(unwanted)
				closed = true
				d, err = s.open(p.endpoint, p.rules)
			}
			if missingIPv6(p, err) {
				s.log.Warn("no IPv6 on this machine, IPv4 only", "address", p.endpoint.Address)
				continue
			}
			if err != nil {
				return opened, closed, fmt.Errorf("listener: %w", err)
			}
			p.door = d
			opened = append(opened, d)
		}
		doors++
	}
	if doors == 0 {
		return opened, closed, errNoListener
	}
	return opened, closed, nil
}

func (s *Server) open(e config.Endpoint, r *rules) (*door, error) {
	d := &door{endpoint: e}
	d.rules.Store(r)
	return d, s.openDoor(d)
}

// openDoor begins to listen at a door under the rules it has.
func (s *Server) openDoor(d *door) error {
	e := d.endpoint
	socket, err := s.reactor.Listen(e.Network, e.Address, reactor.ListenOptions{
		NoDelay: d.rules.Load().block.TCPNoDelay && e.Network != "unix", Context: d,
	})
	if err == nil {
		d.socket = socket
		s.dressUnixSocket(d)
	}
	return err
}

// reopen takes up listening at doors that were closed in vain. One that cannot be opened again is
// one no more, so that the next reload tries it.
func (s *Server) reopen(doors []*door) (err error) {
	for _, d := range doors {
		failed := s.openDoor(d)
		if failed != nil {
			err = errors.Join(err, fmt.Errorf("listener that was open before: %w", failed))
			s.doors = slices.DeleteFunc(s.doors, func(x *door) bool { return x == d })
		}
	}
	return err
}

// missingIPv6 reports whether a dual-stack listener failed only because the machine has no IPv6.
func missingIPv6(p *planned, err error) bool {
	return p.endpoint.Network == "tcp6" && p.rules.block.InetProtocol == config.InetBoth &&
		(errors.Is(err, syscall.EAFNOSUPPORT) || errors.Is(err, syscall.EADDRNOTAVAIL))
}

func closeDoors(doors []*door) {
	for _, d := range doors {
		_ = d.socket.Close() // never fails
	}
}

// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package server

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"time"

	"github.com/flashmq/flashmq/pkg/admin"
	"github.com/flashmq/flashmq/pkg/config"
)

// SetReloader says what reads the configuration again when somebody asks for it at the admin port.
func (s *Server) SetReloader(reload func(ctx context.Context) error) { s.reloader.Store(&reload) }

// NoteReload notes how a reload has ended, also one that did not get as far as Reload.
func (s *Server) NoteReload(err error) {
	r := outcomeOf(err)
	s.lastReload.Store(&r)
}

func outcomeOf(err error) admin.Reload {
	r := admin.Reload{Time: time.Now(), Outcome: admin.Applied}
	if err != nil {
		r.Outcome, r.Error = admin.Refused, err.Error()
	}
	if errors.Is(err, ErrStopped) {
		r.Outcome = admin.Unavailable
	}
	return r
}

// operated is the Server as the admin port sees it.
type operated struct{ *Server }

// Admin is what the admin port asks.
func (s *Server) Admin() admin.Broker { return operated{s} }

// TrustsProxy implements admin.Broker.
func (o operated) TrustsProxy(peer netip.Addr) bool {
	for _, d := range o.shown.Load().doors {
		block := d.rules.Load().block
		if block.HAProxy != config.HAProxyOff && block.TrustsProxy(peer) {
			return true
		}
	}
	return false
}

// errNoReloader is for servers nobody has told how to reload.
var errNoReloader = errors.New("this server has no configuration to read again")

// Reload implements admin.Broker.
func (o operated) Reload(ctx context.Context) admin.Reload {
	err := errNoReloader
	if reload := o.reloader.Load(); reload != nil {
		err = (*reload)(ctx)
	}
	r := outcomeOf(err)
	if err == errNoReloader || err != nil && ctx.Err() != nil {
		r.Outcome = admin.Unavailable
	}
	return r
}

// openAdmin opens the admin port, if there is to be one. It stays open to the very end, so that the
// end can be watched.
func (s *Server) openAdmin() (stop func(), err error) {
	if s.config.AdminPort == 0 {
		return func() {}, nil
	}
	address := netip.AddrPortFrom(s.config.AdminBindAddress, s.config.AdminPort)
	listener, err := net.Listen("tcp", address.String())
	if err != nil {
		return nil, fmt.Errorf("admin_port: %w", err)
	}
	a := admin.New(admin.Options{Broker: s.Admin(), Listener: listener,
		TokenFile: s.TokenFile, Log: s.log})
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		if err := a.Run(ctx); err != nil {
			s.log.Error("the admin port is closed", "error", err)
		}
	}()
	s.log.Info("admin port open", "address", listener.Addr().String())
	return func() {
		cancel()
		<-ended
	}, nil
}

// TokenFile is where the token for the admin port is; "" for nowhere.
func (s *Server) TokenFile() string { return s.shown.Load().config.AdminTokenFile }

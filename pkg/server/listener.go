// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package server

import (
	"errors"
	"fmt"
	"io/fs"
	"net/netip"
	"os"
	"os/user"
	"slices"
	"strconv"
	"sync/atomic"

	"github.com/flashmq/flashmq/pkg/client"
	"github.com/flashmq/flashmq/pkg/config"
	"github.com/flashmq/flashmq/pkg/reactor"
)

// listener is one listen block: its sockets, and what holds for the connections it accepts.
type listener struct {
	endpoints []config.Endpoint
	noDelay   bool
	sockets   []*reactor.Listener
	// settings and options are those of connections accepted from now on.
	settings atomic.Pointer[config.Listener]
	options  atomic.Pointer[client.Options]
}

func (l *listener) admits(peer netip.Addr) bool { return l.settings.Load().Admits(peer) }

// obey makes the listener follow a listen block of cfg.
func (l *listener) obey(cfg *config.Config, block *config.Listener) {
	l.settings.Store(block)
	l.options.Store(clientOptions(cfg, block))
}

// same reports whether the block asks for the very sockets the listener has.
func (l *listener) same(block *config.Listener) bool {
	return l.noDelay == block.TCPNoDelay && slices.Equal(l.endpoints, block.Endpoints())
}

// openListeners opens all listeners of the configuration; any that fails is fatal.
func (s *Server) openListeners() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	for i := range s.config.Listeners {
		l, err := s.listen(s.config, &s.config.Listeners[i])
		if err != nil {
			return err
		}
		s.listeners = append(s.listeners, l)
	}
	if len(s.listeners) == 0 {
		return errNoListener
	}
	return nil
}

// listen opens the sockets of one listen block.
func (s *Server) listen(cfg *config.Config, block *config.Listener) (*listener, error) {
	l := &listener{endpoints: block.Endpoints(), noDelay: block.TCPNoDelay}
	l.obey(cfg, block)
	for _, e := range l.endpoints {
		socket, err := s.reactor.Listen(e.Network, e.Address,
			reactor.ListenOptions{NoDelay: block.TCPNoDelay && e.Network != "unix", Context: l})
		if err == nil && e.Network == "unix" {
			err = s.dressUnixSocket(block)
		}
		if err != nil {
			if missingIPv6(e, block, err) {
				s.log.Warn("no IPv6 on this machine, listening on IPv4 only", "address", e.Address)
				continue
			}
			l.close()
			return nil, fmt.Errorf("listener: %w", err)
		}
		l.sockets = append(l.sockets, socket)
		s.log.Info("listening", "network", e.Network, "address", socket.Addr().String())
	}
	return l, nil
}

// missingIPv6 reports whether a dual-stack listener failed only because the machine has no IPv6.
func missingIPv6(e config.Endpoint, block *config.Listener, err error) bool {
	return e.Network == "tcp6" && block.InetProtocol == config.InetBoth && isNoIPv6(err)
}

func (l *listener) close() {
	for _, x := range l.sockets {
		_ = x.Close() // never fails
	}
	l.sockets = nil
}

func (s *Server) closeListeners() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, l := range s.listeners {
		l.close()
	}
	s.listeners = nil
}

// reloadListeners keeps listeners whose sockets are asked for again, opens new ones and then closes
// those that are gone. A listener that cannot be opened leaves everything as it was.
func (s *Server) reloadListeners(cfg *config.Config) error {
	kept, opened := map[*listener]*config.Listener{}, []*listener(nil)
	var errs []error
	for i := range cfg.Listeners {
		block := &cfg.Listeners[i]
		at := slices.IndexFunc(s.listeners, func(l *listener) bool {
			return kept[l] == nil && l.same(block)
		})
		if at >= 0 {
			kept[s.listeners[at]] = block
			continue
		}
		l, err := s.listen(cfg, block)
		if err != nil {
			errs = append(errs, err)
			continue
		}
		opened = append(opened, l)
	}
	if len(errs) > 0 {
		for _, l := range opened {
			l.close()
		}
		return errors.Join(errs...)
	}
	for _, l := range s.listeners {
		if block := kept[l]; block != nil {
			l.obey(cfg, block)
			opened = append(opened, l)
		} else {
			l.close()
		}
	}
	s.listeners = opened
	return nil
}

// dressUnixSocket gives the socket file its mode and owner. FlashMQ: a failure only warns.
func (s *Server) dressUnixSocket(block *config.Listener) error {
	path := block.UnixSocketPath
	if block.UnixSocketMode != 0 {
		if err := os.Chmod(path, block.UnixSocketMode&fs.ModePerm); err != nil {
			s.log.Warn("unix_socket_mode", "path", path, "error", err)
		}
	}
	uid, err1 := lookUp(block.UnixSocketUser, func(name string) (string, error) {
		u, err := user.Lookup(name)
		if err != nil {
			return "", err
		}
		return u.Uid, nil
	})
	gid, err2 := lookUp(block.UnixSocketGroup, func(name string) (string, error) {
		g, err := user.LookupGroup(name)
		if err != nil {
			return "", err
		}
		return g.Gid, nil
	})
	err := errors.Join(err1, err2)
	if err == nil && (uid >= 0 || gid >= 0) {
		err = os.Chown(path, uid, gid)
	}
	if err != nil {
		s.log.Warn("unix_socket_user or unix_socket_group", "path", path, "error", err)
	}
	return nil
}

// lookUp turns a name or a number into a number; -1 when there is none.
func lookUp(name string, find func(string) (string, error)) (int, error) {
	if name == "" {
		return -1, nil
	}
	if n, err := strconv.Atoi(name); err == nil {
		return n, nil
	}
	id, err := find(name)
	if err != nil {
		return -1, err
	}
	return strconv.Atoi(id)
}

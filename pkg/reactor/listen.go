// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package reactor

import (
	"errors"
	"fmt"
	"net"
	"os"

	"golang.org/x/sys/unix"
)

// ListenOptions of one Listener.
type ListenOptions struct {
	// NoDelay sends small writes at once (TCP_NODELAY).
	NoDelay bool
	// Context becomes the Listener's.
	Context any
	// Backlog; the Reactor's.
	Backlog int
}

// Listen begins to accept connections. network is tcp4, tcp6 (and IPv6 only) or unix; port 0 lets
// the kernel choose. An address served by anybody else is an error, even if they would share it.
// It may be called before Start and while the loops run.
func (r *Reactor) Listen(network, address string, o ListenOptions) (*Listener, error) {
	orInt(&o.Backlog, r.options.Backlog)
	ln := &Listener{Context: o.Context, reactor: r}
	fds, err := ln.open(network, address, o)
	if err == nil {
		err = r.adopt(ln, fds)
	}
	if err != nil {
		closeAll(fds)
		return nil, fmt.Errorf("listen %s %s: %w", network, address, err)
	}
	return ln, nil
}

// adopt gives each socket to its loop.
func (r *Reactor) adopt(ln *Listener, fds []int) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.stopped {
		ln.unlink()
		return ErrStopped
	}
	r.listeners[ln] = struct{}{}
	for i, fd := range fds {
		s := &listenSocket{listener: ln, loop: r.loops[i], fd: fd}
		ln.sockets = append(ln.sockets, s)
	}
	for _, s := range ln.sockets {
		s.loop.Post(command(s.add), 0)
	}
	return nil
}

// open makes the sockets. On an error it has closed what it made.
func (ln *Listener) open(network, address string, o ListenOptions) ([]int, error) {
	switch network {
	case "tcp4", "tcp6":
		addr, err := net.ResolveTCPAddr(network, address)
		if err != nil {
			return nil, err
		}
		return ln.openTCP(network, addr, o)
	case "unix":
		fd, err := ln.openUnix(address, o.Backlog)
		if err != nil {
			return nil, err
		}
		return []int{fd}, nil
	}
	return nil, net.UnknownNetworkError(network)
}

// openTCP makes one socket per loop. The first is bound without SO_REUSEPORT, which fails if
// anybody has the port, and only then opened to be shared with the others.
func (ln *Listener) openTCP(network string, addr *net.TCPAddr, o ListenOptions) ([]int, error) {
	family, sa := sockaddr(network, addr)
	var fds []int
	for i := range ln.reactor.loops {
		fd, err := openSocket(family, sa, i, len(ln.reactor.loops), o)
		if err != nil {
			closeAll(fds)
			return nil, err
		}
		fds = append(fds, fd)
		if i > 0 {
			continue
		}
		bound, err := unix.Getsockname(fd)
		if err != nil {
			closeAll(fds)
			return nil, os.NewSyscallError("getsockname", err)
		}
		sa = bound // the others take the port the kernel chose for the first
		ln.addr = net.TCPAddrFromAddrPort(fromSockaddr(bound))
	}
	return fds, nil
}

// openSocket makes listening socket number i of n.
func openSocket(family int, sa unix.Sockaddr, i, n int, o ListenOptions) (int, error) {
	fd, err := unix.Socket(family, unix.SOCK_STREAM|unix.SOCK_NONBLOCK|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return -1, os.NewSyscallError("socket", err)
	}
	err = setOptions(fd, family, i, o)
	if err == nil {
		err = os.NewSyscallError("bind", unix.Bind(fd, sa))
	}
	if err == nil {
		err = enable(fd, unix.SOL_SOCKET, unix.SO_REUSEPORT, n > 1)
	}
	if err == nil {
		err = os.NewSyscallError("listen", unix.Listen(fd, o.Backlog))
	}
	if err != nil {
		_ = unix.Close(fd)
		return -1, err
	}
	return fd, nil
}

// setOptions prepares socket number i for bind. Accepted sockets inherit what is set here.
func setOptions(fd, family, i int, o ListenOptions) error {
	return errors.Join(
		enable(fd, unix.SOL_SOCKET, unix.SO_REUSEADDR, true),
		enable(fd, unix.SOL_SOCKET, unix.SO_REUSEPORT, i > 0),
		enable(fd, unix.IPPROTO_IPV6, unix.IPV6_V6ONLY, family == unix.AF_INET6),
		enable(fd, unix.IPPROTO_TCP, unix.TCP_NODELAY, o.NoDelay),
	)
}

// enable switches a socket option on, if it is wanted.
func enable(fd, level, option int, wanted bool) error {
	if !wanted {
		return nil
	}
	return os.NewSyscallError("setsockopt", unix.SetsockoptInt(fd, level, option, 1))
}

func sockaddr(network string, addr *net.TCPAddr) (family int, sa unix.Sockaddr) {
	if network == "tcp4" {
		sa := &unix.SockaddrInet4{Port: addr.Port}
		copy(sa.Addr[:], addr.IP.To4())
		return unix.AF_INET, sa
	}
	sa6 := &unix.SockaddrInet6{Port: addr.Port}
	copy(sa6.Addr[:], addr.IP.To16())
	if zone, err := net.InterfaceByName(addr.Zone); err == nil {
		sa6.ZoneId = uint32(zone.Index)
	}
	return unix.AF_INET6, sa6
}

func closeAll(fds []int) {
	for _, fd := range fds {
		_ = unix.Close(fd)
	}
}

// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package main

import (
	"errors"
	"fmt"
	"net/netip"
	"os"
	"regexp"
	"slices"
	"strings"

	"golang.org/x/sys/unix"
)

// binding is a line of a configuration: an address that HAProxy listens on.
var binding = regexp.MustCompile(`(?m)^\s*bind (\S+)( v4v6)?`)

// tryPorts takes what the next configuration listens on and the one in force does not, as HAProxy
// will, and gives it back. A HAProxy that cannot have an address takes no connections at all for
// seconds before it goes on with what it had.
func tryPorts(next, inForce []byte) error {
	var problems []error
	has := bindings(inForce)
	for _, b := range bindings(next) {
		if slices.Contains(has, b) {
			continue
		}
		if err := b.try(); err != nil {
			problems = append(problems, fmt.Errorf("port %d cannot be bound: %w", b.at.Port(), err))
		}
	}
	return errors.Join(problems...)
}

// address is what HAProxy binds a socket to.
type address struct {
	at   netip.AddrPort
	both bool // IPv4, too
}

// bindings leaves out what is no address and port: HAProxy will see.
func bindings(configuration []byte) (all []address) {
	for _, found := range binding.FindAllSubmatch(configuration, -1) {
		text := string(found[1])
		if strings.HasPrefix(text, ":") {
			text = "0.0.0.0" + text
		}
		if at, err := netip.ParseAddrPort(text); err == nil {
			all = append(all, address{at, len(found[2]) > 0})
		}
	}
	return all
}

// try does not listen, so nobody can connect to us meanwhile.
func (a address) try() error {
	family := unix.AF_INET6
	var to unix.Sockaddr = &unix.SockaddrInet6{Port: int(a.at.Port()), Addr: a.at.Addr().As16()}
	if a.at.Addr().Is4() {
		family = unix.AF_INET
		to = &unix.SockaddrInet4{Port: int(a.at.Port()), Addr: a.at.Addr().As4()}
	}
	fd, err := unix.Socket(family, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return os.NewSyscallError("socket", err)
	}
	defer func() { _ = unix.Close(fd) }()
	// With these, what HAProxy listens on itself is no obstacle.
	for _, option := range []int{unix.SO_REUSEADDR, unix.SO_REUSEPORT} {
		if err := unix.SetsockoptInt(fd, unix.SOL_SOCKET, option, 1); err != nil {
			return os.NewSyscallError("setsockopt", err)
		}
	}
	if a.both {
		if err := unix.SetsockoptInt(fd, unix.IPPROTO_IPV6, unix.IPV6_V6ONLY, 0); err != nil {
			return os.NewSyscallError("setsockopt", err)
		}
	}
	return unix.Bind(fd, to)
}

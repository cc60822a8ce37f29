// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package reactor

import (
	"net/netip"
	"strconv"
	"syscall"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"

	"github.com/flashmq/flashmq/pkg/timer"
)

// Ours.
const (
	// acceptsPerTurn keeps a storm of connections from holding up those that are already there.
	acceptsPerTurn = 64
	// acceptRest is how long a listener rests when the system is short of descriptors or memory.
	acceptRest = 250 * time.Millisecond
)

// accepted is a new connection's descriptor and peer.
type accepted struct {
	fd     int32
	remote netip.AddrPort
}

// verdict says what an error of accept means.
type verdict uint8

const (
	// nobody: no connection is waiting.
	nobody verdict = iota
	// theirs: the connection that was waiting is gone or broken; the next one may be fine.
	theirs
	// ours: the system is short of something; trying again at once would only burn the core.
	ours
)

// judge knows the errors of accept(2), including those Linux passes on from the new connection.
func judge(err error) verdict {
	switch err {
	case unix.EAGAIN:
		return nobody
	case unix.EINTR, unix.ECONNABORTED, unix.EPROTO, unix.ENETDOWN, unix.ENOPROTOOPT,
		unix.EHOSTDOWN, unix.ENONET, unix.EHOSTUNREACH, unix.EOPNOTSUPP, unix.ENETUNREACH,
		unix.ETIMEDOUT, unix.ECONNRESET, unix.EPERM:
		return theirs
	}
	return ours // EMFILE, ENFILE, ENOBUFS, ENOMEM, and whatever we have not heard of
}

// acceptBurst takes connections from a listening socket. If more are waiting, epoll says so again.
func (l *Loop) acceptBurst(s *listenSocket) {
	for range acceptsPerTurn {
		a, err := l.accept(s.fd)
		if err == nil {
			l.counters.accepted.Add(1)
			l.takeIn(s.listener, a)
			continue
		}
		switch judge(err) {
		case nobody:
			s.short = false
			return
		case ours:
			l.rest(s, err)
			return
		}
	}
}

// takeIn opens a connection here, or on the loop whose turn it is if the listener has one socket.
func (l *Loop) takeIn(ln *Listener, a accepted) {
	c := l.newConn()
	c.fd, c.remote, c.listener, c.state = a.fd, a.remote, ln, open
	loops := l.reactor.loops
	if !ln.shared || len(loops) == 1 {
		l.arrive(&arrival{c: c, fresh: true})
		return
	}
	l.next = (l.next + 1) % len(loops)
	loops[l.next].Post(&arrival{c: c, fresh: true}, 0)
}

// rest stops watching a listening socket for a while. What waits in its backlog stays there.
func (l *Loop) rest(s *listenSocket, err error) {
	if s.listener.closed.Load() {
		return // shut down; the loop will be told to close it
	}
	_ = l.control(unix.EPOLL_CTL_DEL, int32(s.fd), 0, 0, 0)
	l.Timers.Set(&s.again, l.now+int64(acceptRest))
	l.counters.acceptRests.Add(1)
	if !s.short {
		s.short = true
		l.reactor.log.Warn("cannot accept connections for now",
			"loop", l.index, "listener", s.listener.addr.String(), "error", err)
	}
}

// Expire watches the listening socket again.
func (s *listenSocket) Expire(_ *timer.Timer, now int64) {
	if err := s.loop.watchListener(s); err != nil {
		s.loop.Timers.Set(&s.again, now+int64(acceptRest))
	}
}

// accept takes one connection; the error is a syscall.Errno.
func accept(fd int) (accepted, error) {
	var from unix.RawSockaddrAny
	size := uint32(unsafe.Sizeof(from))
	n, _, errno := syscall.RawSyscall6(unix.SYS_ACCEPT4, uintptr(fd),
		uintptr(unsafe.Pointer(&from)), uintptr(unsafe.Pointer(&size)),
		unix.SOCK_NONBLOCK|unix.SOCK_CLOEXEC, 0, 0)
	if errno != 0 {
		return accepted{}, errno
	}
	return accepted{fd: int32(n), remote: fromRaw(&from)}, nil
}

// fromRaw reads an address as the kernel wrote it; not valid for unix sockets.
func fromRaw(from *unix.RawSockaddrAny) netip.AddrPort {
	switch from.Addr.Family {
	case unix.AF_INET:
		sa := (*unix.RawSockaddrInet4)(unsafe.Pointer(from))
		return netip.AddrPortFrom(netip.AddrFrom4(sa.Addr), port(&sa.Port))
	case unix.AF_INET6:
		sa := (*unix.RawSockaddrInet6)(unsafe.Pointer(from))
		return netip.AddrPortFrom(withZone(sa.Addr, sa.Scope_id), port(&sa.Port))
	}
	return netip.AddrPort{}
}

// port reads a number in network order.
func port(p *uint16) uint16 {
	b := (*[2]byte)(unsafe.Pointer(p))
	return uint16(b[0])<<8 | uint16(b[1])
}

func withZone(b [16]byte, zone uint32) netip.Addr {
	addr := netip.AddrFrom16(b)
	if zone != 0 {
		addr = addr.WithZone(strconv.FormatUint(uint64(zone), 10))
	}
	return addr
}

// fromSockaddr is fromRaw for addresses that package unix has read.
func fromSockaddr(sa unix.Sockaddr) netip.AddrPort {
	switch a := sa.(type) {
	case *unix.SockaddrInet4:
		return netip.AddrPortFrom(netip.AddrFrom4(a.Addr), uint16(a.Port))
	case *unix.SockaddrInet6:
		return netip.AddrPortFrom(withZone(a.Addr, a.ZoneId), uint16(a.Port))
	}
	return netip.AddrPort{}
}

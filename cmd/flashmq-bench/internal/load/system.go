// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package load

import (
	"fmt"
	"net/netip"
	"syscall"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"
)

// System calls that cannot block go past the Go scheduler: entering and leaving it costs a good
// part of what such a call does.

// receive reads into b, which stays the caller's.
func receive(fd int, b []byte) (int, syscall.Errno) {
	for {
		n, _, errno := syscall.RawSyscall(unix.SYS_READ, uintptr(fd),
			uintptr(unsafe.Pointer(&b[0])), uintptr(len(b)))
		if errno != unix.EINTR {
			return int(n), errno
		}
	}
}

// send writes from b, which is not empty and stays the caller's.
func send(fd int, b []byte) (int, syscall.Errno) {
	for {
		n, _, errno := syscall.RawSyscall(unix.SYS_WRITE, uintptr(fd),
			uintptr(unsafe.Pointer(&b[0])), uintptr(len(b)))
		if errno != unix.EINTR {
			return int(n), errno
		}
	}
}

// poll is epoll_pwait2: it waits up to so long, and not at all when wait is 0.
func (l *loop) poll(wait time.Duration) []unix.EpollEvent {
	if n := l.pollNow(); n > 0 || wait <= 0 {
		return l.events[:n]
	}
	t := unix.NsecToTimespec(int64(wait))
	// It may block, so the scheduler has to know.
	n, _, errno := syscall.Syscall6(unix.SYS_EPOLL_PWAIT2, uintptr(l.epoll),
		uintptr(unsafe.Pointer(&l.events[0])), uintptr(len(l.events)),
		uintptr(unsafe.Pointer(&t)), 0, 0)
	if errno == unix.ENOSYS { // Linux before 5.11 counts milliseconds
		ms := int((wait + time.Millisecond - 1) / time.Millisecond)
		k, _ := unix.EpollWait(l.epoll, l.events, ms)
		return l.events[:max(k, 0)]
	}
	if errno != 0 {
		return nil // EINTR
	}
	return l.events[:n]
}

func (l *loop) pollNow() int {
	n, _, errno := syscall.RawSyscall6(unix.SYS_EPOLL_PWAIT, uintptr(l.epoll),
		uintptr(unsafe.Pointer(&l.events[0])), uintptr(len(l.events)), 0, 0, 0)
	if errno != 0 {
		return 0
	}
	return int(n)
}

// watch tells epoll what c waits for, the first time with EPOLL_CTL_ADD.
func (l *loop) watch(c *conn, operation int, writing bool) error {
	event := unix.EpollEvent{Events: unix.EPOLLIN, Fd: c.slot}
	if writing {
		event.Events |= unix.EPOLLOUT
	}
	c.writing = writing
	_, _, errno := syscall.RawSyscall6(unix.SYS_EPOLL_CTL, uintptr(l.epoll), uintptr(operation),
		uintptr(c.fd), uintptr(unsafe.Pointer(&event)), 0, 0)
	if errno != 0 {
		return errno
	}
	return nil
}

// dial begins a connection from a source address: 127.0.0.1 + source when there are several.
func dial(to netip.AddrPort, source, sources int) (fd int, connected bool, err error) {
	family := unix.AF_INET
	if to.Addr().Is6() {
		family = unix.AF_INET6
	}
	fd, err = unix.Socket(family, unix.SOCK_STREAM|unix.SOCK_NONBLOCK|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return -1, false, fmt.Errorf("socket: %w", err)
	}
	err = unix.SetsockoptInt(fd, unix.IPPROTO_TCP, unix.TCP_NODELAY, 1)
	if err == nil && sources > 1 {
		err = bind(fd, source%sources)
	}
	if err == nil {
		err = unix.Connect(fd, address(to))
	}
	if err == nil || err == unix.EINPROGRESS {
		return fd, err == nil, nil
	}
	unix.Close(fd)
	return -1, false, err
}

// bind chooses the source address and leaves its port to connect, which may then share it between
// destinations.
func bind(fd, source int) error {
	err := unix.SetsockoptInt(fd, unix.IPPROTO_IP, unix.IP_BIND_ADDRESS_NO_PORT, 1)
	if err != nil {
		return err
	}
	n := 1 + source // 127.0.0.1 and up
	from := [4]byte{127, byte(n >> 16), byte(n >> 8), byte(n)}
	return unix.Bind(fd, &unix.SockaddrInet4{Addr: from})
}

func address(to netip.AddrPort) unix.Sockaddr {
	if to.Addr().Is6() {
		return &unix.SockaddrInet6{Port: int(to.Port()), Addr: to.Addr().As16()}
	}
	return &unix.SockaddrInet4{Port: int(to.Port()), Addr: to.Addr().As4()}
}

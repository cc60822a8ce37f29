// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package reactor

import (
	"syscall"
	"unsafe"

	"golang.org/x/sys/unix"
)

// System calls that cannot block go past the Go scheduler: entering and leaving it costs as much
// as the call itself. They see nothing but non-blocking descriptors.

// epollNow is epoll_wait without waiting.
func epollNow(epoll int, events []unix.EpollEvent) int {
	n, _ := epollNap(epoll, events, 0)
	return n
}

// epollNap waits for a few milliseconds without the scheduler knowing. A signal, such as the
// scheduler sends to whom it wants to stop, interrupts it.
func epollNap(epoll int, events []unix.EpollEvent, milliseconds int) (n int, interrupted bool) {
	r, _, errno := syscall.RawSyscall6(unix.SYS_EPOLL_PWAIT, uintptr(epoll),
		uintptr(unsafe.Pointer(&events[0])), uintptr(len(events)), uintptr(milliseconds), 0, 0)
	if errno != 0 {
		return 0, true // EINTR
	}
	return int(r), false
}

// read reads into b, which stays the caller's.
func read(fd int32, b []byte) (int, syscall.Errno) {
	for {
		n, _, errno := syscall.RawSyscall(unix.SYS_READ, uintptr(fd),
			uintptr(unsafe.Pointer(&b[0])), uintptr(len(b)))
		if errno == 0 {
			return int(n), 0
		}
		if errno != unix.EINTR {
			return 0, errno
		}
	}
}

// write writes from b, which is not empty and stays the caller's.
func write(fd int32, b []byte) (int, syscall.Errno) {
	for {
		n, _, errno := syscall.RawSyscall(unix.SYS_WRITE, uintptr(fd),
			uintptr(unsafe.Pointer(&b[0])), uintptr(len(b)))
		if errno == 0 {
			return int(n), 0
		}
		if errno != unix.EINTR {
			return 0, errno
		}
	}
}

// writev writes from several slices; there is at least one.
func writev(fd int32, vectors []unix.Iovec) (int, syscall.Errno) {
	for {
		n, _, errno := syscall.RawSyscall(unix.SYS_WRITEV, uintptr(fd),
			uintptr(unsafe.Pointer(&vectors[0])), uintptr(len(vectors)))
		if errno == 0 {
			return int(n), 0
		}
		if errno != unix.EINTR {
			return 0, errno
		}
	}
}

// control is epoll_ctl. mark is what the events of fd carry: a slot, or a negative mark.
func (l *Loop) control(op int, fd int32, want uint32, mark int32, generation uint32) error {
	ev := unix.EpollEvent{Events: want, Fd: mark, Pad: int32(generation)}
	_, _, errno := syscall.RawSyscall6(unix.SYS_EPOLL_CTL, uintptr(l.epoll), uintptr(op),
		uintptr(fd), uintptr(unsafe.Pointer(&ev)), 0, 0)
	if errno != 0 {
		return errno
	}
	return nil
}

// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package reactor

import (
	"net"
	"os"

	"golang.org/x/sys/unix"
)

// openUnix makes the one socket of a unix listener. The file of a server that is gone is removed;
// the file of one that answers is not.
func (ln *Listener) openUnix(path string, backlog int) (int, error) {
	if err := removeStale(path); err != nil {
		return -1, err
	}
	fd, err := unix.Socket(unix.AF_UNIX, unix.SOCK_STREAM|unix.SOCK_NONBLOCK|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return -1, os.NewSyscallError("socket", err)
	}
	if err := unix.Bind(fd, &unix.SockaddrUnix{Name: path}); err != nil {
		_ = unix.Close(fd)
		return -1, os.NewSyscallError("bind", err)
	}
	ln.shared = true
	ln.addr = &net.UnixAddr{Name: path, Net: "unix"}
	ln.file, _ = os.Lstat(path) // an abstract name has no file
	if err := unix.Listen(fd, backlog); err != nil {
		ln.unlink()
		_ = unix.Close(fd)
		return -1, os.NewSyscallError("listen", err)
	}
	return fd, nil
}

// removeStale removes the socket file at path if nobody answers on it.
func removeStale(path string) error {
	info, err := os.Lstat(path)
	if err != nil || info.Mode()&os.ModeSocket == 0 {
		return nil // bind will tell
	}
	fd, err := unix.Socket(unix.AF_UNIX, unix.SOCK_STREAM|unix.SOCK_NONBLOCK|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return os.NewSyscallError("socket", err)
	}
	defer unix.Close(fd)
	switch err := unix.Connect(fd, &unix.SockaddrUnix{Name: path}); err {
	case unix.ECONNREFUSED:
		return os.Remove(path)
	case nil, unix.EAGAIN: // EAGAIN: somebody listens and is very busy
		return os.NewSyscallError("bind", unix.EADDRINUSE)
	default:
		return os.NewSyscallError("connect", err)
	}
}

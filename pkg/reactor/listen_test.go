// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package reactor

import (
	"bufio"
	"errors"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"
)

// greeter says which loop a connection has come to.
func greeter() *funcs {
	h := goodbye("", func(*Conn) {})
	h.opened = func(c *Conn) { c.Schedule() }
	h.flush = func(c *Conn) {
		_, _ = write(c.fd, []byte(strconv.Itoa(c.Loop().Index())+"\n"))
		c.Close(nil)
	}
	return h
}

func greeting(t *testing.T, network, address string) string {
	t.Helper()
	nc, err := net.Dial(network, address)
	if err != nil {
		t.Fatal(err)
	}
	defer nc.Close()
	line, err := bufio.NewReader(nc).ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	return line
}

func TestBothFamiliesOnOnePort(t *testing.T) {
	t.Parallel()
	r, ln4 := start(t, Options{Loops: 2}, greeter())
	port := strconv.Itoa(ln4.Addr().(*net.TCPAddr).Port)
	ln6, err := r.Listen("tcp6", "[::1]:"+port, ListenOptions{Context: "six"})
	if err != nil {
		t.Fatal(err)
	}
	if ln6.Context != "six" {
		t.Errorf("context %v", ln6.Context)
	}
	greeting(t, "tcp4", "127.0.0.1:"+port)
	greeting(t, "tcp6", "[::1]:"+port)
	if got := ln6.Addr().String(); got != "[::1]:"+port {
		t.Errorf("address %s", got)
	}
}

// TestIPv6OnlyIsSet looks at a socket that is not bound: on ::1 the kernel would set it by itself.
func TestIPv6OnlyIsSet(t *testing.T) {
	t.Parallel()
	fd, err := unix.Socket(unix.AF_INET6, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer unix.Close(fd)
	if err := setOptions(fd, unix.AF_INET6, 0, ListenOptions{}); err != nil {
		t.Fatal(err)
	}
	only, err := unix.GetsockoptInt(fd, unix.IPPROTO_IPV6, unix.IPV6_V6ONLY)
	if err != nil || only != 1 {
		t.Errorf("IPV6_V6ONLY is %d, %v", only, err)
	}
}

func TestAddressesOfConnections(t *testing.T) {
	t.Parallel()
	for _, network := range []string{"tcp4", "tcp6"} {
		address := map[string]string{"tcp4": "127.0.0.1:0", "tcp6": "[::1]:0"}[network]
		type ends struct{ remote, local string }
		got := make(chan ends, 1)
		r, _ := start(t, Options{Loops: 2}, &funcs{opened: func(c *Conn) {
			if c.Listener().Context != network {
				t.Errorf("context %v", c.Listener().Context)
			}
			got <- ends{c.RemoteAddr().String(), c.LocalAddr().String()}
		}})
		ln, err := r.Listen(network, address, ListenOptions{Context: network})
		if err != nil {
			t.Fatal(err)
		}
		nc := dial(t, ln)
		want := ends{nc.LocalAddr().String(), nc.RemoteAddr().String()}
		if e := wait(t, got, "a connection"); e != want {
			t.Errorf("got %v, want %v", e, want)
		}
	}
}

func TestEveryLoopAccepts(t *testing.T) {
	t.Parallel()
	_, ln := start(t, Options{Loops: 3}, greeter())
	seen := map[string]bool{}
	for range 500 { // by chance one loop gets none: (2/3)^500
		seen[greeting(t, "tcp4", ln.Addr().String())] = true
		if len(seen) == 3 {
			return
		}
	}
	t.Errorf("only the loops %v have accepted", seen)
}

func TestPortInUse(t *testing.T) {
	t.Parallel()
	plain, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer plain.Close()
	for _, loops := range []int{1, 2} {
		r, ln := start(t, Options{Loops: loops}, greeter())
		for name, address := range map[string]string{
			"a plain socket": plain.Addr().String(),
			"our own":        ln.Addr().String(),
		} {
			_, err := r.Listen("tcp4", address, ListenOptions{})
			if !errors.Is(err, syscall.EADDRINUSE) {
				t.Errorf("%d loops, port of %s: %v", loops, name, err)
			}
		}
		if _, err := net.Listen("tcp4", ln.Addr().String()); !errors.Is(err, syscall.EADDRINUSE) {
			t.Errorf("%d loops: somebody else can listen: %v", loops, err)
		}
	}
}

func TestListenErrors(t *testing.T) {
	t.Parallel()
	r, _ := start(t, Options{Loops: 2}, greeter())
	tests := []struct{ name, network, address string }{
		{"unknown network", "udp", "127.0.0.1:0"},
		{"no port", "tcp4", "127.0.0.1"},
		{"not an address of ours", "tcp4", "192.0.2.1:1883"},
		{"not a folder", "unix", "/proc/no/such/folder/socket"},
		{"too long", "unix", "/tmp/" + string(make([]byte, 200))},
	}
	for _, test := range tests {
		if ln, err := r.Listen(test.network, test.address, ListenOptions{}); err == nil {
			t.Errorf("%s: listens on %s", test.name, ln.Addr())
		}
	}
}

func TestCloseListenerWhileRunning(t *testing.T) {
	t.Parallel()
	r, ln := start(t, Options{Loops: 2}, echoer())
	nc := dial(t, ln)
	roundTrip(t, nc, "before")
	address := ln.Addr().String()
	for range 20 {
		_ = ln.Close()
		_ = ln.Close()
		if _, err := net.Dial("tcp4", address); err == nil {
			t.Fatal("accepted after Close")
		}
		var err error
		if ln, err = r.Listen("tcp4", address, ListenOptions{}); err != nil {
			t.Fatal(err)
		}
		roundTrip(t, dial(t, ln), "hello")
	}
	roundTrip(t, nc, "after")
}

// TestClosedListenerRefusesAtOnce: Close does not need the loop, which may be busy.
func TestClosedListenerRefusesAtOnce(t *testing.T) {
	t.Parallel()
	r, ln := start(t, Options{Loops: 1}, echoer())
	goOn := make(chan struct{})
	r.Loops()[0].Post(func(*Loop) { <-goOn }, 0)
	_ = ln.Close()
	if _, err := net.Dial("tcp4", ln.Addr().String()); !errors.Is(err, syscall.ECONNREFUSED) {
		t.Errorf("connecting after Close: %v", err)
	}
	close(goOn)
}

func TestUnixSocketServesAllLoops(t *testing.T) {
	t.Parallel()
	r, _ := start(t, Options{Loops: 3}, greeter())
	path := filepath.Join(t.TempDir(), "socket")
	ln, err := r.Listen("unix", path, ListenOptions{})
	if err != nil {
		t.Fatal(err)
	}
	seen := map[string]int{}
	for range 9 {
		seen[greeting(t, "unix", path)]++
	}
	for loop, n := range seen {
		if n != 3 || len(seen) != 3 {
			t.Errorf("loop %s got %d of 9 connections", loop, n)
		}
	}
	_ = ln.Close()
	if _, err := os.Lstat(path); !os.IsNotExist(err) {
		t.Errorf("the file is still there: %v", err)
	}
}

func TestUnixSocketFiles(t *testing.T) {
	t.Parallel()
	r, _ := start(t, Options{Loops: 1}, greeter())
	stale := func(t *testing.T, path string) {
		ln, err := net.ListenUnix("unix", &net.UnixAddr{Name: path, Net: "unix"})
		if err != nil {
			t.Fatal(err)
		}
		ln.SetUnlinkOnClose(false)
		_ = ln.Close()
	}
	tests := []struct {
		name string
		make func(t *testing.T, path string)
		want error
	}{
		{"nothing there", func(*testing.T, string) {}, nil},
		{"nobody answers", stale, nil},
		{"somebody answers", func(t *testing.T, path string) {
			ln, err := net.Listen("unix", path)
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { _ = ln.Close() })
		}, syscall.EADDRINUSE},
		{"a plain file", func(t *testing.T, path string) {
			if err := os.WriteFile(path, []byte("precious"), 0o600); err != nil {
				t.Fatal(err)
			}
		}, syscall.EADDRINUSE},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "socket")
			test.make(t, path)
			ln, err := r.Listen("unix", path, ListenOptions{})
			if !errors.Is(err, test.want) {
				t.Fatalf("got %v, want %v", err, test.want)
			}
			if _, err := os.Lstat(path); err != nil {
				t.Errorf("the file is gone: %v", err)
			}
			if ln == nil {
				return
			}
			greeting(t, "unix", path)
			_ = os.Remove(path)
			stale(t, path) // somebody else's by now
			_ = ln.Close()
			if _, err := os.Lstat(path); err != nil {
				t.Errorf("somebody else's file is gone: %v", err)
			}
		})
	}
}

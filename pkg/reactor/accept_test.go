// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package reactor

import (
	"log/slog"
	"net"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/flashmq/flashmq/pkg/servertest/printed"
)

func TestJudgeAcceptErrors(t *testing.T) {
	t.Parallel()
	tests := []struct {
		err  error
		want verdict
	}{
		{unix.EAGAIN, nobody},
		{unix.EINTR, theirs},
		{unix.ECONNABORTED, theirs},
		{unix.EPROTO, theirs},
		{unix.ENETDOWN, theirs},
		{unix.EMFILE, ours},
		{unix.ENFILE, ours},
		{unix.ENOBUFS, ours},
		{unix.ENOMEM, ours},
		{unix.EINVAL, ours},
	}
	for _, test := range tests {
		if got := judge(test.err); got != test.want {
			t.Errorf("%v: got %d, want %d", test.err, got, test.want)
		}
	}
}

func TestAcceptGoesOnAfterErrorsOfThePeer(t *testing.T) {
	t.Parallel()
	log := &printed.Text{}
	r, err := New(Options{Loops: 1, Logger: slog.New(slog.NewTextHandler(log, nil))}, echoer())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(r.Stop)
	bad := []error{unix.ECONNABORTED, unix.EINTR, unix.EPROTO}
	r.loops[0].accept = func(fd int) (accepted, error) {
		if len(bad) > 0 {
			err := bad[0]
			bad = bad[1:]
			return accepted{}, err
		}
		return accept(fd)
	}
	ln, err := r.Listen("tcp4", "127.0.0.1:0", ListenOptions{})
	if err != nil {
		t.Fatal(err)
	}
	if err := r.Start(); err != nil {
		t.Fatal(err)
	}
	roundTrip(t, dial(t, ln), "hello")
	if c := r.Counters(); c.AcceptRests != 0 || c.Accepted != 1 || len(log.Lines()) != 0 {
		t.Errorf("%+v, %d lines logged", c, len(log.Lines()))
	}
}

// TestAcceptRestsWhenShort: accept fails four times for want of something, in two episodes.
func TestAcceptRestsWhenShort(t *testing.T) {
	t.Parallel()
	for _, errno := range []error{unix.EMFILE, unix.ENFILE, unix.ENOBUFS, unix.ENOMEM} {
		t.Run(errno.Error(), func(t *testing.T) {
			t.Parallel()
			log := &printed.Text{}
			logger := slog.New(slog.NewTextHandler(log, nil))
			r, err := New(Options{Loops: 1, Logger: logger}, echoer())
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(r.Stop)
			calls := 0
			r.loops[0].accept = func(fd int) (accepted, error) {
				if calls++; calls <= 3 || calls == 6 {
					return accepted{}, errno
				}
				return accept(fd)
			}
			ln, err := r.Listen("tcp4", "127.0.0.1:0", ListenOptions{})
			if err != nil {
				t.Fatal(err)
			}
			if err := r.Start(); err != nil {
				t.Fatal(err)
			}
			nc := dial(t, ln)
			roundTrip(t, nc, "hello") // calls 4 and 5: one connection, then nobody
			c := r.Counters()
			// One turn for each rest, its end, the connection and its byte, and a few to spare.
			if c.AcceptRests != 3 || c.Turns > 30 {
				t.Errorf("%d rests, %d turns", c.AcceptRests, c.Turns)
			}
			if n := len(log.LinesWith("cannot accept")); n != 1 {
				t.Errorf("logged %d times in one episode", n)
			}
			roundTrip(t, dial(t, ln), "hello")
			if n := len(log.LinesWith("cannot accept")); n != 2 {
				t.Errorf("logged %d times in two episodes", n)
			}
			roundTrip(t, nc, "and the first one is still there")
		})
	}
}

// TestOutOfDescriptors is not parallel: it lowers the process's limit on descriptors for a while.
func TestOutOfDescriptors(t *testing.T) {
	log := &printed.Text{}
	r, ln := start(t, Options{Loops: 2, Logger: slog.New(slog.NewTextHandler(log, nil))}, echoer())
	first := dial(t, ln)
	roundTrip(t, first, "hello")

	// The peers are made before the limit comes down; connecting needs no further descriptor.
	var peers []int
	for range 30 {
		fd, err := unix.Socket(unix.AF_INET, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
		if err != nil {
			t.Fatal(err)
		}
		defer unix.Close(fd)
		peers = append(peers, fd)
	}
	var limit syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &limit); err != nil {
		t.Fatal(err)
	}
	low := limit
	low.Cur = uint64(peers[len(peers)-1]) + 1
	if err := syscall.Setrlimit(syscall.RLIMIT_NOFILE, &low); err != nil {
		t.Fatal(err)
	}
	defer syscall.Setrlimit(syscall.RLIMIT_NOFILE, &limit)
	to := &unix.SockaddrInet4{Port: ln.Addr().(*net.TCPAddr).Port, Addr: [4]byte{127, 0, 0, 1}}
	for _, fd := range peers {
		if err := unix.Connect(fd, to); err != nil {
			t.Fatal(err)
		}
	}
	eventually(t, "both loops to be short", func() bool {
		return r.loops[0].Counters().AcceptRests > 2 && r.loops[1].Counters().AcceptRests > 2
	})
	c := r.Counters()
	if c.Turns > 20*c.AcceptRests {
		t.Errorf("%d turns for %d rests: spinning", c.Turns, c.AcceptRests)
	}
	if n := len(log.LinesWith("cannot accept")); n != 2 {
		t.Errorf("logged %d times by two loops", n)
	}
	roundTrip(t, first, "nobody else suffers")

	if err := syscall.Setrlimit(syscall.RLIMIT_NOFILE, &limit); err != nil {
		t.Fatal(err)
	}
	timeout := unix.Timeval{Sec: 2} // the promise: it accepts again within two seconds
	for _, fd := range peers {
		err := unix.SetsockoptTimeval(fd, unix.SOL_SOCKET, unix.SO_RCVTIMEO, &timeout)
		if err != nil {
			t.Fatal(err)
		}
		b := []byte("x")
		if _, err := unix.Write(fd, b); err != nil {
			t.Fatal(err)
		}
		n, err := unix.Read(fd, b)
		for err == unix.EINTR { // with a timeout the kernel leaves it to us to go on after a signal
			n, err = unix.Read(fd, b)
		}
		if n != 1 || err != nil {
			t.Fatalf("no echo after descriptors were free again: %v", err)
		}
	}
	if acceptRest > time.Second {
		t.Errorf("a rest of %v", acceptRest)
	}
}

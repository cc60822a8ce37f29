// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package reactor

import (
	"context"
	"errors"
	"io"
	"net"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/flashmq/flashmq/pkg/buffer"
)

// descriptors counts the open ones of this process.
func descriptors(t *testing.T) int {
	t.Helper()
	names, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		t.Fatal(err)
	}
	return len(names)
}

// loopsRunning counts the goroutines of loops.
func loopsRunning() int {
	stacks := make([]byte, 1<<20)
	return strings.Count(string(stacks[:runtime.Stack(stacks, true)]), "(*Loop).run")
}

// TestStopLeavesNothingBehind is not parallel: it counts what belongs to the whole process.
func TestStopLeavesNothingBehind(t *testing.T) {
	before, running := descriptors(t), loopsRunning()
	for range 3 {
		var opened, closed, moved atomic.Int64
		h := echoer()
		open, end, readable := h.opened, h.closed, h.readable
		h.opened = func(c *Conn) { open(c); opened.Add(1) }
		h.closed = func(c *Conn, err error) {
			end(c, err)
			closed.Add(1)
			loops := c.loop.reactor.loops
			loops[(c.loop.index+1)%len(loops)].Post("a will", 1)
		}
		var wills atomic.Int64
		h.mail = func(*Loop, any) { wills.Add(1) }
		h.readable = func(c *Conn, in []byte) {
			readable(c, in)
			moved.Add(1)
			c.Move(c.loop.reactor.loops[int(moved.Load())%3], nil)
		}
		stopEarly(t, h, &opened)
		if opened.Load() == 0 || opened.Load() != closed.Load() {
			t.Errorf("%d opened, %d closed", opened.Load(), closed.Load())
		}
		if wills.Load() != closed.Load() {
			t.Errorf("%d of %d wills delivered", wills.Load(), closed.Load())
		}
	}
	eventually(t, "all descriptors to be closed", func() bool { return descriptors(t) <= before })
	if n := loopsRunning(); n > running {
		t.Errorf("%d loops still run", n-running)
	}
}

// stopEarly runs a reactor and stops it while connections come, move, linger and talk.
func stopEarly(t *testing.T, h *funcs, opened *atomic.Int64) {
	r, err := New(Options{Loops: 3, Logger: quiet()}, h)
	if err != nil {
		t.Fatal(err)
	}
	tcp, err := r.Listen("tcp4", "127.0.0.1:0", ListenOptions{})
	if err != nil {
		t.Fatal(err)
	}
	unix, err := r.Listen("unix", filepath.Join(t.TempDir(), "socket"), ListenOptions{})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	ran := make(chan error)
	go func() { ran <- r.Run(ctx) }()
	var peers []net.Conn
	for i := range 60 {
		nc, err := net.Dial([]*Listener{tcp, unix}[i%2].Addr().Network(),
			[]*Listener{tcp, unix}[i%2].Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		peers = append(peers, nc)
		_, _ = nc.Write(make([]byte, 10_000))
		if i%5 == 0 {
			_ = nc.(interface{ CloseWrite() error }).CloseWrite()
		}
	}
	eventually(t, "some connections", func() bool { return opened.Load() > 10 })
	cancel()
	if err := wait(t, ran, "Run to end"); err != nil {
		t.Error(err)
	}
	r.loops[0].Post("dropped", 1)
	r.Stop()
	if _, err := r.Listen("tcp4", "127.0.0.1:0", ListenOptions{}); !errors.Is(err, ErrStopped) {
		t.Errorf("Listen after Stop: %v", err)
	}
	if err := r.Start(); err == nil {
		t.Error("started after its end")
	}
	for _, nc := range peers {
		_ = nc.SetDeadline(time.Now().Add(patience))
		_, _ = io.Copy(io.Discard, nc)
		_ = nc.Close()
	}
}

func TestStopWithoutStart(t *testing.T) {
	before := descriptors(t)
	r, err := New(Options{Loops: 2, Logger: quiet()}, &funcs{})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := r.Listen("tcp4", "127.0.0.1:0", ListenOptions{}); err != nil {
		t.Fatal(err)
	}
	r.Stop()
	eventually(t, "all descriptors to be closed", func() bool { return descriptors(t) <= before })
}

// TestStopSendsLastWords: a handler may still say something in the Flush before the end.
func TestStopSendsLastWords(t *testing.T) {
	t.Parallel()
	stopping := false
	h := echoer()
	h.flush = func(c *Conn) {
		out := c.Context.(*buffer.Out)
		if stopping {
			out.Append(c.Loop().Buffers, []byte("going down"))
		}
		_ = c.Send(out)
	}
	var reason error
	h.closed = func(_ *Conn, err error) { reason = err }
	r, ln := start(t, Options{Loops: 1}, h)
	nc := dial(t, ln)
	roundTrip(t, nc, "hello")
	on(t, r.Loops()[0], func(*Loop) { stopping = true })
	r.Stop()
	if got, err := io.ReadAll(nc); err != nil || string(got) != "going down" {
		t.Errorf("got %q, %v", got, err)
	}
	if reason != ErrStopped {
		t.Errorf("closed with %v", reason)
	}
}

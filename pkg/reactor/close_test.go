// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package reactor

import (
	"errors"
	"io"
	"net"
	"runtime"
	"syscall"
	"testing"
	"time"

	"github.com/flashmq/flashmq/pkg/buffer"
)

// goodbye answers the first bytes with a last word and closes.
func goodbye(word string, reads func(c *Conn)) *funcs {
	return &funcs{
		readable: func(c *Conn, _ []byte) {
			reads(c)
			c.Context = true
			c.Close(nil)
		},
		flush: func(c *Conn) {
			if c.Context == nil {
				return
			}
			var out buffer.Out
			out.Append(c.Loop().Buffers, []byte(word))
			_ = c.Send(&out)
		},
	}
}

// TestLastWordSurvivesUnreadInput: the peer is still sending when we close. A plain close would
// answer with a reset, and the reset would take the last word away from the peer.
func TestLastWordSurvivesUnreadInput(t *testing.T) {
	t.Parallel()
	_, ln := start(t, Options{Loops: 1, ReadBuffer: 512}, goodbye("goodbye", func(*Conn) {}))
	for range 20 {
		nc := dial(t, ln)
		if _, err := nc.Write(make([]byte, 200<<10)); err != nil {
			t.Fatal(err)
		}
		_, _ = nc.Write(make([]byte, 100<<10))
		got, err := io.ReadAll(nc)
		if err != nil || string(got) != "goodbye" {
			t.Fatalf("got %q, %v", got, err)
		}
	}
}

func TestLingeringIsBounded(t *testing.T) {
	t.Parallel()
	closed := make(chan struct{}, 10)
	h := goodbye("goodbye", func(*Conn) {})
	h.closed = func(*Conn, error) { closed <- struct{}{} }
	r, ln := start(t, Options{Loops: 1, Linger: 2, LingerTime: 300 * time.Millisecond}, h)
	var peers []net.Conn
	for range 6 {
		nc := dial(t, ln)
		peers = append(peers, nc)
		if _, err := nc.Write([]byte("x")); err != nil {
			t.Fatal(err)
		}
		wait(t, closed, "Closed, which does not wait for the peer")
	}
	for _, nc := range peers {
		expect(t, nc, "goodbye")
	}
	on(t, r.Loops()[0], func(*Loop) {}) // the turn of the last Closed is over
	if n := r.Counters().Connections; n > 2 {
		t.Errorf("%d connections linger, want at most 2", n)
	}
	eventually(t, "the lingering to end by itself", func() bool {
		return r.Counters().Connections == 0
	})
	if turns := r.Counters().Turns; turns > 200 {
		t.Errorf("%d turns", turns)
	}
}

func TestLingeringEndsWithThePeer(t *testing.T) {
	t.Parallel()
	r, ln := start(t, Options{Loops: 1, LingerTime: time.Hour}, goodbye("bye", func(*Conn) {}))
	nc := dial(t, ln)
	roundTripAnswer(t, nc, "x", "bye")
	if n := r.Counters().Connections; n != 1 {
		t.Errorf("%d connections, want the lingering one", n)
	}
	_ = nc.Close()
	eventually(t, "the end of lingering", func() bool { return r.Counters().Connections == 0 })
}

func TestLingeringDoesNotReadForEver(t *testing.T) {
	t.Parallel()
	r, ln := start(t, Options{Loops: 1, LingerTime: time.Hour}, goodbye("bye", func(*Conn) {}))
	nc := dial(t, ln)
	roundTripAnswer(t, nc, "x", "bye")
	for { // until the reset
		if _, err := nc.Write(make([]byte, 64<<10)); err != nil {
			break
		}
	}
	eventually(t, "the end of lingering", func() bool { return r.Counters().Connections == 0 })
}

func roundTripAnswer(t testing.TB, nc net.Conn, question, answer string) {
	t.Helper()
	if _, err := io.WriteString(nc, question); err != nil {
		t.Fatal(err)
	}
	expect(t, nc, answer)
}

// TestClosedOnceWithTheReason ends connections in every way there is.
func TestClosedOnceWithTheReason(t *testing.T) {
	t.Parallel()
	boom, second := errors.New("boom"), errors.New("second")
	finish := func(c *Conn) {} // the peer does it
	tests := []struct {
		name string
		ours func(c *Conn)
		peer func(nc *net.TCPConn)
		want error
		// flushed: there is a last Flush.
		flushed bool
	}{
		{"close", func(c *Conn) { c.Close(boom) }, nil, boom, true},
		{"close without a reason", func(c *Conn) { c.Close(nil) }, nil, net.ErrClosed, true},
		{"close after a farewell", func(c *Conn) { c.CloseAfterFarewell(boom) }, nil, boom, true},
		{"abort", func(c *Conn) { c.Abort(boom) }, nil, boom, false},
		{"close twice", func(c *Conn) { c.Close(boom); c.Close(second) }, nil, boom, true},
		{"abort twice", func(c *Conn) { c.Abort(boom); c.Abort(second) }, nil, boom, false},
		{"close, then abort", func(c *Conn) { c.Close(second); c.Abort(boom) }, nil, boom, false},
		{"abort, then close", func(c *Conn) { c.Abort(boom); c.Close(second) }, nil, boom, false},
		{"schedule and abort", func(c *Conn) { c.Schedule(); c.Abort(boom) }, nil, boom, false},
		{"the peer closes", finish, func(nc *net.TCPConn) { _ = nc.Close() }, io.EOF, true},
		{"the peer ends", finish, func(nc *net.TCPConn) { _ = nc.CloseWrite() }, io.EOF, true},
		{"the peer resets", finish, func(nc *net.TCPConn) {
			_ = nc.SetLinger(0)
			_ = nc.Close()
		}, syscall.ECONNRESET, false},
		{"the peer resets a paused connection", (*Conn).PauseRead, func(nc *net.TCPConn) {
			_ = nc.SetLinger(0)
			_ = nc.Close()
		}, syscall.ECONNRESET, false},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			acted, closed := make(chan struct{}), make(chan error, 2)
			flushed, reads := false, 0
			h := &funcs{}
			h.readable = func(c *Conn, _ []byte) {
				reads++
				test.ours(c)
				close(acted)
			}
			h.flush = func(c *Conn) { flushed = true }
			h.closed = func(c *Conn, err error) {
				if len(closed) == 1 {
					t.Error("closed twice")
				}
				if !c.RemoteAddr().IsValid() || !c.LocalAddr().IsValid() || c.Loop() == nil {
					t.Error("the connection has lost its addresses before the end")
				}
				if e := c.Send(new(buffer.Out)); !errors.Is(e, net.ErrClosed) {
					t.Errorf("Send in Closed: %v", e)
				}
				c.Close(nil)
				c.Abort(nil)
				c.Schedule()
				closed <- err
			}
			r, ln := start(t, Options{Loops: 1}, h)
			nc := dial(t, ln).(*net.TCPConn)
			_, _ = nc.Write([]byte("x"))
			wait(t, acted, "the connection to do something")
			if test.peer != nil {
				test.peer(nc)
			}
			if err := wait(t, closed, "the end"); !errors.Is(err, test.want) {
				t.Errorf("closed with %v, want %v", err, test.want)
			}
			_, _ = nc.Write([]byte("y"))
			on(t, r.Loops()[0], func(*Loop) {})
			r.Stop()
			if flushed != test.flushed {
				t.Errorf("flushed: %v", flushed)
			}
			if reads != 1 {
				t.Errorf("%d reads, some of them after the end", reads)
			}
		})
	}
}

// TestAbortThrowsAway: the peer of an aborted connection is told that bytes are missing.
func TestAbortThrowsAway(t *testing.T) {
	t.Parallel()
	h := &funcs{readable: func(c *Conn, _ []byte) { c.Abort(nil) }}
	_, ln := start(t, Options{Loops: 1}, h)
	nc := dial(t, ln)
	if _, err := nc.Write([]byte("x")); err != nil {
		t.Fatal(err)
	}
	_, err := io.ReadAll(nc)
	if !errors.Is(err, syscall.ECONNRESET) {
		t.Errorf("the peer reads %v", err)
	}
}

// TestWriteErrorCloses: the peer has gone, and we only notice when writing.
func TestWriteErrorCloses(t *testing.T) {
	t.Parallel()
	closed, conns := make(chan error, 2), make(chan *Conn, 1)
	h := echoer()
	opened := h.opened
	h.opened = func(c *Conn) { opened(c); c.PauseRead(); conns <- c }
	var sendErr error
	h.flush = func(c *Conn) {
		out := c.Context.(*buffer.Out)
		for sendErr == nil && out.Len() > 0 && !c.blocked {
			sendErr = c.Send(out)
			out.Append(c.Loop().Buffers, []byte("more"))
			runtime.Gosched()
		}
	}
	h.closed = func(c *Conn, err error) {
		c.Context.(*buffer.Out).Reset(c.Loop().Buffers)
		closed <- err
	}
	r, ln := start(t, Options{Loops: 1}, h)
	nc := dial(t, ln).(*net.TCPConn)
	c := wait(t, conns, "the connection")
	on(t, r.Loops()[0], func(l *Loop) {
		_ = nc.SetLinger(0)
		_ = nc.Close() // during the turn, so that no event can tell
		c.Context.(*buffer.Out).Append(l.Buffers, []byte("first"))
		c.Schedule()
	})
	err := wait(t, closed, "the end")
	if !errors.Is(err, syscall.EPIPE) && !errors.Is(err, syscall.ECONNRESET) {
		t.Errorf("closed with %v", err)
	}
	r.Stop()
	if sendErr == nil || len(closed) != 0 {
		t.Errorf("Send said %v; %d more ends", sendErr, len(closed))
	}
}

// TestPeerThatEndsAndNeverReads cannot hold a connection for ever.
func TestPeerThatEndsAndNeverReads(t *testing.T) {
	t.Parallel()
	closed := make(chan error, 1)
	h := echoer()
	opened, end := h.opened, h.closed
	h.opened = func(c *Conn) {
		opened(c)
		c.Context.(*buffer.Out).AppendShared(c.Loop().Buffers, make([]byte, 32<<20))
		c.Schedule()
	}
	h.closed = func(c *Conn, err error) { end(c, err); closed <- err }
	r, ln := start(t, Options{Loops: 1, LingerTime: 100 * time.Millisecond}, h)
	nc := dial(t, ln).(*net.TCPConn)
	_ = nc.CloseWrite()
	if err := wait(t, closed, "the end"); err != io.EOF {
		t.Errorf("closed with %v", err)
	}
	if turns := r.Counters().Turns; turns > 300 {
		t.Errorf("%d turns while waiting", turns)
	}
}

// TestPausedConnectionDoesNotSpin: neither input nor the end of it is reported while paused.
func TestPausedConnectionDoesNotSpin(t *testing.T) {
	t.Parallel()
	conns, closed := make(chan *Conn, 1), make(chan error, 1)
	read := make(chan int, 100)
	h := &funcs{
		opened:   func(c *Conn) { c.PauseRead(); conns <- c },
		readable: func(_ *Conn, in []byte) { read <- len(in) },
		closed:   func(_ *Conn, err error) { closed <- err },
	}
	r, ln := start(t, Options{Loops: 1}, h)
	nc := dial(t, ln).(*net.TCPConn)
	c := wait(t, conns, "the connection")
	if _, err := nc.Write(make([]byte, 1000)); err != nil {
		t.Fatal(err)
	}
	_ = nc.CloseWrite()
	l := r.Loops()[0]
	k := &ticker{line: func() { c.ResumeRead(); c.ResumeRead() }}
	k.timer.Bind(k)
	on(t, l, func(l *Loop) {
		c.PauseRead()
		l.Timers.Set(&k.timer, l.Now()+50e6)
	})
	before := l.Counters().Turns
	if n := wait(t, read, "input after the pause"); n != 1000 {
		t.Errorf("read %d bytes", n)
	}
	if turns := l.Counters().Turns - before; turns > 20 {
		t.Errorf("%d turns during the pause", turns)
	}
	if err := wait(t, closed, "the end"); err != io.EOF {
		t.Errorf("closed with %v", err)
	}
}

// TestNoLingeringAfterAFarewell: a peer that has said goodbye is not waited for, and reads what was
// written before.
func TestNoLingeringAfterAFarewell(t *testing.T) {
	t.Parallel()
	h := goodbye("bye", func(*Conn) {})
	h.readable = func(c *Conn, _ []byte) {
		c.Context = true // goodbye's Flush has something to say
		c.CloseAfterFarewell(nil)
	}
	r, ln := start(t, Options{Loops: 1, LingerTime: time.Hour}, h)
	nc := dial(t, ln)
	roundTripAnswer(t, nc, "x", "bye")
	eventually(t, "the end", func() bool { return r.Counters().Connections == 0 })
	_ = nc.Close()
}

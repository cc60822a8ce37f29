// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package reactor

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"slices"
	"sync"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/flashmq/flashmq/pkg/buffer"
)

// What is common to every reactor, as tests that run against ours and against evio, whose shape
// ours has. A program is all such a test needs of one.

// program is a server's behaviour. out is copied; data with in == nil follows a wake.
type program struct {
	opened func(c woken) (out []byte)
	data   func(c woken, in []byte) (out []byte, closes bool)
	closed func(c woken, err error)
}

// woken is a connection that can be told to call data with nothing.
type woken interface{ Wake() }

// implementation serves a program on a free port of 127.0.0.1 until stop is called.
type implementation struct {
	name  string
	serve func(t testing.TB, loops int, p program) (address string)
}

// implementations has ours first; evio_test.go adds evio.
var implementations = []implementation{{"ours", serveOurs}}

// ourConn is a Conn with its pending output and the loop a wake is posted to.
type ourConn struct {
	out  buffer.Out
	conn *Conn
	loop *Loop
}

func (c *ourConn) Wake() { c.loop.Post(c, 1) }

func serveOurs(t testing.TB, loops int, p program) string {
	data := func(o *ourConn, in []byte) {
		if o.conn == nil || p.data == nil {
			return
		}
		out, closes := p.data(o, in)
		o.out.Append(o.loop.Buffers, out)
		o.conn.Schedule()
		if closes {
			o.out.AppendShared(o.loop.Buffers, nil)
			o.conn.endOfInput() // evio closes when everything is written, and so does this
		}
	}
	h := &funcs{
		opened: func(c *Conn) {
			o := &ourConn{conn: c, loop: c.Loop()}
			c.Context = o
			if p.opened != nil {
				o.out.Append(o.loop.Buffers, p.opened(o))
				c.Schedule()
			}
		},
		readable: func(c *Conn, in []byte) { data(c.Context.(*ourConn), in) },
		mail:     func(_ *Loop, batch any) { data(batch.(*ourConn), nil) },
		flush:    func(c *Conn) { _ = c.Send(&c.Context.(*ourConn).out) },
		closed: func(c *Conn, err error) {
			o := c.Context.(*ourConn)
			o.conn = nil
			o.out.Reset(o.loop.Buffers)
			if errors.Is(err, io.EOF) {
				err = nil // as evio has it
			}
			if p.closed != nil {
				p.closed(o, err)
			}
		},
	}
	_, ln := start(t, Options{Loops: loops}, h)
	for _, s := range ln.sockets {
		plainCongestion(s.fd) // accepted sockets inherit it
	}
	return ln.Addr().String()
}

// plainCongestion keeps a connection from pacing what it sends by a rate it has measured. Where BBR
// is the system's choice and the machine is busy, a few bytes a turn measured at the start can mean
// minutes for the rest. Where it cannot be set the system's choice stays.
func plainCongestion(fd int) {
	_ = unix.SetsockoptString(fd, unix.IPPROTO_TCP, unix.TCP_CONGESTION, "reno")
}

// dialer connects with plainCongestion.
var dialer = net.Dialer{Control: func(_, _ string, raw syscall.RawConn) error {
	return raw.Control(func(fd uintptr) { plainCongestion(int(fd)) })
}}

// forEach runs a test against all reactors, ours last and beside other tests. Others run while
// nothing else does: at its end evio closes the descriptor of its listener twice, and the second
// time it may be that of a connection of another test, which then never hears of its end.
func forEach(t *testing.T, test func(t *testing.T, i implementation)) {
	for _, i := range implementations[1:] {
		t.Run(i.name, func(t *testing.T) { test(t, i) })
	}
	t.Parallel()
	t.Run(implementations[0].name, func(t *testing.T) { test(t, implementations[0]) })
}

func connect(t testing.TB, address string) *net.TCPConn {
	t.Helper()
	nc, err := dialer.Dial("tcp4", address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = nc.Close() })
	_ = nc.SetDeadline(time.Now().Add(patience))
	return nc.(*net.TCPConn)
}

// echo is a program that answers with what it got.
func echo() program {
	return program{data: func(_ woken, in []byte) ([]byte, bool) { return in, false }}
}

func TestBehaviourOrderOfCallbacks(t *testing.T) {
	forEach(t, func(t *testing.T, i implementation) {
		var d diary
		done := make(chan struct{})
		address := i.serve(t, 1, program{
			opened: func(woken) []byte { d.add("opened"); return []byte("welcome") },
			data: func(_ woken, in []byte) ([]byte, bool) {
				d.add(fmt.Sprintf("data %s", in))
				return []byte("answer"), string(in) == "last"
			},
			closed: func(_ woken, err error) { d.add(fmt.Sprint("closed ", err)); close(done) },
		})
		nc := connect(t, address)
		expect(t, nc, "welcome")
		roundTripAnswer(t, nc, "first", "answer")
		roundTripAnswer(t, nc, "last", "answer")
		if _, err := nc.Read(make([]byte, 1)); err != io.EOF {
			t.Errorf("after the end: %v", err)
		}
		wait(t, done, "the end")
		want := []string{"opened", "data first", "data last", "closed <nil>"}
		if got := d.read(); !slices.Equal(got, want) {
			t.Errorf("got  %q\nwant %q", got, want)
		}
	})
}

func TestBehaviourPartialReads(t *testing.T) {
	forEach(t, func(t *testing.T, i implementation) {
		nc := connect(t, i.serve(t, 1, echo()))
		text := make([]byte, 2000)
		for k := range text {
			text[k] = byte(k)
		}
		go func() {
			for rest := text; len(rest) > 0; {
				n := min(1+rand.N(7), len(rest))
				_, _ = nc.Write(rest[:n])
				rest = rest[n:]
			}
		}()
		expect(t, nc, string(text))
	})
}

// TestBehaviourHalfClose: a peer that ends its side still gets all that is waiting for it.
func TestBehaviourHalfClose(t *testing.T) {
	forEach(t, func(t *testing.T, i implementation) {
		const size = 24 << 20
		ended := make(chan error, 1)
		address := i.serve(t, 1, program{
			data:   func(woken, []byte) ([]byte, bool) { return make([]byte, size), false },
			closed: func(_ woken, err error) { ended <- err },
		})
		nc := connect(t, address)
		if _, err := nc.Write([]byte("x")); err != nil {
			t.Fatal(err)
		}
		_ = nc.CloseWrite()
		n, err := io.Copy(io.Discard, nc)
		if n != size || err != nil {
			t.Errorf("got %d bytes of %d, %v", n, size, err)
		}
		if err := wait(t, ended, "the end"); err != nil {
			t.Errorf("closed with %v", err)
		}
	})
}

func TestBehaviourManyConnections(t *testing.T) {
	forEach(t, func(t *testing.T, i implementation) {
		const clients = 500
		var ended sync.WaitGroup
		ended.Add(clients)
		p := echo()
		p.closed = func(woken, error) { ended.Done() }
		address := i.serve(t, 2, p)
		var all []*net.TCPConn
		for range clients {
			all = append(all, connect(t, address))
		}
		for round := range 3 {
			for k, nc := range all {
				_, _ = fmt.Fprintf(nc, "%d.%04d", round, k)
			}
			for k, nc := range all {
				expect(t, nc, fmt.Sprintf("%d.%04d", round, k))
			}
		}
		for _, nc := range all {
			_ = nc.Close()
		}
		ended.Wait()
	})
}

func TestBehaviourLargeTransfer(t *testing.T) {
	forEach(t, func(t *testing.T, i implementation) {
		const size = 32 << 20
		nc := connect(t, i.serve(t, 1, echo()))
		sent := bytes.Repeat([]byte("0123456789abcde"), size/15)
		go func() {
			_, _ = nc.Write(sent)
			_ = nc.CloseWrite()
		}()
		got, err := io.ReadAll(nc)
		if err != nil || !bytes.Equal(got, sent) {
			t.Errorf("got %d bytes of %d, %v", len(got), len(sent), err)
		}
	})
}

// lost runs a server that is woken five times, each time with 8 MiB to send, before its client
// reads anything, and returns how many bytes it handed over and how many arrived.
func lost(t *testing.T, i implementation) (handedOver, arrived int64) {
	const wakes, size = 5, 8 << 20
	conns, calls := make(chan woken, 1), make(chan struct{}, wakes)
	n := 0
	address := i.serve(t, 1, program{
		opened: func(c woken) []byte { conns <- c; return nil },
		data: func(woken, []byte) ([]byte, bool) {
			n++
			calls <- struct{}{}
			return make([]byte, size), n == wakes
		},
	})
	nc := connect(t, address)
	c := wait(t, conns, "the connection")
	for range wakes {
		c.Wake()
		wait(t, calls, "the call")
		handedOver += size
	}
	arrived, err := io.Copy(io.Discard, nc)
	if err != nil {
		t.Fatal(err)
	}
	return handedOver, arrived
}

func TestNoBytesAreLostToWakeUps(t *testing.T) {
	t.Parallel()
	if handedOver, arrived := lost(t, implementations[0]); arrived != handedOver {
		t.Errorf("handed over %d bytes, %d arrived", handedOver, arrived)
	}
}

// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package reactor

import (
	"context"
	"io"
	"log/slog"
	"net"
	"sync"
	"testing"
	"time"

	"github.com/flashmq/flashmq/pkg/buffer"
)

// funcs is a Handler made of functions; those left out do nothing.
type funcs struct {
	opened   func(c *Conn)
	readable func(c *Conn, in []byte)
	moved    func(c *Conn)
	flush    func(c *Conn)
	closed   func(c *Conn, err error)
	mail     func(l *Loop, batch any)
	tick     func(l *Loop, now int64)
}

func (f *funcs) Opened(c *Conn) {
	if f.opened != nil {
		f.opened(c)
	}
}

func (f *funcs) Readable(c *Conn, in []byte) {
	if f.readable != nil {
		f.readable(c, in)
	}
}

func (f *funcs) Moved(c *Conn) {
	if f.moved != nil {
		f.moved(c)
	}
}

func (f *funcs) Flush(c *Conn) {
	if f.flush != nil {
		f.flush(c)
	}
}

func (f *funcs) Closed(c *Conn, err error) {
	if f.closed != nil {
		f.closed(c, err)
	}
}

func (f *funcs) Mail(l *Loop, batch any) {
	switch b := batch.(type) {
	case func(l *Loop):
		b(l)
	default:
		if f.mail != nil {
			f.mail(l, batch)
		}
	}
}

func (f *funcs) Tick(l *Loop, now int64) {
	if f.tick != nil {
		f.tick(l, now)
	}
}

// echoer answers with what it was sent. The Context of its connections is what they still have to
// write.
func echoer() *funcs {
	return &funcs{
		opened: func(c *Conn) { c.Context = new(buffer.Out) },
		readable: func(c *Conn, in []byte) {
			c.Context.(*buffer.Out).Append(c.Loop().Buffers, in)
			c.Schedule()
		},
		flush:  func(c *Conn) { _ = c.Send(c.Context.(*buffer.Out)) },
		closed: func(c *Conn, _ error) { c.Context.(*buffer.Out).Reset(c.Loop().Buffers) },
	}
}

// patience bounds everything a test waits for; a test that passes never waits as long.
const patience = 60 * time.Second

// quiet throws log lines away.
func quiet() *slog.Logger { return slog.New(slog.NewTextHandler(io.Discard, nil)) }

// start runs a Reactor until the end of the test, with a listener on 127.0.0.1.
func start(t testing.TB, o Options, h Handler) (*Reactor, *Listener) {
	t.Helper()
	if o.Logger == nil {
		o.Logger = quiet()
	}
	r, err := New(o, h)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(r.Stop)
	ln, err := r.Listen("tcp4", "127.0.0.1:0", ListenOptions{NoDelay: true})
	if err != nil {
		t.Fatal(err)
	}
	if err := r.Start(); err != nil {
		t.Fatal(err)
	}
	return r, ln
}

// dial connects to a listener until the end of the test.
func dial(t testing.TB, ln *Listener) net.Conn {
	t.Helper()
	nc, err := net.Dial(ln.Addr().Network(), ln.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = nc.Close() })
	_ = nc.SetDeadline(time.Now().Add(patience))
	return nc
}

// on runs f on a loop and waits for it. The Handler has to be a *funcs.
func on(t testing.TB, l *Loop, f func(l *Loop)) {
	t.Helper()
	done := make(chan struct{})
	l.Post(func(l *Loop) { defer close(done); f(l) }, 0)
	wait(t, done, "a loop to run a function")
}

// wait waits for a channel.
func wait[T any](t testing.TB, ch <-chan T, what string) T {
	t.Helper()
	select {
	case v := <-ch:
		return v
	case <-time.After(patience):
		t.Fatalf("gave up waiting for %s", what)
		panic("not reached")
	}
}

// eventually waits for a condition.
func eventually(t testing.TB, what string, ok func() bool) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	for !ok() {
		if ctx.Err() != nil {
			t.Fatalf("gave up waiting for %s", what)
		}
		time.Sleep(time.Millisecond)
	}
}

// diary collects what happened, from any loop.
type diary struct {
	mu    sync.Mutex
	lines []string
}

func (d *diary) add(line string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.lines = append(d.lines, line)
}

func (d *diary) read() []string {
	d.mu.Lock()
	defer d.mu.Unlock()
	return append([]string(nil), d.lines...)
}

// settler makes the first byte of every connection the number of the loop to move to.
func settler(h *funcs) *funcs {
	readable := h.readable
	settled := map[*Conn]bool{}
	var mu sync.Mutex
	h.readable = func(c *Conn, in []byte) {
		mu.Lock()
		done := settled[c]
		settled[c] = true
		mu.Unlock()
		if done {
			readable(c, in)
			return
		}
		c.Move(c.Loop().reactor.loops[in[0]], in[1:])
	}
	closed := h.closed
	h.closed = func(c *Conn, err error) {
		mu.Lock()
		delete(settled, c)
		mu.Unlock()
		if closed != nil {
			closed(c, err)
		}
	}
	if h.moved == nil {
		h.moved = func(*Conn) {}
	}
	return h
}

// roundTripTo settles a connection in a loop.
func roundTripTo(t testing.TB, nc net.Conn, loop int, text string) {
	t.Helper()
	if _, err := io.WriteString(nc, string(rune(loop))+text); err != nil {
		t.Fatal(err)
	}
	expect(t, nc, text)
}

// expect reads exactly a text.
func expect(t testing.TB, nc net.Conn, text string) {
	t.Helper()
	got := make([]byte, len(text))
	if n, err := io.ReadFull(nc, got); err != nil {
		t.Errorf("after %d of %d bytes: %v", n, len(text), err)
	} else if string(got) != text {
		t.Errorf("got %.40q, want %.40q", got, text)
	}
}

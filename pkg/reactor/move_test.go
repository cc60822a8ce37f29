// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package reactor

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/flashmq/flashmq/pkg/buffer"
)

// TestNoByteIsLostOnTheWay streams through a connection that moves all the time, to any loop, the
// own one included, each time leaving some of what it was given unread.
func TestNoByteIsLostOnTheWay(t *testing.T) {
	t.Parallel()
	const size = 4 << 20
	anywhere := func(c *Conn) *Loop { return c.loop.reactor.loops[rand.N(3)] }
	h := echoer()
	readable := h.readable
	h.readable = func(c *Conn, in []byte) {
		used := len(in)
		if rand.N(3) == 0 {
			used = rand.N(len(in) + 1)
		}
		readable(c, in[:used])
		if used < len(in) || rand.N(3) == 0 {
			c.Move(anywhere(c), in[used:])
		}
	}
	h.moved = func(c *Conn) {
		if rand.N(8) == 0 { // moves on before it has seen what it brought along
			c.Move(anywhere(c), nil)
		}
	}
	r, ln := start(t, Options{Loops: 3}, h)
	nc := dial(t, ln)
	sent := make([]byte, size)
	for i := range sent {
		sent[i] = byte(rand.Uint32())
	}
	go func() {
		for rest := sent; len(rest) > 0; {
			n := min(1+rand.N(40_000), len(rest))
			if _, err := nc.Write(rest[:n]); err != nil {
				return
			}
			rest = rest[n:]
		}
	}()
	got := make([]byte, size)
	if n, err := io.ReadFull(nc, got); err != nil {
		t.Fatalf("after %d bytes: %v", n, err)
	}
	if !bytes.Equal(got, sent) {
		t.Error("other bytes came back")
	}
	on(t, r.loops[0], func(*Loop) {})
	if n := r.Counters().Connections; n != 1 {
		t.Errorf("%d connections are counted, want 1", n)
	}
}

func TestCallbacksOfAMove(t *testing.T) {
	t.Parallel()
	for _, target := range []int{0, 1} {
		t.Run(fmt.Sprintf("to loop %d", target), func(t *testing.T) {
			t.Parallel()
			var d diary
			var conn *Conn
			done := make(chan struct{})
			h := settler(&funcs{
				opened: func(c *Conn) { c.Context = "context" },
				readable: func(c *Conn, in []byte) {
					d.add("readable " + string(in))
					c.Schedule()
				},
				flush: func(c *Conn) {
					d.add(fmt.Sprint("flush on ", c.Loop().Index()))
					c.Close(nil)
				},
				closed: func(c *Conn, err error) {
					d.add(fmt.Sprint("closed on ", c.Loop().Index()))
					close(done)
				},
			})
			h.moved = func(c *Conn) {
				d.add(fmt.Sprint("moved with ", c.Context, " to ", c.Loop().Index()))
				if conn != nil && conn != c {
					t.Error("another Conn arrived")
				}
			}
			_, ln := start(t, Options{Loops: 2}, h)
			nc := dial(t, ln)
			if _, err := nc.Write([]byte{byte(target), 'a', 'b'}); err != nil {
				t.Fatal(err)
			}
			wait(t, done, "the end")
			want := []string{
				fmt.Sprint("moved with context to ", target), "readable ab",
				fmt.Sprint("flush on ", target), fmt.Sprint("flush on ", target),
				fmt.Sprint("closed on ", target),
			}
			if got := d.read(); !slices.Equal(got, want) {
				t.Errorf("got  %q\nwant %q", got, want)
			}
		})
	}
}

// TestWhatHappensRightAfterMove: a close or a Schedule that comes in the turn of the move takes
// place on the other loop.
func TestWhatHappensRightAfterMove(t *testing.T) {
	t.Parallel()
	boom := errors.New("boom")
	tests := []struct {
		name string
		then func(c *Conn)
		want error
	}{
		{"close", func(c *Conn) { c.Close(boom) }, boom},
		{"abort", func(c *Conn) { c.Abort(boom) }, boom},
		{"schedule", (*Conn).Schedule, io.EOF},
		{"schedule and close", func(c *Conn) { c.Schedule(); c.Close(boom) }, boom},
		{"pause and resume", func(c *Conn) { c.PauseRead(); c.ResumeRead() }, io.EOF},
		{"move again", func(c *Conn) { c.Move(c.Loop(), []byte("x")) }, io.EOF},
	}
	for _, test := range tests {
		for variant := range 4 {
			target, inFlush := variant%2, variant/2 == 1
			name := fmt.Sprintf("%s, to loop %d, in Flush %v", test.name, target, inFlush)
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				type end struct {
					loop int
					err  error
				}
				ends := make(chan end, 2)
				h := &funcs{}
				act := func(c *Conn) {
					if c.Context == nil {
						c.Context = "acted"
						c.Move(c.Loop().reactor.loops[target], nil)
						test.then(c)
					}
				}
				h.readable = func(c *Conn, _ []byte) {
					if inFlush {
						c.Schedule()
					} else {
						act(c)
					}
				}
				h.flush = act
				h.closed = func(c *Conn, err error) { ends <- end{c.Loop().Index(), err} }
				r, ln := start(t, Options{Loops: 2}, h)
				nc := dial(t, ln)
				if _, err := nc.Write([]byte("x")); err != nil {
					t.Fatal(err)
				}
				if test.want == io.EOF {
					eventually(t, "the move", func() bool {
						return r.loops[target].Counters().Connections == 1
					})
					_ = nc.Close()
				}
				if got := wait(t, ends, "the end"); got != (end{target, test.want}) {
					t.Errorf("closed on loop %d with %v", got.loop, got.err)
				}
				r.Stop()
				if len(ends) != 0 {
					t.Error("closed twice")
				}
			})
		}
	}
}

// TestMoveTakesBlockedOutputAlong: output that waited for a slow peer goes on after the move.
func TestMoveTakesBlockedOutputAlong(t *testing.T) {
	t.Parallel()
	const size = 16 << 20
	conns := make(chan *Conn, 1)
	h := echoer()
	opened := h.opened
	h.opened = func(c *Conn) {
		opened(c)
		c.Context.(*buffer.Out).AppendShared(c.Loop().Buffers, make([]byte, size))
		c.Schedule()
		conns <- c
	}
	r, ln := start(t, Options{Loops: 2}, h)
	nc := dial(t, ln)
	c := wait(t, conns, "the connection")
	from := c.loop
	eventually(t, "the socket to take no more", func() (blocked bool) {
		on(t, from, func(*Loop) { // in the turn of the accept this comes before the write
			if blocked = c.blocked; blocked {
				c.Move(r.loops[1-from.index], nil)
			}
		})
		return blocked
	})
	expect(t, nc, string(make([]byte, size)))
}

// TestConnsDoNotPileUp: one loop accepts all, another has them in the end. The memory goes round.
func TestConnsDoNotPileUp(t *testing.T) {
	t.Parallel()
	r, err := New(Options{Loops: 2, Logger: quiet()}, &funcs{})
	if err != nil {
		t.Fatal(err)
	}
	defer r.Stop()
	seen := map[*Conn]bool{}
	for range 100 * slab {
		c := r.loops[0].newConn()
		seen[c] = true
		r.loops[1].freeConn(c)
	}
	if limit := 8 * slab; len(seen) > limit {
		t.Errorf("%d Conn allocated for one connection at a time, want at most %d",
			len(seen), limit)
	}
}

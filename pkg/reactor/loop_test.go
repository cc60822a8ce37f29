// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package reactor

import (
	"bytes"
	"io"
	"math/rand/v2"
	"net"
	"slices"
	"testing"
	"unsafe"

	"golang.org/x/sys/unix"

	"github.com/flashmq/flashmq/pkg/buffer"
	"github.com/flashmq/flashmq/pkg/timer"
)

func TestConnIsTwoCacheLines(t *testing.T) {
	if size := unsafe.Sizeof(Conn{}); size != 128 {
		t.Errorf("a Conn takes %d bytes, want 128", size)
	}
}

func TestEchoOfManyBytes(t *testing.T) {
	t.Parallel()
	_, ln := start(t, Options{Loops: 2}, echoer())
	nc := dial(t, ln)
	sent := make([]byte, 8<<20)
	for i := range sent {
		sent[i] = byte(rand.Uint32())
	}
	go func() { _, _ = nc.Write(sent) }()
	got := make([]byte, len(sent))
	if _, err := io.ReadFull(nc, got); err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, sent) {
		t.Error("other bytes came back")
	}
}

// ticker writes into a diary when it expires.
type ticker struct {
	timer timer.Timer
	line  func()
}

func (k *ticker) Expire(*timer.Timer, int64) { k.line() }

func TestOrderOfOneTurn(t *testing.T) {
	t.Parallel()
	var lines []string
	note := func(s string) { lines = append(lines, s) }
	recording := false
	clock := &ticker{line: func() { note("timer") }}
	clock.timer.Bind(clock)
	h := echoer()
	h.readable = func(c *Conn, in []byte) {
		recording = true
		note("readable")
		l := c.Loop()
		l.Post("letter", 1)
		l.Timers.Set(&clock.timer, 0)
		c.Schedule()
		c.Schedule()
		c.Context.(*buffer.Out).Append(l.Buffers, in)
		c.Close(nil)
	}
	h.mail = func(_ *Loop, batch any) { note("mail " + batch.(string)) }
	flush := h.flush
	h.flush = func(c *Conn) { note("flush"); flush(c) }
	done := make(chan struct{})
	h.tick = func(_ *Loop, now int64) {
		if now <= 0 {
			t.Errorf("now is %d", now)
		}
		if recording {
			note("tick")
		}
	}
	h.closed = func(c *Conn, _ error) { note("closed"); recording = false; close(done) }
	_, ln := start(t, Options{Loops: 1}, h)
	nc := dial(t, ln)
	if _, err := nc.Write([]byte("x")); err != nil {
		t.Fatal(err)
	}
	wait(t, done, "the end of the connection")
	want := []string{"readable", "mail letter", "timer", "tick", "flush", "closed"}
	if !slices.Equal(lines, want) {
		t.Errorf("got %q\nwant %q", lines, want)
	}
}

func TestFlushOncePerTurnAndAgainWhenScheduledMeanwhile(t *testing.T) {
	t.Parallel()
	h := echoer()
	flushes := make(chan int64, 10)
	count := 0
	h.flush = func(c *Conn) {
		count++
		flushes <- c.Loop().Counters().Turns
		if count == 1 {
			c.Schedule()
		}
	}
	_, ln := start(t, Options{Loops: 1}, h)
	if _, err := dial(t, ln).Write([]byte("x")); err != nil {
		t.Fatal(err)
	}
	first, second := wait(t, flushes, "a flush"), wait(t, flushes, "a second flush")
	if second != first+1 {
		t.Errorf("flushed in turn %d, then in turn %d", first, second)
	}
}

func TestAgainKeepsTheLoopAwake(t *testing.T) {
	t.Parallel()
	left := 100
	h := &funcs{}
	h.tick = func(l *Loop, _ int64) {
		if left > 0 {
			left--
			l.Again()
		}
	}
	r, _ := start(t, Options{Loops: 1}, h)
	on(t, r.Loops()[0], func(*Loop) {})
	eventually(t, "a hundred turns", func() bool { return r.Counters().Turns >= 100 })
	if c := r.Counters(); c.Sleeps > 10 {
		t.Errorf("%d sleeps in %d turns", c.Sleeps, c.Turns)
	}
}

func TestTimersWakeTheLoop(t *testing.T) {
	t.Parallel()
	expired := make(chan int64, 1)
	r, _ := start(t, Options{Loops: 1}, &funcs{})
	l := r.Loops()[0]
	var when int64
	k := &ticker{}
	k.line = func() { expired <- l.Now() }
	k.timer.Bind(k)
	on(t, l, func(l *Loop) {
		when = l.Now() + 30e6
		l.Timers.Set(&k.timer, when)
	})
	before := l.Counters().Turns
	if now := wait(t, expired, "the timer"); now < when {
		t.Errorf("expired at %d, before %d", now, when)
	}
	if turns := l.Counters().Turns - before; turns > 10 {
		t.Errorf("%d turns for one timer", turns)
	}
}

func TestIdleLoopSleeps(t *testing.T) {
	t.Parallel()
	r, ln := start(t, Options{Loops: 2}, echoer())
	nc := dial(t, ln)
	for range 10 {
		roundTrip(t, nc, "x")
	}
	// Every turn is accounted for by a byte, the listener, the connection; none is for nothing.
	if c := r.Counters(); c.Turns > 60 {
		t.Errorf("%d turns for ten bytes", c.Turns)
	}
}

// TestWriteReadinessIsForgotten: once a slow peer has read everything, nothing more is reported.
func TestWriteReadinessIsForgotten(t *testing.T) {
	t.Parallel()
	const size = 16 << 20
	r, ln := start(t, Options{Loops: 1}, echoer())
	nc := dial(t, ln)
	go func() { _, _ = nc.Write(make([]byte, size)) }()
	expect(t, nc, string(make([]byte, size)))
	l := r.Loops()[0]
	expired := make(chan struct{})
	k := &ticker{line: func() { close(expired) }}
	k.timer.Bind(k)
	on(t, l, func(l *Loop) { l.Timers.Set(&k.timer, l.Now()+50e6) })
	before := l.Counters().Turns
	wait(t, expired, "a timer")
	if turns := l.Counters().Turns - before; turns > 10 {
		t.Errorf("%d turns with nothing to do", turns)
	}
}

// roundTrip writes a text and reads it back.
func roundTrip(t testing.TB, nc net.Conn, text string) {
	t.Helper()
	if _, err := io.WriteString(nc, text); err != nil {
		t.Fatal(err)
	}
	expect(t, nc, text)
}

func TestStaleEventsFindNobody(t *testing.T) {
	t.Parallel()
	var table table
	first, second := new(Conn), new(Conn)
	table.seat(first)
	slot, generation := first.slot, first.generation
	if table.at(slot, generation) != first {
		t.Error("not found in its own slot")
	}
	table.unseat(first)
	if table.at(slot, generation) != nil {
		t.Error("found after it was gone")
	}
	table.seat(second)
	if second.slot != slot {
		t.Fatalf("the vacant slot %d was not used again", slot)
	}
	if table.at(slot, generation) != nil {
		t.Error("an event of the first connection reaches the second")
	}
	if table.at(slot+100, 1) != nil {
		t.Error("found beyond the end of the table")
	}
}

func TestAcceptedSocketsInheritNoDelay(t *testing.T) {
	t.Parallel()
	value := make(chan int, 1)
	h := &funcs{opened: func(c *Conn) {
		v, err := unix.GetsockoptInt(int(c.fd), unix.IPPROTO_TCP, unix.TCP_NODELAY)
		if err != nil {
			v = -1
		}
		value <- v
	}}
	_, ln := start(t, Options{Loops: 1}, h)
	dial(t, ln)
	if v := wait(t, value, "a connection"); v != 1 {
		t.Errorf("TCP_NODELAY is %d", v)
	}
}

// Linux before 6.12 has no slices for threads, and says 0.
func TestLoopsAskForShortSlices(t *testing.T) {
	t.Parallel()
	slice := make(chan uint64, 1)
	h := echoer()
	h.readable = func(*Conn, []byte) {
		attr, err := unix.SchedGetAttr(0, 0)
		if err != nil {
			t.Error(err)
		}
		slice <- attr.Runtime
	}
	_, ln := start(t, Options{Loops: 1}, h)
	_, _ = dial(t, ln).Write([]byte("x"))
	if got := <-slice; got != shortSlice && got != 0 {
		t.Errorf("a loop's slice is %d ns, want %d", got, shortSlice)
	}
}

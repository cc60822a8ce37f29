// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package reactor

import (
	"net"
	"sync"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/flashmq/flashmq/pkg/buffer"
)

type letter struct{ from, number int }

func TestMailKeepsTheOrderOfEachPoster(t *testing.T) {
	t.Parallel()
	const posters, letters = 8, 2000
	last := map[int]int{}
	total, done := 0, make(chan struct{})
	r, _ := start(t, Options{Loops: 2}, &funcs{mail: func(l *Loop, batch any) {
		m := batch.(letter)
		if m.number != last[m.from]+1 {
			t.Errorf("poster %d: letter %d after %d", m.from, m.number, last[m.from])
		}
		last[m.from] = m.number
		if total++; total == posters*letters {
			close(done)
		}
	}})
	l := r.Loops()[1]
	var posting sync.WaitGroup
	for p := range posters {
		posting.Go(func() {
			for n := range letters {
				l.Post(letter{p, n + 1}, 10)
			}
		})
	}
	posting.Wait()
	wait(t, done, "all letters")
	on(t, l, func(*Loop) {})
	eventually(t, "no weight to be left", func() bool { return l.inbox.weight.Load() == 0 })
}

func TestPostWakesOnlyASleepingLoop(t *testing.T) {
	t.Parallel()
	r, err := New(Options{Loops: 1, Logger: quiet()}, &funcs{})
	if err != nil {
		t.Fatal(err)
	}
	defer r.Stop()
	l := r.Loops()[0]
	woken := func() bool {
		var count [8]byte
		_, errno := read(int32(l.eventfd), count[:])
		return errno != unix.EAGAIN
	}
	l.Post("awake", 1)
	if woken() {
		t.Error("a system call for a loop that is awake")
	}
	l.inbox.sleeping.Store(true)
	l.Post("asleep", 1)
	l.Post("woken already", 1)
	if !woken() {
		t.Error("the sleeping loop was not woken")
	}
	l.Post("awake again", 1)
	if woken() {
		t.Error("woken twice")
	}
}

// Mail that came before the loop announced its sleep keeps it awake: nobody will wake it.
func TestMailBeforeTheAnnouncement(t *testing.T) {
	t.Parallel()
	r, err := New(Options{Loops: 1, Logger: quiet()}, &funcs{})
	if err != nil {
		t.Fatal(err)
	}
	defer r.Stop()
	l := r.Loops()[0]
	l.Post("awake", 1)
	awake := make(chan struct{})
	go func() {
		l.sleep(-1)
		close(awake)
	}()
	wait(t, awake, "the loop to stay awake")
}

func TestWakeUpsNeverRunOut(t *testing.T) {
	t.Parallel()
	r, _ := start(t, Options{Loops: 1}, &funcs{})
	for range 2000 { // far more than an 8-bit counter, each a sleep and a wake-up
		on(t, r.Loops()[0], func(*Loop) {})
	}
}

func TestCongestionIsCountedOncePerLoop(t *testing.T) {
	t.Parallel()
	r, err := New(Options{Loops: 3, MailLimit: 100, Logger: quiet()}, &funcs{})
	if err != nil {
		t.Fatal(err)
	}
	defer r.Stop()
	a, b, c := r.loops[0], r.loops[1], r.loops[2]
	check := func(when string, held ...bool) {
		t.Helper()
		for i, l := range r.loops {
			if l.held() != held[i] {
				t.Errorf("%s: loop %d held: %v", when, i, l.held())
			}
		}
	}
	a.Post("", 100)
	check("at the limit", false, false, false)
	a.Post("", 1)
	a.Post("", 50)
	check("one congested", false, true, true)
	b.Post("", 500)
	check("two congested", true, true, true)
	b.readMail()
	check("one congested again", false, true, true)
	a.readMail()
	c.readMail()
	check("none", false, false, false)
}

func TestHeldLoopReadsNothingButDoesTheRest(t *testing.T) {
	t.Parallel()
	stuck, goOn := make(chan struct{}), make(chan struct{})
	h := settler(echoer())
	h.mail = func(_ *Loop, batch any) {
		if batch == "stuck" {
			close(stuck)
			<-goOn
		}
	}
	r, ln := start(t, Options{Loops: 2, MailLimit: 1000}, h)
	free := sync.OnceFunc(func() { close(goOn) })
	t.Cleanup(free) // before Stop
	nc := dial(t, ln)
	roundTripTo(t, nc, 0, "hello")
	r.loops[1].Post("stuck", 1)
	wait(t, stuck, "loop 1 to be stuck")
	r.loops[1].Post("heavy", 5000)
	if !r.loops[1].Congested() || r.loops[0].Congested() {
		t.Fatal("the wrong loop is congested")
	}

	before := r.loops[0].Counters()
	if _, err := nc.Write([]byte("waiting")); err != nil {
		t.Fatal(err)
	}
	expired := make(chan struct{})
	k := &ticker{line: func() { close(expired) }}
	k.timer.Bind(k)
	on(t, r.loops[0], func(l *Loop) { l.Timers.Set(&k.timer, l.Now()+100e6) })
	wait(t, expired, "a timer of the held loop")
	if arrived(t, nc) {
		t.Error("the held loop has read its socket")
	}
	after := r.loops[0].Counters()
	// 100 ms in sleeps of two milliseconds, and not in an endless circle round the readable socket.
	if turns := after.Turns - before.Turns; turns > 100 || after.Sleeps-before.Sleeps < turns/2 {
		t.Errorf("%d turns, %d sleeps while held", turns, after.Sleeps-before.Sleeps)
	}
	free()
	expect(t, nc, "waiting")
}

// arrived tells whether a connection has something to read already.
func arrived(t *testing.T, nc net.Conn) bool {
	t.Helper()
	raw, err := nc.(*net.TCPConn).SyscallConn()
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	_ = raw.Control(func(fd uintptr) {
		n, _, _ = unix.Recvfrom(int(fd), make([]byte, 1), unix.MSG_PEEK|unix.MSG_DONTWAIT)
	})
	return n > 0
}

func TestHeldLoopStillWrites(t *testing.T) {
	t.Parallel()
	const size = 16 << 20
	stuck, goOn := make(chan struct{}), make(chan struct{})
	h := settler(echoer())
	h.mail = func(l *Loop, batch any) {
		if batch == "stuck" {
			close(stuck)
			<-goOn
		}
	}
	var conn *Conn
	moved := h.moved
	h.moved = func(c *Conn) { conn = c; moved(c) }
	r, ln := start(t, Options{Loops: 2, MailLimit: 1000}, h)
	free := sync.OnceFunc(func() { close(goOn) })
	t.Cleanup(free)
	nc := dial(t, ln)
	roundTripTo(t, nc, 0, "hello")
	r.loops[1].Post("stuck", 1)
	wait(t, stuck, "loop 1 to be stuck")
	r.loops[1].Post("heavy", 5000)
	on(t, r.loops[0], func(l *Loop) {
		conn.Context.(*buffer.Out).AppendShared(l.Buffers, make([]byte, size))
		conn.Schedule()
	})
	expect(t, nc, string(make([]byte, size)))
}

// TestFloodingEachOther: two loops that answer everything with heavy mail for the other one, far
// above the limit on both sides, while their connections keep them busy.
func TestFloodingEachOther(t *testing.T) {
	t.Parallel()
	const rounds, clients = 300, 4
	h := settler(echoer())
	h.mail = func(l *Loop, batch any) {
		if n := batch.(int); n > 0 {
			l.reactor.loops[1-l.index].Post(n-1, 3000)
		}
	}
	readable := h.readable
	h.readable = func(c *Conn, in []byte) {
		c.loop.reactor.loops[1-c.loop.index].Post(20, 3000)
		readable(c, in)
	}
	r, ln := start(t, Options{Loops: 2, MailLimit: 1000}, h)
	var running sync.WaitGroup
	for i := range clients {
		nc := dial(t, ln)
		roundTripTo(t, nc, i%2, "hello")
		running.Go(func() {
			for range rounds {
				roundTrip(t, nc, "some text")
			}
		})
	}
	running.Wait()
	eventually(t, "the flood to end", func() bool {
		return r.loops[0].inbox.weight.Load() == 0 && r.loops[1].inbox.weight.Load() == 0
	})
	if n := r.congested.Load(); n != 0 {
		t.Errorf("%d loops are still counted as congested", n)
	}
}

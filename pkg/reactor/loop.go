// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package reactor

import (
	"math"
	"os"
	"runtime"

	"golang.org/x/sys/unix"

	"github.com/flashmq/flashmq/pkg/buffer"
	"github.com/flashmq/flashmq/pkg/timer"
)

// One turn of a loop, stage by stage:
//
//	poll          epoll.go, sleep.go  which sockets are ready; sleeps only with nothing left to do
//	dispatch      read.go, accept.go  one read or a burst of accepts for each ready socket
//	readMail      mail.go, move.go    what other loops have posted, connections they hand over
//	callTimers    callback.go         timers that are due
//	callTick      callback.go         the Handler's own end of the turn
//	flush         write.go            output of every scheduled connection, each once
//	closeAsked    close.go            connections to be closed
//	depart        move.go             connections leaving for another loop

// Ours.
const (
	// eventsPerTurn bounds a turn, for nobody is answered before its end: further ready sockets are
	// served by the next ones. Large enough that what a turn costs in itself does not show.
	eventsPerTurn = 256
	// timersPerTurn bounds a turn in which very many timers are due.
	timersPerTurn = 4096
)

// Loop is one event loop. Except for Post and Index its methods and fields belong to its goroutine.
type Loop struct {
	Timers  *timer.Wheel
	Buffers *buffer.Pool
	// Context is the Handler's, for what it keeps per loop. Set it before Start.
	Context any

	reactor *Reactor
	handler Handler
	index   int
	now     int64
	// busyAt is the instant up to which busy time is counted; idleAt that since which the loop has
	// nothing to do, 0 while it has.
	busyAt, idleAt int64

	again bool
	epoll int
	// eventfd interrupts a sleep; registered edge-triggered, so it need not be read.
	eventfd int
	events  []unix.EpollEvent
	// input is lent to Readable.
	input []byte

	conns     table
	listening []*listenSocket
	// accept is replaced by tests that need it to fail.
	accept func(fd int) (accepted, error)
	// next is the loop that gets the next connection of a listener shared by all loops.
	next int

	// mail is the inbox read last, kept for its capacity.
	mail    []mail
	dirty   []*Conn
	flushed []*Conn
	leaving []departure
	closing []*Conn
	linger  lingerQueue
	write   vector

	counters counters
	inbox    inbox
}

func newLoop(r *Reactor, index int) (*Loop, error) {
	o := r.options
	l := &Loop{
		Timers: timer.New(0), Buffers: buffer.NewPool(o.PoolLimit),
		reactor: r, handler: r.handler, index: index, now: 1, epoll: -1, eventfd: -1,
		events: make([]unix.EpollEvent, eventsPerTurn), input: make([]byte, o.ReadBuffer),
		accept: accept,
	}
	l.linger.bind(l)
	l.inbox.limit, l.inbox.congested = o.MailLimit, &r.congested
	var err error
	if l.epoll, err = unix.EpollCreate1(unix.EPOLL_CLOEXEC); err != nil {
		return nil, os.NewSyscallError("epoll_create1", err)
	}
	l.eventfd, err = unix.Eventfd(0, unix.EFD_NONBLOCK|unix.EFD_CLOEXEC)
	if err == nil {
		ev := unix.EpollEvent{Events: unix.EPOLLIN | unix.EPOLLET, Fd: wakeMark}
		err = unix.EpollCtl(l.epoll, unix.EPOLL_CTL_ADD, l.eventfd, &ev)
	}
	if err != nil {
		l.release()
		return nil, os.NewSyscallError("eventfd", err)
	}
	return l, nil
}

// release closes the loop's own descriptors.
func (l *Loop) release() {
	if l.eventfd >= 0 {
		_ = unix.Close(l.eventfd)
	}
	_ = unix.Close(l.epoll)
}

// Index is the loop's number, from 0.
func (l *Loop) Index() int { return l.index }

// Now is the instant of the last read or end of a connection, or at which the turn began when there
// was none yet: nanoseconds since the Reactor was made, never 0.
func (l *Loop) Now() int64 { return l.now }

// Again keeps the loop from sleeping before the next turn.
func (l *Loop) Again() { l.again = true }

// run is the loop's goroutine.
func (l *Loop) run() {
	runtime.LockOSThread() // for ever: nobody else should get the thread
	askForShortSlices()
	l.now = l.reactor.clock()
	l.busyAt = l.now
	for !l.reactor.stopping.Load() {
		l.turn()
	}
	l.end()
}

// askForShortSlices makes the thread one that the kernel (Linux 6.12 or later) lets interrupt
// another when it wakes, because it does not want to run for long. Otherwise a message waits until
// the slice of whoever runs is over, about three milliseconds.
func askForShortSlices() {
	attr, err := unix.SchedGetAttr(0, 0)
	if err == nil && attr.Policy == unix.SCHED_NORMAL { // somebody chose another one on purpose
		attr.Runtime = shortSlice
		_ = unix.SchedSetAttr(0, attr, 0) // or there is somebody who forbids it
	}
}

func (l *Loop) turn() {
	n := l.poll(l.held())
	held := l.held() // another loop may have fallen behind during the sleep
	l.now = l.reactor.clock()
	l.awake()
	l.again = false
	l.counters.turns.Add(1)
	l.perturb(l.events[:n])
	for i := range l.events[:n] {
		l.dispatch(&l.events[i], held)
	}
	l.readMail()
	l.callTimers()
	l.callTick()
	l.flush()
	l.closeAsked()
	l.depart()
}

// Marks in the place where the events of connections carry a slot number, which is never negative.
const (
	// wakeMark is the eventfd; listener i is -1-i.
	wakeMark = math.MinInt32
)

// dispatch serves one ready socket. While the loop is held it takes nothing in.
func (l *Loop) dispatch(ev *unix.EpollEvent, held bool) {
	if ev.Fd >= 0 {
		if c := l.conns.at(ev.Fd, uint32(ev.Pad)); c != nil {
			l.ready(c, ev.Events, held)
		}
		return
	}
	if ev.Fd != wakeMark && !held {
		if s := l.listener(int(-1 - ev.Fd)); s != nil && s.generation == uint32(ev.Pad) {
			l.acceptBurst(s)
		}
	}
}

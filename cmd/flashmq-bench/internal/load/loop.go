// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package load

import (
	"fmt"
	"sync/atomic"
	"time"

	"golang.org/x/sys/unix"

	"github.com/flashmq/flashmq/cmd/flashmq-bench/internal/door"
	"github.com/flashmq/flashmq/cmd/flashmq-bench/internal/latency"
	"github.com/flashmq/flashmq/cmd/flashmq-bench/internal/result"
	"github.com/flashmq/flashmq/pkg/mqtt"
	"github.com/flashmq/flashmq/pkg/packet"
)

// Ours.
const (
	atOnce    = 64        // connections that a loop opens at the same time, but for storms
	readSize  = 256 << 10 // one read takes at most so much
	eventSize = 512       // events of one epoll_wait
)

// counts are what a loop counted.
type counts struct {
	sent, expected, received, acknowledged int64
	gaps, duplicates, reordered            int64
	unsent, errors, closed, stalls         int64
	connects, pongs                        int64
	handshakes, resumed                    int64 // of TLS
}

// shown is what others may see of a loop while it turns.
type shown struct {
	sent, expected, received, connects, closed, ready, duplicates atomic.Int64
}

// loop owns connections. Nothing of it but shown may be touched by others while it turns.
type loop struct {
	run     *run
	options *Options
	five    bool // MQTT 5.0
	epoll   int
	events  []unix.EpollEvent

	conns      []conn // never grows: epoll and groups point into it
	groups     []group
	publishers []*publisher // in the order in which the pace asks them
	dirty      []*group

	wanted  int     // conns[:wanted] are to be open
	opened  int     // conns[:opened] have been opened
	limit   int     // that may be opening at once
	again   []int32 // a storm's connections that have ended
	opening int
	ready   int

	doors         *door.Doors // nil: MQTT lies on the socket
	raw           []byte      // one read, of a connection with layers
	in, out, acks []byte
	now           int64 // when the turn began, or its last read ended
	unstuck       int64 // when unstick looked last

	pumping     bool
	storming    bool
	pace        pace
	spacing     int64
	recorder    *latency.Recorder
	count       counts
	shown       shown
	failure     error       // why the first connection was lost
	agreed      *result.TLS // by the first connection that could; nil: nothing, or no TLS
	measureTo   int64       // messages that were due from measureFrom up to here count
	measureFrom int64
}

// newLoop makes a loop for so many connections and groups.
func (r *run) newLoop(conns, groups int) (*loop, error) {
	epoll, err := unix.EpollCreate1(unix.EPOLL_CLOEXEC)
	if err != nil {
		return nil, fmt.Errorf("load: epoll: %w", err)
	}
	o := &r.options
	l := &loop{
		run: r, options: o, epoll: epoll, five: o.Version == mqtt.V50, limit: atOnce,
		events: make([]unix.EpollEvent, eventSize),
		conns:  make([]conn, 0, conns), groups: make([]group, 0, groups),
		dirty:    make([]*group, 0, 2*groups),
		in:       make([]byte, max(readSize, 4*(o.Size+256))),
		out:      make([]byte, 0, max(4096, o.Batch*(o.Size+128))),
		acks:     make([]byte, 0, 16<<10),
		recorder: latency.NewRecorder(r.parts),
	}
	if r.kind != nil {
		l.doors, l.raw = door.NewDoors(r.kind), make([]byte, readSize)
	}
	r.loops = append(r.loops, l)
	return l, nil
}

// add makes one more client, which is opened when its turn comes.
func (l *loop) add(filter string) *conn {
	if len(l.conns) == cap(l.conns) {
		panic("load: more connections than the loop was made for")
	}
	slot := int32(len(l.conns))
	l.conns = append(l.conns, conn{fd: -1, slot: slot, clean: true, filter: filter,
		number: uint32(l.run.numbers.Add(1) - 1)})
	return &l.conns[slot]
}

// step is one turn: it opens, waits for events up to so long, handles them and pumps.
func (l *loop) step(wait time.Duration) {
	l.openMore()
	if len(l.dirty) > 0 {
		wait = 0
	}
	events := l.poll(wait)
	l.now = l.run.clock()
	l.measureFrom, l.measureTo = l.run.from.Load(), l.run.until.Load()
	for i := range events {
		c, e := &l.conns[events[i].Fd], events[i].Events
		if c.writing && e&unix.EPOLLOUT != 0 && c.state != closed {
			l.writable(c)
		}
		if e&^unix.EPOLLOUT != 0 && c.state > dialing && c.state != closed {
			l.readable(c)
		}
	}
	l.pumpDirty()
	l.look()
}

// look does what is to be done once in a while.
func (l *loop) look() {
	if l.pumping && l.now-l.unstuck > stuck/4 {
		l.unstuck = l.now
		l.unstick()
	}
	if tick := l.run.tick; l.measureFrom > 0 && l.now >= l.measureFrom {
		last := min(l.now, l.measureTo-1)
		l.recorder.Turn(int((last - l.measureFrom) / tick))
	}
	l.show()
}

func (l *loop) show() {
	l.shown.sent.Store(l.count.sent)
	l.shown.expected.Store(l.count.expected)
	l.shown.received.Store(l.count.received)
	l.shown.connects.Store(l.count.connects)
	l.shown.closed.Store(l.count.closed)
	l.shown.duplicates.Store(l.count.duplicates)
	l.shown.ready.Store(int64(l.ready))
}

// openMore opens connections, a limited number at once: a broker's backlog is short.
func (l *loop) openMore() {
	for l.opened < l.wanted && l.opening < l.limit {
		c := &l.conns[l.opened]
		l.opened++
		if c.state == fresh || c.state == closed {
			l.open(c)
		}
	}
	if l.run.phase.Load() >= draining {
		return
	}
	// Those that fail at once are not tried again before the next turn.
	for n := len(l.again); n > 0 && l.opening < l.limit; n-- {
		c := &l.conns[l.again[0]]
		l.again = l.again[:copy(l.again, l.again[1:])]
		c.number = uint32(l.run.numbers.Add(1) - 1)
		l.open(c)
	}
}

// end says goodbye to all brokers and closes everything. Only the recorder's last histogram is
// on its way then.
func (l *loop) end() {
	for i := range l.conns {
		c := &l.conns[i]
		if c.state == ready && !c.dismissed {
			l.dismiss(c)
		}
		l.shut(c)
	}
	unix.Close(l.epoll)
	l.recorder.Close()
	l.show()
}

// ping sends PINGREQ.
func (l *loop) ping(c *conn) {
	c.ponged = false
	l.write(c, packet.AppendPingreq(l.out[:0]))
}

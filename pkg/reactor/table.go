// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package reactor

import (
	"sync"

	"golang.org/x/sys/unix"
)

// Ours.
const (
	// slab is how many Conn are allocated at a time: 16 KiB.
	slab = 128
	// spareKept is how many unused Conn a loop keeps before it gives some to the others; a loop
	// that accepts for others takes them, the others have them left over.
	spareKept = 4 * slab
)

// table finds the connections of one loop by the slot number epoll's events carry.
type table struct {
	slots []*Conn
	// vacant are the slots with no connection.
	vacant []int32
	// generation counts the connections that have had a slot.
	generation uint32
	// spare are Conn with no connection.
	spare []*Conn
}

// at finds the connection an event is about; nil when it is gone.
func (t *table) at(slot int32, generation uint32) *Conn {
	if int(slot) >= len(t.slots) {
		return nil
	}
	if c := t.slots[slot]; c != nil && c.generation == generation {
		return c
	}
	return nil
}

// seat gives c a slot and a generation.
func (t *table) seat(c *Conn) {
	t.generation++
	c.generation = t.generation
	if n := len(t.vacant); n > 0 {
		c.slot = t.vacant[n-1]
		t.vacant = t.vacant[:n-1]
		t.slots[c.slot] = c
		return
	}
	c.slot = int32(len(t.slots))
	t.slots = append(t.slots, c)
}

// unseat takes c out of its slot.
func (t *table) unseat(c *Conn) {
	t.slots[c.slot] = nil
	t.vacant = append(t.vacant, c.slot)
}

// stock is where loops leave the Conn they do not need.
type stock struct {
	mu    sync.Mutex
	spare []*Conn // guarded by mu
}

// newConn takes an unused Conn, whichever loop had it before.
func (l *Loop) newConn() *Conn {
	t := &l.conns
	if len(t.spare) == 0 {
		t.spare = l.reactor.stock.take(t.spare)
	}
	if len(t.spare) == 0 {
		conns := new([slab]Conn)
		for i := range conns {
			t.spare = append(t.spare, &conns[i])
		}
	}
	c := t.spare[len(t.spare)-1]
	t.spare = t.spare[:len(t.spare)-1]
	return c
}

// freeConn takes back a Conn that has no slot any more.
func (l *Loop) freeConn(c *Conn) {
	*c = Conn{}
	t := &l.conns
	t.spare = append(t.spare, c)
	if len(t.spare) > spareKept {
		t.spare = l.reactor.stock.give(t.spare)
	}
}

func (s *stock) take(into []*Conn) []*Conn {
	s.mu.Lock()
	defer s.mu.Unlock()
	n := max(0, len(s.spare)-slab)
	into = append(into, s.spare[n:]...)
	clear(s.spare[n:])
	s.spare = s.spare[:n]
	return into
}

// give takes half of them.
func (s *stock) give(spare []*Conn) []*Conn {
	s.mu.Lock()
	defer s.mu.Unlock()
	n := len(spare) / 2
	s.spare = append(s.spare, spare[n:]...)
	clear(spare[n:])
	return spare[:n]
}

// register makes the loop own a descriptor: a slot for c, and events for it.
func (l *Loop) register(c *Conn) error {
	c.loop = l
	l.conns.seat(c)
	c.interest = c.wanted()
	err := l.control(unix.EPOLL_CTL_ADD, c.fd, c.interest, c.slot, c.generation)
	if err != nil {
		l.conns.unseat(c)
		return err
	}
	l.counters.connections.Add(1)
	return nil
}

// deregister takes c out of the loop. Its descriptor may still be watched by epoll.
func (l *Loop) deregister(c *Conn) {
	l.conns.unseat(c)
	l.counters.connections.Add(-1)
}

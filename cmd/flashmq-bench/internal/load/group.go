// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package load

// group is publishers and subscribers with topics of their own. All of it lives in one loop.
type group struct {
	number     int // among those of all loops
	publishers []*publisher
	turn       int // whose publisher's turn it is
	copies     int // deliveries that one message causes
	shared     bool
	dirty      bool // on loop.dirty
	sent       int64
	delivered  int64 // all copies
	// For the check that it gets on.
	lastSum, lastProgress int64
}

// publisher sends one kind of message. Its connection may be that of others, too.
type publisher struct {
	conn     *conn
	group    *group
	template template
	number   uint32 // in its group
	sequence uint32
}

// hearing is what a subscriber checks.
type hearing struct {
	group *group
	from  []track // by the number of the publisher
}

// mark puts g on the list of groups that may go on.
func (l *loop) mark(g *group) {
	if !g.dirty {
		g.dirty = true
		l.dirty = append(l.dirty, g)
	}
}

// pumpDirty lets groups go on whose messages arrived.
func (l *loop) pumpDirty() {
	n := len(l.dirty)
	for _, g := range l.dirty[:n] {
		g.dirty = false
		l.pump(g)
	}
	l.dirty = l.dirty[:copy(l.dirty, l.dirty[n:])]
}

// pump publishes what the window lets through.
func (l *loop) pump(g *group) {
	if !l.pumping {
		return
	}
	batch, window := int64(l.options.Batch), int64(l.options.Window)
	limit := (window*int64(len(g.publishers)) - batch) * int64(g.copies)
	for tried := 0; tried < len(g.publishers); {
		if g.sent*int64(g.copies)-g.delivered > limit {
			return
		}
		p := g.publishers[g.turn]
		if g.turn++; g.turn == len(g.publishers) {
			g.turn = 0
		}
		n := l.room(p.conn)
		if n == 0 {
			tried++
			continue
		}
		tried = 0
		l.publish(p, n, l.run.clock())
	}
}

// room is how many messages c may send in one write now: a batch, or none. Above QoS 0 the
// window is also one of acknowledgements, and the broker's Receive Maximum counts
// [MQTT-3.3.4-7].
func (l *loop) room(c *conn) int {
	batch := l.options.Batch
	if c.state != ready || len(c.out) > 0 {
		return 0
	}
	if l.options.QoS == 0 {
		return batch
	}
	free := min(l.options.Window, c.quota) - c.inflight
	if free < batch && c.inflight > 0 {
		return 0
	}
	return min(batch, free)
}

// publish sends n messages in one write. The first was due at that instant; at a fixed rate each
// of the others so much later.
func (l *loop) publish(p *publisher, n int, due int64) {
	b := l.out[:0]
	c := p.conn
	for i := range n {
		var id uint16
		if p.template.id != 0 {
			id = c.takeID()
		}
		b = p.template.stamp(b, id, p.number, p.sequence, due+int64(i)*l.spacing)
		p.sequence++
	}
	l.out = b[:0]
	if p.template.id != 0 {
		c.inflight += n
	}
	p.group.sent += int64(n)
	l.count.sent += int64(n)
	l.count.expected += int64(n * p.group.copies)
	l.write(c, b)
}

// Ours: after so long without progress a group counts as stuck.
const stuck = 2e9

// unstick starts groups again that wait for messages that do not come. What they wait for stays
// counted as lost, unless it comes after all.
func (l *loop) unstick() {
	for i := range l.groups {
		g := &l.groups[i]
		if sum := g.sent + g.delivered; sum != g.lastSum {
			g.lastSum, g.lastProgress = sum, l.now
			continue
		}
		if g.sent*int64(g.copies) <= g.delivered || l.now-g.lastProgress < stuck {
			continue
		}
		g.delivered = g.sent * int64(g.copies)
		g.lastProgress = l.now
		for _, p := range g.publishers {
			p.conn.inflight = 0
		}
		l.count.stalls++
		l.mark(g)
	}
}

// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package session

import "github.com/flashmq/flashmq/pkg/packet"

// queued is a message on its way to one Client that has no Packet Identifier yet. It
// has no more than four fields, so that it travels in registers.
type queued struct {
	message    *packet.Held // held once for this entry
	share      *Share       // nil unless it came through a shared subscription
	identifier uint32       // Subscription Identifier
	flags      packet.PublishFlags
}

// queue is a ring of queued messages in order of arrival. It grows by doubling and lets go of its
// memory when it runs empty.
type queue struct {
	ring  []queued // length is a power of two
	head  int
	n     int
	bytes int
}

func (q *queue) push(m queued) {
	if q.n == len(q.ring) {
		ring := make([]queued, max(8, 2*len(q.ring)))
		for i := range q.n {
			ring[i] = *q.at(i)
		}
		q.ring, q.head = ring, 0
	}
	*q.at(q.n) = m
	q.n++
	q.bytes += m.message.Size()
}

// at returns the i-th message from the head.
func (q *queue) at(i int) *queued { return &q.ring[(q.head+i)&(len(q.ring)-1)] }

func (q *queue) pop() queued {
	m := *q.at(0)
	*q.at(0) = queued{}
	q.head = (q.head + 1) & (len(q.ring) - 1)
	q.n--
	q.bytes -= m.message.Size()
	if q.n == 0 {
		q.ring, q.head = nil, 0
	}
	return m
}

// sweep keeps the messages that keep accepts, in order, releases the others and reports how many
// those were. keep may push to the queue.
func (q *queue) sweep(keep func(*queued) bool) int {
	old := *q
	*q = queue{}
	removed := 0
	for i := range old.n {
		m := old.at(i)
		if keep(m) {
			q.push(*m)
		} else {
			m.message.Release()
			removed++
		}
	}
	return removed
}

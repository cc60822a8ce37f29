// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package load

import (
	"fmt"

	"github.com/flashmq/flashmq/pkg/mqtt"
	"github.com/flashmq/flashmq/pkg/packet"
)

// replays is how often the retained messages are asked for.
const replays = 3

// retainedTopic spreads messages over a tree.
func retainedTopic(n int) string { return fmt.Sprintf("r/%03d/%02d/d/%05d", n%997, n%31, n) }

// retained stores messages, subscribes to all of them, and removes them again.
func (r *run) retained() error {
	o := &r.options
	l, err := r.alone(1+replays, 1)
	if err != nil {
		return err
	}
	defer l.endAlone()
	l.groups = append(l.groups, group{})
	publisher := l.add("")
	l.wanted = 1
	if err := l.until("connecting", func() bool { return l.ready == 1 }); err != nil {
		return err
	}
	if err := l.store(publisher); err != nil {
		return err
	}
	m, before := r.begin("replay", "message"), l.count.received
	for range replays {
		if err := l.replay(); err != nil {
			return err
		}
	}
	m.end(l.count.received - before)
	r.result.Connected = l.ready
	r.live.Stage = "removing"
	remove := func(n int, b []byte) ([]byte, error) {
		return packet.AppendPublish(b, o.Version, &packet.Publish{
			Topic: []byte(retainedTopic(n)), Retain: true})
	}
	return l.sendAll(publisher, 0, o.Messages, remove)
}

// store publishes the messages, and looks at the broker's memory on the way.
func (l *loop) store(c *conn) error {
	r, o := l.run, l.options
	payload := make([]byte, o.Size)
	stamped := func(n int, b []byte) ([]byte, error) {
		p := packet.Publish{Topic: []byte(retainedTopic(n)), Payload: payload, Retain: true,
			QoS: o.QoS}
		if o.QoS > 0 {
			p.ID = mqtt.PacketID(c.takeID())
			c.inflight++
		}
		return packet.AppendPublish(b, o.Version, &p)
	}
	memory := level{run: r, total: o.Messages}
	memory.reached(0)
	m := r.begin("store", "message")
	for i := range points {
		from, to := i*o.Messages/points, (i+1)*o.Messages/points
		if err := l.sendAll(c, from, to, stamped); err != nil {
			return err
		}
		memory.reached(to)
	}
	l.count.sent += int64(o.Messages)
	m.end(int64(o.Messages)).Sent = int64(o.Messages)
	memory.keep("retained message")
	return nil
}

// sendAll sends messages from..to-1, many in one write, and waits until the broker has them.
func (l *loop) sendAll(
	c *conn, from, to int, encode func(n int, b []byte) ([]byte, error),
) (err error) {
	for n := from; n < to; {
		b := l.out[:0]
		most := l.options.Batch
		if l.options.QoS > 0 {
			most = max(1, min(most, c.quota-c.inflight))
		}
		for ; n < to && most > 0; most-- {
			if b, err = encode(n, b); err != nil {
				return fmt.Errorf("load: message %d: %w", n, err)
			}
			n++
		}
		l.out = b[:0]
		l.write(c, b)
		err = l.until("sending", func() bool { return len(c.out) == 0 && l.room(c) > 0 })
		if err != nil {
			return err
		}
	}
	return l.barrier(c)
}

// replay subscribes to everything and waits until it is there, or nothing comes any more.
func (l *loop) replay() error {
	c := l.add("r/#")
	l.wanted++
	l.count.expected += int64(l.options.Messages)
	err := l.collect("waiting for the retained messages", func() bool {
		return c.received >= int64(l.options.Messages)
	})
	if err == nil && c.state == ready {
		l.dismiss(c)
		err = l.until("disconnecting", func() bool { return c.state == closed })
	}
	return err
}

// collect is until for messages: when none has come for a while the wait is over, and what is
// missing was lost.
func (l *loop) collect(what string, complete func() bool) error {
	seen, progress := l.count.received, l.run.clock()
	return l.until(what, func() bool {
		if complete() {
			return true
		}
		if now := l.run.clock(); l.count.received != seen || l.opening > 0 {
			seen, progress = l.count.received, now
		} else if now-progress > 4*int64(patience) {
			return true
		}
		return false
	})
}

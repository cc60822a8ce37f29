// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package load

import "fmt"

// offline has clients subscribe and leave, queues messages for them, and lets all come back.
func (r *run) offline() error {
	o := &r.options
	l, err := r.alone(o.Clients+1, o.Clients)
	if err != nil {
		return err
	}
	defer l.endAlone()
	for i := range o.Clients {
		l.groups = append(l.groups, group{copies: 1})
		c := l.add(topic(o, i, 0))
		c.clean = false
		c.hears = &hearing{group: &l.groups[i], from: make([]track, 1)}
	}
	sender := l.add("")
	for i := range o.Clients {
		if err := l.publisher(sender, &l.groups[i], topic(o, i, 0), 0); err != nil {
			return err
		}
	}
	if err := l.comeAndGo(o.Clients); err != nil {
		return err
	}
	if err := l.queue(sender); err != nil {
		return err
	}
	if err := l.comeBack(); err != nil {
		return err
	}
	return l.forget()
}

// comeAndGo connects the first n clients and disconnects them again.
func (l *loop) comeAndGo(n int) error {
	l.opened, l.wanted = 0, n
	err := l.until(fmt.Sprintf("connecting %d clients", n), func() bool {
		return l.opened == n && l.opening == 0
	})
	if err != nil {
		return err
	}
	for i := range n {
		l.dismiss(&l.conns[i])
	}
	return l.until("disconnecting", func() bool {
		for i := range n {
			if l.conns[i].state != closed {
				return false
			}
		}
		return true
	})
}

// queue publishes to the clients that are away.
func (l *loop) queue(sender *conn) error {
	r, o := l.run, l.options
	l.opened, l.wanted = o.Clients, o.Clients+1
	if err := l.until("connecting", func() bool { return sender.state == ready }); err != nil {
		return err
	}
	total := o.Clients * o.Messages
	memory := level{run: r, total: total}
	memory.reached(0)
	m := r.begin("queue", "message")
	for sent := 0; sent < total; {
		// So that it is the same number for each client, the last round may be of fewer.
		for _, p := range l.publishers {
			left := o.Messages - int(p.sequence)
			for k := min(o.Batch, left); k > 0; {
				err := l.until("queueing", func() bool { return l.room(sender) > 0 })
				if err != nil {
					return err
				}
				n := min(k, l.room(sender))
				l.publish(p, n, r.clock())
				k -= n
				sent += n
			}
		}
		if sent*points >= len(memory.points)*total {
			if err := l.barrier(sender); err != nil {
				return err
			}
			memory.reached(sent)
		}
	}
	if err := l.barrier(sender); err != nil {
		return err
	}
	m.end(int64(total)).Sent = int64(total)
	memory.keep("queued message")
	return nil
}

// comeBack connects the clients again and takes what was queued for them.
func (l *loop) comeBack() error {
	total := int64(l.options.Clients) * int64(l.options.Messages)
	m := l.run.begin("drain", "message")
	l.opened, l.wanted = 0, l.options.Clients
	err := l.collect("waiting for the queued messages", func() bool {
		return l.count.received-l.count.duplicates >= total
	})
	m.end(l.count.received)
	l.run.result.Connected = l.ready
	return err
}

// forget ends the Sessions in the broker: each client comes once more with Clean Start.
func (l *loop) forget() error {
	l.run.live.Stage = "ending sessions"
	for i := range l.options.Clients {
		c := &l.conns[i]
		c.clean, c.filter = true, ""
		l.dismiss(c)
	}
	err := l.until("disconnecting", func() bool { return l.ready <= 1 && l.opening == 0 })
	if err != nil {
		return err
	}
	return l.comeAndGo(l.options.Clients)
}

// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package reactor

// Ours.
const (
	// stopRounds is how often the ending loops read each other's mail: what Closed callbacks post
	// is still delivered, and an answer to that.
	stopRounds = 3
)

// end is the loop's way out. In each round it waits until all loops have come as far, so that
// nothing is posted to a loop that no longer reads, and no connection is lost between two loops.
func (l *Loop) end() {
	for i := range l.reactor.rounds {
		round := &l.reactor.rounds[i]
		round.Done()
		round.Wait()
		l.now = l.reactor.clock()
		l.readMail()
		l.closeConnections()
		l.callTick()
		l.flush()
		l.closeAsked()
	}
	for _, c := range l.conns.slots {
		if c != nil {
			l.finish(c) // somebody kept scheduling it
		}
	}
	l.inbox.mu.Lock()
	defer l.inbox.mu.Unlock()
	l.inbox.closed = true
}

// closeConnections closes whatever is open, lingering or leaving.
func (l *Loop) closeConnections() {
	for _, d := range l.leaving {
		d.c.moving = false
	}
	l.leaving = nil
	for _, c := range l.conns.slots {
		if c == nil {
			continue
		}
		switch c.state {
		case lingering:
			l.endLingering(c)
		case draining:
			c.fail(c.err)
		case open:
			c.Close(ErrStopped)
		default:
			c.enlist(c.err)
		}
	}
}

// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package reactor

import (
	"sync"
	"sync/atomic"
)

// mail is one thing posted to a loop: a batch of the Handler's, or an arrival or a command of ours.
type mail struct {
	batch  any
	weight int64
}

// command is mail that runs on the loop.
type command func(l *Loop)

// inbox takes mail from any goroutine. The loop swaps the whole queue for an empty one.
type inbox struct {
	_ [64]byte // written by others: keeps the loop's own fields out of its cache lines

	mu    sync.Mutex
	queue []mail // guarded by mu
	// closed drops what is posted after the loop has ended; guarded by mu.
	closed bool

	// filled says there may be something in queue. Written under mu.
	filled atomic.Bool
	// sleeping says that the loop waits, or is about to, and needs the eventfd to notice mail.
	sleeping atomic.Bool
	// weight of the mail posted and not yet delivered.
	weight atomic.Int64

	limit     int64
	congested *atomic.Int32

	_ [64]byte
}

// Ours.
const (
	// mailKept is the length up to which the slice of an inbox is kept for the next turn.
	mailKept = 8192
)

// Post hands a batch to the loop, whose Handler.Mail gets it in its next turn, in the order of
// posting. weight is what the batch counts against MailLimit, in bytes. From any goroutine; the
// batch belongs to the loop from then on. After the end of the loop it is dropped.
func (l *Loop) Post(batch any, weight int64) {
	x := &l.inbox
	x.mu.Lock()
	if x.closed {
		x.mu.Unlock()
		return
	}
	x.queue = append(x.queue, mail{batch, weight})
	x.filled.Store(true)
	x.add(weight)
	x.mu.Unlock()
	l.wake()
}

// Congested tells whether more mail waits than MailLimit. The other loops then read no sockets.
func (l *Loop) Congested() bool { return l.inbox.weight.Load() > l.inbox.limit }

// held tells whether some other loop is congested, so that this one must not take anything in.
// Mail, timers and output go on, so a congested loop always gets to read its mail.
func (l *Loop) held() bool {
	n := l.reactor.congested.Load()
	return n > 1 || n == 1 && !l.Congested()
}

// add changes the weight, and the count of congested loops with it; true when congestion ended.
func (x *inbox) add(weight int64) bool {
	after := x.weight.Add(weight)
	before := after - weight
	switch {
	case before <= x.limit && after > x.limit:
		x.congested.Add(1)
	case before > x.limit && after <= x.limit:
		return x.congested.Add(-1) == 0
	}
	return false
}

// take swaps the queue for an empty slice.
func (x *inbox) take(empty []mail) []mail {
	x.mu.Lock()
	defer x.mu.Unlock()
	queue := x.queue
	x.queue = empty
	x.filled.Store(false)
	return queue
}

// readMail delivers everything posted so far.
func (l *Loop) readMail() {
	if !l.inbox.filled.Load() {
		return
	}
	batches := l.inbox.take(l.mail[:0])
	for i := range batches {
		l.deliver(batches[i].batch)
		if l.inbox.add(-batches[i].weight) {
			l.reactor.resume()
		}
		batches[i] = mail{}
	}
	l.mail = batches[:0]
	if cap(l.mail) > mailKept {
		l.mail = nil
	}
}

func (l *Loop) deliver(batch any) {
	switch b := batch.(type) {
	case *arrival:
		l.arrive(b)
	case command:
		b(l)
	default:
		l.callMail(batch)
	}
}

// resume wakes the loops that were held.
func (r *Reactor) resume() {
	for _, l := range r.loops {
		l.wake()
	}
}

// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package timer

// Expirer is told when a Timer bound to it has expired.
type Expirer interface {
	// Expire is called once for every expiry. The timer is no longer armed by then, and any timer
	// of the same wheel may be set or stopped from here.
	Expire(t *Timer, now int64)
}

// Timer is one instant to wait for. It is embedded in the thing that waits and linked into the
// wheel by its own fields. The zero value is ready; Bind it before it is set.
type Timer struct {
	next, prev *Timer
	when       int64
	owner      Expirer
	// home is the list the timer is linked into; Invariant: nowhere exactly when it is not armed.
	home place
}

// place numbers the lists of a wheel: its slots from one on, level by level, then the two lists of
// timers that have come due.
type place uint16

const (
	nowhere place = 0
	due     place = slotCount + 1
	late    place = slotCount + 2
)

// Bind names who is told of the expiry.
func (t *Timer) Bind(owner Expirer) { t.owner = owner }

// Armed tells whether the timer will expire.
func (t *Timer) Armed() bool { return t.home != nowhere }

// When is the instant the timer was last set to.
func (t *Timer) When() int64 { return t.when }

// list is a queue of timers through their own links.
type list struct{ head, tail *Timer }

func (l *list) push(t *Timer) {
	t.next, t.prev = nil, l.tail
	if l.tail == nil {
		l.head = t
	} else {
		l.tail.next = t
	}
	l.tail = t
}

func (l *list) remove(t *Timer) {
	if t.prev == nil {
		l.head = t.next
	} else {
		t.prev.next = t.next
	}
	if t.next == nil {
		l.tail = t.prev
	} else {
		t.next.prev = t.prev
	}
	t.next, t.prev = nil, nil
}

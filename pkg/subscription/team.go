// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package subscription

// team are the members of a shared group in one shard. Only that shard's loop touches it.
//
// Invariant: the first online members are the online ones.
type team[S any] struct {
	Members[S]
	online uint32
	// turn is the position round robin has come to.
	turn uint32
	// here and away are the online and the other members, each in the order in which they came.
	here, away line[S]
}

// seat is a member's place in its group.
type seat[S any] struct {
	handle *Handle[S]
	group  *Group[S]
	// sequence is the group's count when the member came or came back or went away last.
	sequence       uint64
	previous, next *seat[S]
}

// line is a list of seats, the lowest sequence first.
type line[S any] struct{ first, last *seat[S] }

func (l *line[S]) add(s *seat[S]) {
	s.previous, s.next = l.last, nil
	if l.last == nil {
		l.first = s
	} else {
		l.last.next = s
	}
	l.last = s
}

func (l *line[S]) remove(s *seat[S]) {
	if s.previous == nil {
		l.first = s.next
	} else {
		s.previous.next = s.next
	}
	if s.next == nil {
		l.last = s.previous
	} else {
		s.next.previous = s.previous
	}
	s.previous, s.next = nil, nil
}

// first is the member that targeting First wants.
func (t *team[S]) first() *Handle[S] {
	if t.online > 0 {
		return t.here.first.handle
	}
	return t.away.first.handle
}

// isOnline reports on a member of the team.
func (t *team[S]) isOnline(h *Handle[S]) bool { return h.position < t.online }

// enter adds a member, online.
func (t *team[S]) enter(h *Handle[S], s S) {
	t.add(h.member(s))
	t.swap(h.position, t.online)
	t.online++
	h.seat.sequence = h.seat.group.sequence.Add(1)
	t.here.add(h.seat)
}

// exit removes a member.
func (t *team[S]) exit(h *Handle[S]) {
	if t.isOnline(h) {
		t.online--
		t.swap(h.position, t.online)
		t.here.remove(h.seat)
	} else {
		t.away.remove(h.seat)
	}
	t.remove(h.position)
}

// turnOnline and turnOffline move a member that is on the other side.
func (t *team[S]) turnOnline(h *Handle[S]) {
	t.swap(h.position, t.online)
	t.online++
	t.away.remove(h.seat)
	h.seat.sequence = h.seat.group.sequence.Add(1)
	t.here.add(h.seat)
}

func (t *team[S]) turnOffline(h *Handle[S]) {
	t.online--
	t.swap(h.position, t.online)
	t.here.remove(h.seat)
	h.seat.sequence = h.seat.group.sequence.Add(1)
	t.away.add(h.seat)
}

// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package session

// Ours.
// fewSubscriptions is how many handles are searched one by one before a map pays.
const fewSubscriptions = 8

// Subscriptions are the handles of one Session's subscriptions, by Topic Filter.
type Subscriptions struct {
	few  []*Handle
	many map[string]*Handle
}

// Len is the number of subscriptions.
func (s *Subscriptions) Len() int { return len(s.few) + len(s.many) }

// Get returns the handle of filter ("$share/name/" included), or nil.
func (s *Subscriptions) Get(filter string) *Handle {
	if s.many != nil {
		return s.many[filter]
	}
	for _, h := range s.few {
		if h.Filter == filter {
			return h
		}
	}
	return nil
}

// Add notes h; its filter must not be there yet.
func (s *Subscriptions) Add(h *Handle) {
	if s.many == nil && len(s.few) < fewSubscriptions {
		s.few = append(s.few, h)
		return
	}
	if s.many == nil {
		s.many = make(map[string]*Handle, 2*fewSubscriptions)
		for _, x := range s.few {
			s.many[x.Filter] = x
		}
		s.few = nil
	}
	s.many[h.Filter] = h
}

// Remove forgets the handle of filter.
func (s *Subscriptions) Remove(filter string) {
	if s.many != nil {
		delete(s.many, filter)
		return
	}
	for i, h := range s.few {
		if h.Filter == filter {
			s.few = append(s.few[:i], s.few[i+1:]...)
			return
		}
	}
}

// Clear forgets all handles.
func (s *Subscriptions) Clear() { *s = Subscriptions{} }

// All calls yield for each handle, in no particular order.
func (s *Subscriptions) All(yield func(*Handle) bool) {
	for _, h := range s.few {
		if !yield(h) {
			return
		}
	}
	for _, h := range s.many {
		if !yield(h) {
			return
		}
	}
}

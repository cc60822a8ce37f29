// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package retained

import (
	"sync/atomic"

	"github.com/flashmq/flashmq/pkg/mqtt"
	"github.com/flashmq/flashmq/pkg/topic"
)

// Set stores m as the retained message of its topic, in place of an older one [MQTT-3.3.1-5];
// with an empty payload it removes what is stored [MQTT-3.3.1-6]. m is kept: it is a Clone. Of
// two calls for one topic on different loops the later one wins. Topics of the Server itself,
// which begin with "$", are not limited.
func (s *Store) Set(m *mqtt.Message, now int64) Outcome {
	o := *s.options.Load()
	t := s.tree(m.Topic)
	if t == &s.hidden {
		o = Options{MaxLifetime: o.MaxLifetime}
	}
	if len(m.Payload) == 0 {
		if s.remove(t, m.Topic) {
			return Removed
		}
		return Nothing
	}
	if o.MaxPayload > 0 && len(m.Payload) > o.MaxPayload {
		s.remove(t, m.Topic)
		return TooLarge
	}
	v := &stored{message: m, until: m.Expires}
	if o.MaxLifetime > 0 && (v.until == 0 || v.until > now+o.MaxLifetime) {
		v.until = now + o.MaxLifetime
	}
	if n := t.Find(m.Topic); n != nil {
		if outcome, ok := s.put(t, n, v, &o); ok {
			if outcome == TooMany {
				s.tidy(t, n)
			}
			return outcome
		}
	}
	return s.create(t, v, &o)
}

// put stores v in a node; ok is false when the node has left the tree.
func (s *Store) put(t *tree, n *node, v *stored, o *Options) (outcome Outcome, ok bool) {
	for {
		old := n.Item.Value.Load()
		if old == gone {
			return Nothing, false
		}
		if !s.account(old, v, o) {
			if old == nil || n.Item.Value.CompareAndSwap(old, nil) {
				s.account(old, nil, o)
				return TooMany, true
			}
			continue
		}
		if n.Item.Value.CompareAndSwap(old, v) {
			return Stored, true
		}
		s.account(v, old, nil)
	}
}

// account replaces old by v, each nil or stored, in the totals. With options it does not when
// the totals would exceed them.
func (s *Store) account(old, v *stored, o *Options) bool {
	messages, bytes, expiring := weigh(v)
	oldMessages, oldBytes, oldExpiring := weigh(old)
	messages, bytes, expiring = messages-oldMessages, bytes-oldBytes, expiring-oldExpiring
	sumMessages, sumBytes := add(&s.count, messages), add(&s.bytes, bytes)
	if o != nil && (messages > 0 && o.MaxMessages > 0 && sumMessages > o.MaxMessages ||
		bytes > 0 && o.MaxBytes > 0 && sumBytes+s.structures(o) > o.MaxBytes) {
		add(&s.count, -messages)
		add(&s.bytes, -bytes)
		return false
	}
	add(&s.expiring, expiring)
	return true
}

// structures is what the store takes besides the bytes of its messages.
func (s *Store) structures(o *Options) int64 {
	return s.count.Load()*o.MessageCost + s.nodes.Load()*o.NodeCost
}

// add spares the other cores a write that changes nothing: most updates are by a message of the
// same size.
func add(sum *atomic.Int64, n int64) int64 {
	if n == 0 {
		return 0
	}
	return sum.Add(n)
}

func weigh(v *stored) (messages, bytes, expiring int64) {
	if v == nil {
		return 0, 0, 0
	}
	if v.until != 0 {
		expiring = 1
	}
	return 1, int64(v.message.Size()), expiring
}

// create is put with the nodes that are missing.
func (s *Store) create(t *tree, v *stored, o *Options) Outcome {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	above := s.above(t, v.message.Topic, o)
	if above && o.EnforcementMode == Reject {
		return TooManyNodes
	}
	if o.MaxMessages > 0 && s.count.Load() >= o.MaxMessages {
		return TooMany // without building a branch for nothing; put makes sure
	}
	before := t.Below(t.Root())
	n := t.Ensure(v.message.Topic)
	s.nodes.Add(int64(t.Below(t.Root()) - before))
	outcome, _ := s.put(t, n, v, o)
	if outcome == TooMany {
		s.prune(t, n)
	} else if above {
		outcome = StoredAboveLimit
	}
	return outcome
}

// above reports whether the nodes that a name still lacks would exceed NodeCreationLimit.
func (s *Store) above(t *tree, name string, o *Options) bool {
	levels := topic.Levels(name)
	if o.NodeCreationLimit <= 0 || levels <= o.EnforcementDepth {
		return false
	}
	below, depth := 0, 0
	for n := t.Root(); ; depth++ {
		if depth == o.EnforcementDepth {
			below = t.Below(n)
		}
		level, rest, more := topic.CutLevel(name)
		if n = n.Item.Child(level); n == nil {
			break
		}
		if !more {
			return false // nothing is lacking
		}
		name = rest
	}
	return below+levels-max(depth, o.EnforcementDepth) > o.NodeCreationLimit
}

// remove takes away what is stored for a name and reports whether there was anything.
func (s *Store) remove(t *tree, name string) bool {
	n := t.Find(name)
	if n == nil {
		return false
	}
	for {
		old := n.Item.Value.Load()
		if old == nil || old == gone {
			return false
		}
		if s.take(t, n, old) {
			return true
		}
	}
}

// take removes old from a node, unless another message has taken its place.
func (s *Store) take(t *tree, n *node, old *stored) bool {
	if !n.Item.Value.CompareAndSwap(old, nil) {
		return false
	}
	s.account(old, nil, nil)
	s.tidy(t, n)
	return true
}

// tidy prunes a node that has been emptied.
func (s *Store) tidy(t *tree, n *node) {
	if n.Item.First() == nil {
		s.mutex.Lock()
		defer s.mutex.Unlock()
		s.prune(t, n)
	}
}

// prune removes a node that is of no use any more, and its parents of which that is true then.
// Whoever stores into one of them at this moment either comes first, and the node stays, or
// finds it gone and makes another. With the mutex held.
func (s *Store) prune(t *tree, n *node) {
	for n != t.Root() && n.Item.First() == nil && n.Item.Value.CompareAndSwap(nil, gone) {
		parent := n.Item.Parent()
		t.Remove(n)
		s.nodes.Add(-1)
		n = parent
	}
}

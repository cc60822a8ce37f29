// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package retained

import "github.com/flashmq/flashmq/pkg/mqtt"

// Expire removes messages whose time has come. It visits no more than visit nodes and goes on
// from there with the next call; more is false when it has been through all, and the call after
// that begins anew. gone, which may be nil, is told of every message removed. One caller at a time.
func (s *Store) Expire(now int64, visit int, gone func(*mqtt.Message)) (more bool) {
	if len(s.sweep) == 0 {
		if s.expiring.Load() == 0 {
			return false
		}
		s.sweep = []cursor{everything(&s.hidden), everything(&s.names)}
	}
	for ; len(s.sweep) > 0; s.sweep = s.sweep[:len(s.sweep)-1] {
		for c := &s.sweep[len(s.sweep)-1]; !c.done(); visit-- {
			if visit <= 0 {
				return true
			}
			n, _ := c.step()
			v := n.Item.Value.Load()
			if v == nil || !v.expired(now) || !s.take(c.tree, n, v) {
				continue
			}
			if gone != nil {
				gone(v.message)
			}
		}
	}
	s.sweep = nil
	return false
}

// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package retained

import (
	"math"
	"strings"

	"github.com/flashmq/flashmq/pkg/mqtt"
)

// Search is the way through the messages that one filter matches, in no particular order. It
// holds no lock between two calls of Next and may be dropped at any time. One goroutine at a
// time uses it.
type Search struct {
	cursor cursor
	left   int
}

// Search starts a search for a valid filter, without "$share/name/". Filters that begin with a
// wildcard find no topics that begin with "$" [MQTT-4.7.2-1]. limit is the largest number of nodes
// visited in all (retained_messages_node_limit), 0 for no limit. filter is not kept.
func (s *Store) Search(filter string, limit int) *Search {
	if limit <= 0 {
		limit = math.MaxInt
	}
	return &Search{cursor: s.cursor(strings.Clone(filter)), left: limit}
}

// Next returns the next message. It visits no more than visit nodes: when those are used up, m is
// nil and done is false, and the search goes on with the next call. With done there is none any
// more. Messages that have expired are passed over.
func (q *Search) Next(now int64, visit int) (m *mqtt.Message, done bool) {
	for !q.cursor.done() && q.left > 0 {
		if visit <= 0 {
			return nil, false
		}
		visit--
		q.left--
		n, matches := q.cursor.step()
		if !matches {
			continue
		}
		if m := fresh(n, now); m != nil {
			return m, false
		}
	}
	return nil, true
}

// Limited reports, after the end, whether the limit of nodes ended the search.
func (q *Search) Limited() bool { return q.left == 0 && !q.cursor.done() }

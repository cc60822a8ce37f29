// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package simulation

import (
	"github.com/flashmq/flashmq/pkg/metrics"
	"github.com/flashmq/flashmq/pkg/server"
)

// idle waits until the Sessions, which are all there, hold no message any more: none queued, no
// Packet Identifier in use.
func (w *world) idle() {
	w.wait("no message is queued or in flight", func() bool {
		return w.server.Count(metrics.Queued) == 0 && w.server.Count(metrics.Inflight) == 0
	})
	for _, a := range w.actors {
		if n := len(a.outstanding); n > 0 {
			a.failf("%d messages are under way: %v, holding %v", n, a.outstanding, a.holding)
		}
	}
	for _, c := range []metrics.Counter{
		metrics.DroppedQueueFull, metrics.DroppedReroute, metrics.DroppedExpired,
		metrics.DroppedTooLarge, metrics.RetainedRefused,
	} {
		if n := w.server.Count(c); n != 0 {
			w.failf("%v is %d", c, n)
		}
	}
}

// atFirst is what the loops hold before anybody but the watcher comes. What is still to be written
// to the watcher does not belong to it.
func (w *world) atFirst() (u server.Usage) {
	w.wait("nothing is on its way to the watcher", func() bool {
		u = w.server.Usage()
		return u.Buffers == 0
	})
	return u
}

// empty waits until nothing is left but the watcher: one Session with two subscriptions, the
// retained messages of $SYS, and what the loops held before anybody else came.
func (w *world) empty(x *watcher, before server.Usage) {
	w.wait("only one Session is left", func() bool {
		return w.server.Count(metrics.Clients) == 1 && w.server.Count(metrics.Sessions) == 1
	})
	w.wait("only two subscriptions are left", func() bool {
		return x.says("subscriptions/count", 2)
	})
	w.wait("only $SYS is left of the retained messages", func() bool {
		messages, nodes := x.own()
		return x.says("retained messages/count", messages) &&
			x.says("retained messages/node_count", nodes)
	})
	var now server.Usage
	if !w.wait("no buffer, timer or filter is left", func() bool {
		now = w.server.Usage()
		return now == before
	}) {
		w.failf("the loops hold %+v, before it was %+v", now, before)
	}
}

// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package broker

import (
	"github.com/flashmq/flashmq/pkg/auth"
	"github.com/flashmq/flashmq/pkg/metrics"
	"github.com/flashmq/flashmq/pkg/mqtt"
)

// publishWill publishes a Will Message: an ordinary publication of its Client, checked and limited
// like any other.
func (s *Shard) publishWill(w *mqtt.Will) {
	m := w.Message
	if w.Expires {
		dated := *m
		dated.Expires = s.now + w.Expiry
		m = &dated
	}
	if m.Retain && !s.Options.Retained.Stores() {
		if s.Options.Retained == RetainedDrop || s.Options.Retained == RetainedDisconnects {
			return
		}
		if s.Options.Retained == RetainedDowngrade {
			plain := *m
			plain.Retain = false
			m = &plain
		}
	}
	if s.Options.Auth.Restricts() && !s.Options.Auth.Authorize(auth.Access{
		ClientID: m.Publisher, Username: m.Username, Action: auth.Write,
		Topic: m.Topic, QoS: m.QoS, Retain: m.Retain,
	}) {
		return
	}
	s.Count.Add(metrics.WillsPublished, 1)
	s.Publish(m, true, Packet{})
}

// PublishWills publishes the wills of all connected Clients: the server is about to stop, which is
// no DISCONNECT of theirs (3.1.2.5). Wills that wait for their delay are published too, since
// nothing will be left to publish them.
func (s *Shard) PublishWills() {
	for _, r := range s.sessions {
		if will := r.Will; will != nil {
			r.Will = nil
			if r.away != nil {
				r.away.willDue = 0
			}
			s.publishWill(will)
		}
	}
}

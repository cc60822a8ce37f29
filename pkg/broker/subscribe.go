// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package broker

import (
	"github.com/flashmq/flashmq/pkg/auth"
	"github.com/flashmq/flashmq/pkg/mqtt"
	"github.com/flashmq/flashmq/pkg/session"
	"github.com/flashmq/flashmq/pkg/topic"
)

// Granted is the outcome of one subscription of a SUBSCRIBE.
type Granted struct {
	Code mqtt.ReasonCode
	// replay says that retained messages are to be sent.
	replay bool
	handle *session.Handle
	filter string
}

// Subscribe makes or replaces one subscription of who. The filter was found valid before; its bytes
// are borrowed. Retained messages follow with Replay, after SUBACK.
func (s *Shard) Subscribe(
	who *session.Session, sub mqtt.Subscription, filter string, shared bool,
) Granted {
	o := s.Options
	depth, wild := topic.WildcardDepth(filter)
	broad := wild && depth < o.MinWildcardDepth
	if broad && !o.DenyRetainedOnly {
		return Granted{Code: mqtt.NotAuthorized}
	}
	if o.Auth.Restricts() && !o.Auth.Authorize(auth.Access{
		ClientID: who.ID, Username: who.Username, Action: auth.Subscribe,
		Topic: filter, QoS: sub.Options.QoS(),
	}) {
		return Granted{Code: mqtt.NotAuthorized}
	}
	h := who.Subscriptions.Get(sub.Filter)
	isNew := h == nil
	if isNew && o.MaxSubscriptions > 0 && who.Subscriptions.Len() >= o.MaxSubscriptions {
		return Granted{Code: mqtt.QuotaExceeded}
	}
	if isNew {
		h = s.Index.Subscribe(s.Number, who, sub)
		who.Subscriptions.Add(h)
		if shared {
			who.Shares++
		}
	} else {
		s.Index.Replace(h, sub.Options, sub.Identifier) // [MQTT-3.8.4-3]
	}
	return Granted{
		Code: mqtt.ReasonCode(sub.Options.QoS()), handle: h, filter: filter,
		replay: !shared && !broad && wantsRetained(sub.Options, isNew),
	}
}

// wantsRetained follows Retain Handling [MQTT-3.3.1-9,-10,-11].
func wantsRetained(o mqtt.SubscriptionOptions, isNew bool) bool {
	switch o.RetainHandling() {
	case mqtt.SendRetained:
		return true
	case mqtt.SendRetainedIfNew:
		return isNew
	}
	return false
}

// Unsubscribe removes the subscription of who to filter, as it was subscribed. It reports false if
// there was none.
func (s *Shard) Unsubscribe(who *session.Session, filter string) bool {
	h := who.Subscriptions.Get(filter)
	if h == nil {
		return false
	}
	who.Subscriptions.Remove(filter)
	s.cancelReplay(who, h)
	if h.Shared() {
		who.Shares--
	}
	s.Index.Unsubscribe(h)
	return true
}

// Replay starts to send the retained messages of a subscription that was just granted.
func (s *Shard) Replay(who *session.Session, g Granted) {
	stored := s.Options.Retained.Stores() || topic.Hidden(g.filter)
	if !g.replay || !stored || s.Retained.Count() == 0 {
		return
	}
	if s.replays.current[g.handle] == nil && !topic.HasWildcard(g.filter) &&
		s.Retained.Get(g.filter, s.now) == nil {
		return // the usual case, and a search is dear beside it
	}
	search := s.Retained.Search(g.filter, s.Options.RetainedSearchLimit)
	s.startReplay(who, g.handle, search)
}

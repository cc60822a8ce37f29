// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package subscription

import "github.com/flashmq/flashmq/pkg/mqtt"

// Handle is one subscription of one subscriber, kept in the subscriber's Session. Only the loop
// of its shard touches it; it is read by everybody else at most through Members.
type Handle[S any] struct {
	// Subscription is as subscribed; the bytes of Filter are the index's, shared by all
	// subscriptions to it.
	mqtt.Subscription
	// members is where the subscription is filed, nil after Unsubscribe.
	members *Members[S]
	// seat is its place in a shared group, nil when the subscription is not shared.
	seat *seat[S]
	// position is the place in members.
	position uint32
}

// Shared reports whether it is a Shared Subscription.
func (h *Handle[S]) Shared() bool { return h.seat != nil }

// member is what a delivering loop sees of h.
func (h *Handle[S]) member(s S) Member[S] {
	return Member[S]{Subscriber: s, Identifier: h.Identifier, Options: h.Options, handle: h}
}

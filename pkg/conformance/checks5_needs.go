// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package conformance

import (
	"github.com/flashmq/flashmq/pkg/mqtt"
	"github.com/flashmq/flashmq/pkg/packet"
)

// announced5 is what the Server says about itself in CONNACK (3.2.2.3).
func announced5(t *T) *packet.Properties {
	c, a := t.ConnectAnswer("probe")
	t.Disconnect(c)
	return &a.Properties
}

// needQoS5 ends the check where the Server does not take messages of this QoS.
func needQoS5(t *T, q mqtt.QoS) {
	if most := maximumQoS5(announced5(t)); most < q {
		t.Unsupported("the server announces Maximum QoS %d", most)
	}
}

// maximumQoS5 is 2 where nothing else is said (3.2.2.3.4).
func maximumQoS5(a *packet.Properties) mqtt.QoS {
	if a.Has(packet.MaximumQoS) {
		return mqtt.QoS(a.MaximumQoS)
	}
	return mqtt.ExactlyOnce
}

// needRetained5 ends the check where there are no retained messages.
func needRetained5(t *T) {
	if a := announced5(t); a.Has(packet.RetainAvailable) && a.RetainAvailable == 0 {
		t.Unsupported("the server announces Retain Available 0")
	}
}

// needWildcards5 ends the check where filters have no wildcards.
func needWildcards5(t *T) {
	a := announced5(t)
	if a.Has(packet.WildcardSubscriptionAvailable) && a.WildcardSubscriptionAvailable == 0 {
		t.Unsupported("the server announces Wildcard Subscription Available 0")
	}
}

// needIdentifiers5 ends the check where there are no Subscription Identifiers.
func needIdentifiers5(t *T) {
	a := announced5(t)
	if a.Has(packet.SubscriptionIdentifierAvailable) && a.SubscriptionIdentifierAvailable == 0 {
		t.Unsupported("the server announces Subscription Identifier Available 0")
	}
}

// needShares5 ends the check where there are no Shared Subscriptions.
func needShares5(t *T) {
	a := announced5(t)
	if a.Has(packet.SharedSubscriptionAvailable) && a.SharedSubscriptionAvailable == 0 {
		t.Unsupported("the server announces Shared Subscription Available 0")
	}
}

// needAliases5 returns the Server's Topic Alias Maximum, and ends the check if that is 0.
func needAliases5(t *T) uint16 {
	a := announced5(t)
	if !a.Has(packet.TopicAliasMaximum) || a.TopicAliasMaximum == 0 {
		t.Unsupported("the server announces no Topic Alias Maximum")
	}
	return a.TopicAliasMaximum
}

// receiveMaximum5 is the Server's, 65,535 where it does not say (3.2.2.3.3).
func receiveMaximum5(t *T) int {
	if a := announced5(t); a.Has(packet.ReceiveMaximum) {
		return int(a.ReceiveMaximum)
	}
	return 65_535
}

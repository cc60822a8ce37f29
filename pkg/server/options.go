// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package server

import (
	"math"
	"time"

	"github.com/flashmq/flashmq/pkg/auth"
	"github.com/flashmq/flashmq/pkg/broker"
	"github.com/flashmq/flashmq/pkg/client"
	"github.com/flashmq/flashmq/pkg/config"
	"github.com/flashmq/flashmq/pkg/retained"
	"github.com/flashmq/flashmq/pkg/session"
	"github.com/flashmq/flashmq/pkg/subscription"
	"github.com/flashmq/flashmq/pkg/transport"
	"github.com/flashmq/flashmq/pkg/version"
)

// What each room obeys, made from the configuration: the only place where the two meet.

var retainedModes = map[config.RetainedMode]broker.RetainedMode{
	config.RetainedEnabled:            broker.RetainedEnabled,
	config.RetainedWithoutPersistence: broker.RetainedNotPersistent,
	config.RetainedWithoutRetaining:   broker.RetainedWithoutStore,
	config.RetainedDowngrade:          broker.RetainedDowngrade,
	config.RetainedDrop:               broker.RetainedDrop,
	config.RetainedDisconnect:         broker.RetainedDisconnects,
}

func brokerOptions(c *config.Config) *broker.Options {
	return &broker.Options{
		Limits: session.Limits{
			Window:         int(c.MaxQoSMsgPendingPerClient),
			QueuedMessages: c.QueueLimit(),
			QueuedBytes:    int(c.MaxQoSBytesPendingPerClient),
			DropOldest:     c.QueueFullPolicy == config.QueueDropOldest,
		},
		Auth:                    &auth.Chain{},
		Retained:                retainedModes[c.RetainedMessagesMode],
		MaxSessions:             c.MaxSessions,
		MaxSubscriptions:        c.MaxSubscriptionsPerClient,
		MaxTopicLevels:          int(c.MaxTopicSplitDepth),
		ExpireSessions:          seconds(c.ExpireSessionsAfter),
		MinWildcardDepth:        int(c.MinimumWildcardSubscriptionDepth),
		DenyRetainedOnly:        c.WildcardSubscriptionDenyMode == config.WildcardDenyRetainedOnly,
		SubscriptionIdentifiers: c.SubscriptionIdentifiersEnabled,
		Wills:                   c.WillsEnabled,
		WillOnTakeOver:          c.WillOnSessionTakeover == config.WillAlways,
		ShareOffline:            c.SharedSubscriptionOfflineMembers == config.OfflineInclude,
		RetainedSearchLimit:     int(c.RetainedMessagesNodeLimit),
		TurnBytes:               int(c.BufferPoolBytesPerLoop),
		KeepBytes:               int(c.BufferPoolBytesPerLoop),
		SysInterval:             int64(c.SysInterval),
		SysClients:              c.SysClients,
		Version:                 version.Version,
	}
}

func retainedOptions(c *config.Config) retained.Options {
	o := retained.Options{
		MaxPayload:        int(c.RetainedMessageMaxPayloadSize),
		NodeCreationLimit: int(c.RetainedMessagesNodeCreationLimit),
		EnforcementDepth:  int(c.RetainedMessagesNodeCreationLimitEnforcementDepth),
		MaxMessages:       c.MaxRetainedMessages,
		MaxBytes:          c.MaxRetainedBytes,
		MessageCost:       retainedMessageCost,
		NodeCost:          retainedNodeCost,
	}
	if c.RetainedMessagesNodeCreationLimitEnforcementMode == config.EnforceLog {
		o.EnforcementMode = retained.Log
	}
	if c.ExpireRetainedMessagesAfter != config.NoRetainedExpiry {
		o.MaxLifetime = int64(c.ExpireRetainedMessagesAfter)
	}
	return o
}

// What the retained store takes besides topics, properties and payloads, in bytes: measured with a
// million messages on three levels, rounded up.
const (
	retainedMessageCost = 160
	retainedNodeCost    = 100
)

var targetings = map[config.SharedTargeting]subscription.Targeting{
	config.TargetRoundRobin: subscription.RoundRobin,
	config.TargetSenderHash: subscription.SenderHash,
	config.TargetFirst:      subscription.First,
}

func targeting(c *config.Config) subscription.Targeting {
	return targetings[c.SharedSubscriptionTargeting]
}

func clientOptions(c *config.Config, l *config.Listener) *client.Options {
	p := l.Resolve(c)
	return &client.Options{
		AllowAnonymous:           p.AllowAnonymous,
		Certificate:              certificateUse(l),
		Guess:                    transport.SpokenBy,
		AllowUnsafeClientID:      c.AllowUnsafeClientIDChars,
		AllowUnsafeUsername:      c.AllowUnsafeUsernameChars,
		EmptyUsernameIsAnonymous: c.ZeroByteUsernameIsAnonymous,
		MaxPacket:                c.MaxPacketSize,
		MaxFirstPacket:           min(c.MaxPacketSizeBeforeConnect, c.MaxPacketSize),
		MaxString:                int(c.MaxStringLength),
		MaxUserProperties:        c.MaxUserProperties,
		MaxFilters:               c.MaxFiltersPerPacket,
		MaxQoS:                   p.MaxQoS,
		ExceedDrops:              p.MQTT3QoSExceedAction == config.ExceedDrop,
		ReceiveMaximum:           c.MaxQoSMsgPendingPerClient,
		EnforceReceiveMaximum:    c.EnforceReceiveMaximum,
		TopicAliasMaximum:        c.MaxIncomingTopicAliasValue,
		MaxOutgoingAliases:       c.MaxOutgoingTopicAliasValue,
		WriteLimit:               int(p.MaxBufferSize),
		LoginTimeout:             int64(c.LoginTimeout),
		MinimumKeepAlive:         uint16(seconds(c.MinimumKeepalive)),
		ReasonStrings:            c.ReasonStrings,
		LogSubscriptions:         c.LogSubscriptions,
		LogPublishes:             c.LogPublishes,
		SubscribeLevel:           config.LevelSubscribe,
		UnsubscribeLevel:         config.LevelUnsubscribe,
		PublishLevel:             config.LevelPublish,
	}
}

func seconds(d time.Duration) uint32 { return uint32(min(d/time.Second, math.MaxUint32)) }

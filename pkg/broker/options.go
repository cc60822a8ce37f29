// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package broker

import (
	"github.com/flashmq/flashmq/pkg/auth"
	"github.com/flashmq/flashmq/pkg/session"
)

// RetainedMode says what becomes of messages published with RETAIN. FlashMQ:
// retained_messages_mode.
type RetainedMode uint8

// Ours: the modes, after FlashMQ.
const (
	RetainedEnabled       RetainedMode = iota
	RetainedWithoutStore               // the flag is forwarded, nothing is stored
	RetainedDowngrade                  // the flag is cleared
	RetainedDrop                       // the message is acknowledged and discarded
	RetainedDisconnects                // the publisher is disconnected with 0x9A
	RetainedNotPersistent              // as enabled, but never saved
)

// Stores reports whether the mode keeps retained messages.
func (m RetainedMode) Stores() bool { return m == RetainedEnabled || m == RetainedNotPersistent }

// Options are what a Broker obeys. One Options is immutable; a reload hands out another.
type Options struct {
	Limits   session.Limits
	Auth     *auth.Chain
	Retained RetainedMode

	// MaxSessions and MaxSubscriptions bound all Sessions and those of one Session; 0: no limit.
	MaxSessions      int
	MaxSubscriptions int
	// MaxTopicLevels bounds names and filters.
	MaxTopicLevels int
	// ExpireSessions is the ceiling of Session Expiry Intervals in seconds and the interval of
	// persistent 3.x Sessions; 0: they never expire.
	ExpireSessions uint32
	// MinWildcardDepth is the first level that may be a wildcard; DenyRetainedOnly accepts
	// broader filters, but without retained messages.
	MinWildcardDepth int
	DenyRetainedOnly bool
	// SubscriptionIdentifiers allows them.
	SubscriptionIdentifiers bool
	// Wills is false when wills are ignored.
	Wills bool
	// WillOnTakeOver publishes the will of a taken-over connection even when its Will Delay
	// Interval would let the new connection cancel it. FlashMQ does.
	WillOnTakeOver bool
	// ShareOffline gives members that are away their turn in a share. FlashMQ does.
	ShareOffline bool
	// RetainedSearchLimit bounds the nodes visited for one subscription.
	RetainedSearchLimit int
	// TurnBytes is how much may be appended to the outboxes of one loop before they are written
	// in the middle of a turn.
	TurnBytes int
	// KeepBytes is how much storage of acknowledged messages a loop keeps for the next ones.
	KeepBytes int
	// SysInterval is the time between two publications of $SYS in nanoseconds; 0: never.
	SysInterval int64
	// SysClients lists the connected Clients below $SYS.
	SysClients bool
	// Version is published below $SYS.
	Version string
}

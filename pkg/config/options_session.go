// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package config

import "math"

var sessionOptions = []Option{
	{Name: "expire_sessions_after_seconds", Kind: KindSeconds, Default: "1209600", Min: 60,
		Max: math.MaxUint32, OrZero: true, Reload: ReloadNew,
		Meaning: "Longest time a Session outlives its connection, and exactly that time for 3.x; " +
			"0 means for ever.",
		global: func(c *Config) any { return &c.ExpireSessionsAfter }},
	{Name: "max_sessions", Kind: KindInt, Default: "0", Min: 0, Max: math.MaxInt32, Ours: true,
		Reload:  ReloadLive,
		Meaning: "Sessions kept at the same time, with or without a connection; 0 means no limit.",
		global:  func(c *Config) any { return &c.MaxSessions }},
	{Name: "max_subscriptions_per_client", Kind: KindInt, Default: "100000", Min: 0,
		Max: math.MaxInt32, Ours: true, Reload: ReloadLive,
		Meaning: "Subscriptions one Session may have; 0 means no limit.",
		global:  func(c *Config) any { return &c.MaxSubscriptionsPerClient }},
	{Name: "max_qos_msg_pending_per_client", Kind: KindInt, Default: "512", Min: 32, Max: 65535,
		Reload: ReloadLive,
		Meaning: "Send window: QoS 1 and 2 messages one Client may have unacknowledged; also the " +
			"Receive Maximum announced to new Clients.",
		Differs: "FlashMQ counts waiting messages in it too; here they have a queue of their own.",
		global:  func(c *Config) any { return &c.MaxQoSMsgPendingPerClient }},
	{Name: "max_qos_bytes_pending_per_client", Kind: KindSize, Default: "4MiB", Min: 4096,
		Max: 1 << 40, Reload: ReloadLive,
		Meaning: "Bytes of topics, properties and payloads that may wait in one Session's queue; " +
			"one message is always allowed.",
		Differs: "FlashMQ's default is 65536, too small for the larger queue here.",
		global:  func(c *Config) any { return &c.MaxQoSBytesPendingPerClient }},
	{Name: "max_queued_messages_per_client", Kind: KindInt, Default: "10000", Min: 0,
		Max: math.MaxInt32, Ours: true, Reload: ReloadLive,
		Meaning: "QoS 1 and 2 messages that may wait for one Session beyond its send window; " +
			"never less than max_qos_msg_pending_per_client.",
		global: func(c *Config) any { return &c.MaxQueuedMessagesPerClient }},
	{Name: "queue_full_policy", Kind: KindEnum, Values: queueFullPolicies,
		Default: "drop_newest", Ours: true, Reload: ReloadLive,
		Meaning: "Which message is given up when a Session's queue is full.",
		Differs: "FlashMQ drops the newest.",
		global:  func(c *Config) any { return &c.QueueFullPolicy }},
	{Name: "enforce_receive_maximum", Kind: KindBool, Default: "true", Ours: true,
		Reload: ReloadNew,
		Meaning: "Disconnect an MQTT 5 Client (0x93) that has more unacknowledged publications " +
			"than announced.",
		Differs: "FlashMQ never does.",
		global:  func(c *Config) any { return &c.EnforceReceiveMaximum }},
	{Name: "client_max_write_buffer_size", Kind: KindSize, Default: "1MiB", Min: 4096,
		Max: math.MaxUint32, Reload: ReloadLive,
		Meaning: "Bytes a slow Client may have waiting before QoS 0 messages to it are dropped.",
		global:  func(c *Config) any { return &c.ClientMaxWriteBufferSize }},
	{Name: "wills_enabled", Kind: KindBool, Default: "true", Reload: ReloadNew,
		Meaning: "Honour Wills; otherwise they are read and ignored.",
		global:  func(c *Config) any { return &c.WillsEnabled }},
	{Name: "will_on_session_takeover", Kind: KindEnum, Values: willsOnTakeover,
		Default: "specification", Ours: true, Reload: ReloadLive,
		Meaning: "When a Client's own new connection replaces the old one, send the Will as MQTT " +
			"says, or always.",
		Differs: "FlashMQ always sends it: set `always` for that.",
		global:  func(c *Config) any { return &c.WillOnSessionTakeover }},
}

var subscriptionOptions = []Option{
	{Name: "shared_subscription_targeting", Kind: KindEnum, Values: sharedTargetings,
		Default: "round_robin", Reload: ReloadLive,
		Meaning: "Which member of a shared subscription gets a message: each in turn, one chosen " +
			"by the sender, or the oldest.",
		global: func(c *Config) any { return &c.SharedSubscriptionTargeting }},
	{Name: "shared_subscription_offline_members", Kind: KindEnum, Values: offlineMembers,
		Default: "skip", Ours: true, Reload: ReloadLive,
		Meaning: "Whether members without a connection get their share of the messages while " +
			"others are online.",
		Differs: "FlashMQ includes them: set `include` for that.",
		global:  func(c *Config) any { return &c.SharedSubscriptionOfflineMembers }},
	{Name: "minimum_wildcard_subscription_depth", Kind: KindInt, Default: "0", Min: 0, Max: 65535,
		Reload: ReloadLive,
		Meaning: "First level, counted from 0, on which a Topic Filter may have a wildcard: 2 " +
			"allows `a/b/#` and not `a/#`.",
		global: func(c *Config) any { return &c.MinimumWildcardSubscriptionDepth }},
	{Name: "wildcard_subscription_deny_mode", Kind: KindEnum, Values: wildcardDenyModes,
		Default: "deny_all", Reload: ReloadLive,
		Meaning: "Refuse such a Topic Filter, or accept it without Retained Messages.",
		global:  func(c *Config) any { return &c.WildcardSubscriptionDenyMode }},
}

var retainedOptions = []Option{
	{Name: "retained_messages_mode", Kind: KindEnum, Values: retainedModes, Default: "enabled",
		Reload: ReloadLive,
		Meaning: "Keep Retained Messages, keep them in memory only, pass the flag on without " +
			"keeping, clear the flag, discard the message, or disconnect (0x9A).",
		Differs: "There is no storage yet, so the first two are the same.",
		global:  func(c *Config) any { return &c.RetainedMessagesMode }},
	{Name: "expire_retained_messages_after_seconds", Kind: KindSeconds, Default: "2147483647",
		Min: 1, Max: math.MaxUint32, Reload: ReloadLive,
		Meaning: "Longest life of a Retained Message stored from now on.",
		Differs: "With the default, messages without an expiry of their own get none.",
		global:  func(c *Config) any { return &c.ExpireRetainedMessagesAfter }},
	{Name: "retained_message_max_payload_size", Kind: KindSize, Default: "4294967295", Min: 1,
		Max: math.MaxUint32, Reload: ReloadLive,
		Meaning: "Largest payload that is stored; larger messages are delivered and not stored.",
		Differs: "The older, smaller message of the topic does not stay behind.",
		global:  func(c *Config) any { return &c.RetainedMessageMaxPayloadSize }},
	{Name: "max_retained_messages", Kind: KindInt, Default: "0", Min: 0, Max: math.MaxInt64,
		Ours: true, Reload: ReloadLive,
		Meaning: "Retained Messages stored in all; a new topic beyond that is refused, 0 means " +
			"no limit.",
		global: func(c *Config) any { return &c.MaxRetainedMessages }},
	{Name: "max_retained_bytes", Kind: KindSize, Default: "1GiB", Min: 0, Max: 1 << 50,
		Ours: true, Reload: ReloadLive,
		Meaning: "Memory of all Retained Messages together, about 260 bytes of structure for " +
			"each included; one that does not fit is refused, 0 means no limit.",
		Differs: "FlashMQ has no such ceiling.",
		global:  func(c *Config) any { return &c.MaxRetainedBytes }},
	{Name: "retained_messages_node_limit", Kind: KindInt, Default: "4294967295", Min: 1,
		Max: math.MaxUint32, Reload: ReloadLive,
		Meaning: "Most topic levels looked at for the Retained Messages of one subscription.",
		global:  func(c *Config) any { return &c.RetainedMessagesNodeLimit }},
	{Name: "retained_messages_node_creation_limit", Kind: KindInt, Default: "4294967295", Min: 1,
		Max: math.MaxUint32, Reload: ReloadLive,
		Meaning: "Most topic levels that may be stored below one level of the enforcement depth.",
		Differs: "Topics already stored can still be updated and deleted at the limit.",
		global:  func(c *Config) any { return &c.RetainedMessagesNodeCreationLimit }},
	{Name: "retained_messages_node_creation_limit_enforcement_depth", Kind: KindInt,
		Default: "65535", Min: 0, Max: 65535, Reload: ReloadLive,
		Meaning: "Level at which the creation limit counts; 0 counts all topics together.",
		global: func(c *Config) any {
			return &c.RetainedMessagesNodeCreationLimitEnforcementDepth
		}},
	{Name: "retained_messages_node_creation_limit_enforcement_mode", Kind: KindEnum,
		Values: enforcementModes, Default: "reject", Reload: ReloadLive,
		Meaning: "At the creation limit do not store the message, or only log it.",
		global: func(c *Config) any {
			return &c.RetainedMessagesNodeCreationLimitEnforcementMode
		}},
}

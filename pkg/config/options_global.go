// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package config

import "math"

// globalOptions are the keys outside every block, in the order of the documentation. Retained
// Messages and keys without effect have files of their own.
var globalOptions = concat(BlockGlobal, loggingOptions, processOptions, adminOptions,
	connectOptions, packetOptions, sessionOptions, subscriptionOptions, retainedOptions,
	inertOptions, notYetOptions)

func concat(b Block, tables ...[]Option) []Option {
	var out []Option
	for _, t := range tables {
		for _, o := range t {
			o.Block = b
			out = append(out, o)
		}
	}
	return out
}

var loggingOptions = []Option{
	{Name: "log_file", Kind: KindPath, Reload: ReloadLive,
		Meaning: "File to append log lines to; without it they go to standard output.",
		global:  func(c *Config) any { return &c.LogFile }},
	{Name: "log_level", Kind: KindEnum, Values: logLevels, Default: "info", Reload: ReloadLive,
		Meaning: "Least severe kind of line that is logged.",
		Differs: "`error` really leaves warnings out.",
		global:  func(c *Config) any { return &c.LogLevel }},
	{Name: "log_format", Kind: KindEnum, Values: logFormats, Default: "text", Ours: true,
		Reload:  ReloadStart,
		Meaning: "One line of `key=value` pairs, or one JSON object, per event.",
		global:  func(c *Config) any { return &c.LogFormat }},
	{Name: "log_subscriptions", Kind: KindBool, Default: "false", Reload: ReloadLive,
		Meaning: "Log every SUBSCRIBE and UNSUBSCRIBE, also refused ones, at any log level.",
		global:  func(c *Config) any { return &c.LogSubscriptions }},
	{Name: "log_publishes", Kind: KindBool, Default: "false", Reload: ReloadLive,
		Meaning: "Log every incoming PUBLISH, at any log level.",
		global:  func(c *Config) any { return &c.LogPublishes }},
	{Name: "log_debug", Kind: KindBool, Reload: ReloadLive, Support: Deprecated,
		Reason:  "use log_level debug",
		Meaning: "Old way to say `log_level debug`; overrides log_level.",
		global:  func(*Config) any { return new(bool) }},
	{Name: "quiet", Kind: KindBool, Reload: ReloadLive, Support: Deprecated,
		Reason:  "use log_level warning",
		Meaning: "Old way to say `log_level warning`; overrides log_level.",
		global:  func(*Config) any { return new(bool) }},
}

var processOptions = []Option{
	{Name: "thread_count", Kind: KindInt, Default: "0", Min: 0, Max: 1024, Reload: ReloadStart,
		Meaning: "Number of event loops; 0 means one per CPU the process may use.",
		global:  func(c *Config) any { return &c.ThreadCount }},
	{Name: "rlimit_nofile", Kind: KindInt, Default: "1000000", Min: 1, Max: math.MaxInt32,
		Reload:  ReloadLive,
		Meaning: "Number of open files, and so of connections, to ask the kernel for.",
		global:  func(c *Config) any { return &c.RlimitNofile }},
	{Name: "sys_interval", Kind: KindSeconds, Default: "10", Min: 0, Max: 86400, Ours: true,
		Reload:  ReloadLive,
		Meaning: "Time between updates of the `$SYS` topics; 0 turns them off.",
		global:  func(c *Config) any { return &c.SysInterval }},
	{Name: "sys_clients", Kind: KindBool, Ours: true, Reload: ReloadNew,
		Meaning: "List connected Clients with user name and address below " +
			"`$SYS/broker/clients/connected/`, for every Client that may subscribe there.",
		global: func(c *Config) any { return &c.SysClients }},
	{Name: "max_mail_bytes_per_loop", Kind: KindSize, Default: "64MiB", Min: 1 << 20,
		Max: 1 << 40, Ours: true, Reload: ReloadStart,
		Meaning: "Bytes of messages other loops may have waiting for one event loop before " +
			"reading slows down.",
		global: func(c *Config) any { return &c.MaxMailBytesPerLoop }},
	{Name: "huge_pages", Kind: KindBool, Default: "true", Ours: true, Reload: ReloadStart,
		Meaning: "Have the kernel collapse a heap of more than 64 MiB into huge pages, where it " +
			"leaves that to programs (madvise).",
		global: func(c *Config) any { return &c.HugePages }},
	{Name: "buffer_pool_bytes_per_loop", Kind: KindSize, Default: "32MiB", Min: 0, Max: 1 << 40,
		Ours: true, Reload: ReloadStart,
		Meaning: "Bytes of unused buffers an event loop keeps for the next packets instead of " +
			"freeing them; and as many of acknowledged messages, for the next ones.",
		global: func(c *Config) any { return &c.BufferPoolBytesPerLoop }},
	{Name: "watch_files", Kind: KindBool, Default: "true", Ours: true, Reload: ReloadLive,
		Meaning: "Reload by itself, without SIGHUP, when the configuration or a file of a TLS " +
			"listener changes.",
		Differs: "FlashMQ reads certificates again only on SIGHUP.",
		global:  func(c *Config) any { return &c.WatchFiles }},
}

var connectOptions = []Option{
	{Name: "allow_anonymous", Kind: KindBool, Default: "false", Reload: ReloadNew,
		Meaning: "Let Clients in that present no user name; a listener may say otherwise.",
		global:  func(c *Config) any { return &c.AllowAnonymous }},
	{Name: "zero_byte_username_is_anonymous", Kind: KindBool, Default: "false", Reload: ReloadNew,
		Meaning: "Take an empty user name as no user name; otherwise it is refused.",
		global:  func(c *Config) any { return &c.ZeroByteUsernameIsAnonymous }},
	{Name: "allow_unsafe_clientid_chars", Kind: KindBool, Default: "false", Reload: ReloadNew,
		Meaning: "Accept Client Identifiers that contain `+` or `#`.",
		global:  func(c *Config) any { return &c.AllowUnsafeClientIDChars }},
	{Name: "allow_unsafe_username_chars", Kind: KindBool, Default: "false", Reload: ReloadNew,
		Meaning: "Accept user names that contain `+` or `#`.",
		global:  func(c *Config) any { return &c.AllowUnsafeUsernameChars }},
	{Name: "login_timeout", Kind: KindSeconds, Default: "30", Min: 1, Max: 3600, Ours: true,
		Reload:  ReloadNew,
		Meaning: "Time a connection has to get its CONNECT accepted before it is closed.",
		global:  func(c *Config) any { return &c.LoginTimeout }},
	{Name: "minimum_keepalive", Kind: KindSeconds, Default: "0", Min: 0, Max: 65535, Ours: true,
		Reload: ReloadNew,
		Meaning: "Smallest Keep Alive granted to MQTT 5 Clients; 0 grants what they ask for, " +
			"also none at all.",
		Differs: "FlashMQ forces 5 on MQTT 5 Clients: set 5 for that.",
		global:  func(c *Config) any { return &c.MinimumKeepalive }},
	{Name: "max_connections", Kind: KindInt, Default: "0", Min: 0, Max: math.MaxInt32, Ours: true,
		Reload:  ReloadLive,
		Meaning: "Connections at the same time; 0 means as many as rlimit_nofile has room for.",
		global:  func(c *Config) any { return &c.MaxConnections }},
	{Name: "overload_mode", Kind: KindEnum, Values: overloadModes, Default: "log",
		Reload: ReloadNew,
		Meaning: "What to do with new connections while the event loops lag behind by more than " +
			"max_event_loop_drift: say so in the log, or close them as well.",
		Differs: "FlashMQ logs each connection then; ours logs when it begins and when it ends.",
		global:  func(c *Config) any { return &c.OverloadMode }},
	{Name: "max_event_loop_drift", Kind: KindMilliseconds, Default: "2000", Min: 500,
		Max: 3600000, Reload: ReloadLive,
		Meaning: "Time by which half of the event loops may be late, on average over " +
			"their last 16 seconds.",
		global: func(c *Config) any { return &c.MaxEventLoopDrift }},
	{Name: "max_packet_size_before_connect", Kind: KindSize, Default: "65536", Min: 256,
		Max: 268435455, Ours: true, Reload: ReloadNew,
		Meaning: "Largest packet taken from a connection that is not logged in yet, so largest " +
			"CONNECT.",
		Differs: "FlashMQ has a fixed 1 MB.",
		global:  func(c *Config) any { return &c.MaxPacketSizeBeforeConnect }},
	{Name: "tls_handshakes", Kind: KindInt, Default: "2048", Min: 1, Max: 1000000, Ours: true,
		Reload:  ReloadNew,
		Meaning: "Most TLS handshakes under way at the same time, on all listeners together.",
		global:  func(c *Config) any { return &c.TLSHandshakes }},
	{Name: "websocket_set_real_ip_from", Kind: KindNetworks, Repeat: true, Reload: ReloadNew,
		Meaning: "Address or network of a web proxy whose `X-Real-IP` header is taken for the " +
			"address of the Client; repeat for more, without any the header is ignored.",
		global: func(c *Config) any { return &c.WebSocketSetRealIPFrom }},
}

var packetOptions = []Option{
	{Name: "max_packet_size", Kind: KindSize, Default: "268435455", Min: 64, Max: 268435455,
		Reload:  ReloadNew,
		Meaning: "Largest packet accepted, and announced to MQTT 5 Clients.",
		Differs: "Below 64 no CONNECT would fit; FlashMQ has no lower bound.",
		global:  func(c *Config) any { return &c.MaxPacketSize }},
	{Name: "max_string_length", Kind: KindInt, Default: "4096", Min: 0, Max: 65535,
		Reload: ReloadLive,
		Meaning: "Longest text on the wire: topics, filters, identifiers, user names, user " +
			"properties; 0 means 65535.",
		Differs: "The Client is told the reason; FlashMQ closes without a word and takes 0 " +
			"literally.",
		global: func(c *Config) any { return &c.MaxStringLength }},
	{Name: "max_topic_split_depth", Kind: KindInt, Default: "128", Min: 1, Max: 65535,
		Reload:  ReloadLive,
		Meaning: "Most levels a Topic Name or Topic Filter may have.",
		Differs: "The Client is told the reason; 0 is refused.",
		global:  func(c *Config) any { return &c.MaxTopicSplitDepth }},
	{Name: "max_user_properties", Kind: KindInt, Default: "50", Min: 0, Max: 65535, Ours: true,
		Reload:  ReloadLive,
		Meaning: "Most User Properties one packet may carry; 0 means no limit.",
		global:  func(c *Config) any { return &c.MaxUserProperties }},
	{Name: "max_filters_per_packet", Kind: KindInt, Default: "10000", Min: 1, Max: 1000000,
		Ours: true, Reload: ReloadLive,
		Meaning: "Most Topic Filters one SUBSCRIBE or UNSUBSCRIBE may carry.",
		global:  func(c *Config) any { return &c.MaxFiltersPerPacket }},
	{Name: "max_incoming_topic_alias_value", Kind: KindInt, Default: "65535", Min: 0, Max: 65535,
		Reload:  ReloadNew,
		Meaning: "Topic Alias Maximum announced to Clients.",
		global:  func(c *Config) any { return &c.MaxIncomingTopicAliasValue }},
	{Name: "max_outgoing_topic_alias_value", Kind: KindInt, Default: "65535", Min: 0, Max: 65535,
		Reload:  ReloadNew,
		Meaning: "Most Topic Aliases assigned towards one Client.",
		global:  func(c *Config) any { return &c.MaxOutgoingTopicAliasValue }},
	{Name: "max_qos", Kind: KindInt, Default: "2", Min: 0, Max: 2, Reload: ReloadNew,
		Meaning: "Highest QoS Clients may publish with and subscriptions are granted.",
		global:  func(c *Config) any { return &c.MaxQoS }},
	{Name: "mqtt3_qos_exceed_action", Kind: KindEnum, Values: exceedActions,
		Default: "disconnect", Reload: ReloadNew,
		Meaning: "What to do with a 3.x Client that publishes above max_qos: close, or " +
			"acknowledge and discard.",
		global: func(c *Config) any { return &c.MQTT3QoSExceedAction }},
	{Name: "subscription_identifiers_enabled", Kind: KindBool, Default: "true",
		Reload:  ReloadLive,
		Meaning: "Offer Subscription Identifiers to MQTT 5 Clients.",
		global:  func(c *Config) any { return &c.SubscriptionIdentifiersEnabled }},
	{Name: "reason_strings", Kind: KindBool, Default: "true", Ours: true, Reload: ReloadNew,
		Meaning: "Explain refusals to MQTT 5 Clients in words, where they did not ask for silence.",
		global:  func(c *Config) any { return &c.ReasonStrings }},
}

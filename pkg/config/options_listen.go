// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package config

import "math"

// listenOptions are the keys inside a listen block, in the order of the documentation. The layers
// between a socket and MQTT have files of their own.
var listenOptions = concat(BlockListen, socketOptions, tlsOptions, webOptions, proxyOptions)

var socketOptions = []Option{
	{Name: "protocol", Kind: KindEnum, Values: listenerProtocols,
		Default: "mqtt", Reload: ReloadNew,
		Meaning: "What is spoken on the listener: MQTT, MQTT over WebSocket, or nothing but the " +
			"redirects of acme_redirect_url.",
		listen: func(l *Listener) any { return &l.Protocol }, fits: protocolFits},
	{Name: "port", Kind: KindInt, Default: "1883", Min: 0, Max: 65535,
		Varies:  "8883 with TLS; 8080 for websockets, 4443 for them with TLS; 80 for acme",
		Reload:  ReloadLive,
		Meaning: "TCP port; 0 takes any free one.",
		listen:  func(l *Listener) any { return &l.Port }},
	{Name: "inet_protocol", Kind: KindEnum, Values: inetProtocols,
		Default: "ip4_ip6", Reload: ReloadLive,
		Meaning: "Address families to serve, or a unix socket.",
		listen:  func(l *Listener) any { return &l.InetProtocol }, fits: inetFits},
	{Name: "inet4_bind_address", Kind: KindAddress, Min: 4, Reload: ReloadLive,
		Meaning: "IPv4 address to listen on; every one if not given.",
		listen:  func(l *Listener) any { return &l.Inet4BindAddress }, fits: needsIPv4},
	{Name: "inet6_bind_address", Kind: KindAddress, Min: 6, Reload: ReloadLive,
		Meaning: "IPv6 address to listen on; every one if not given.",
		listen:  func(l *Listener) any { return &l.Inet6BindAddress }, fits: needsIPv6},
	{Name: "unix_socket_path", Kind: KindPath, Max: 100, Reload: ReloadLive,
		Meaning: "Where to put the socket of `inet_protocol unix`; a stale one is removed first.",
		listen:  func(l *Listener) any { return &l.UnixSocketPath }, fits: needsUnix},
	{Name: "unix_socket_user", Kind: KindString, Reload: ReloadLive,
		Meaning: "Owner to give the socket, by name or number.",
		listen:  func(l *Listener) any { return &l.UnixSocketUser }, fits: needsUnix},
	{Name: "unix_socket_group", Kind: KindString, Reload: ReloadLive,
		Meaning: "Group to give the socket, by name or number.",
		listen:  func(l *Listener) any { return &l.UnixSocketGroup }, fits: needsUnix},
	{Name: "unix_socket_mode", Kind: KindFileMode, Min: 1, Max: 0o777,
		Reload:  ReloadLive,
		Meaning: "Permissions to give the socket, such as 0660.",
		listen:  func(l *Listener) any { return &l.UnixSocketMode }, fits: needsUnix},
	{Name: "allow_anonymous", Kind: KindBool, Reload: ReloadNew,
		Meaning: "Let Clients without user name in on this listener; the global setting if not " +
			"given.",
		listen: func(l *Listener) any { return &l.AllowAnonymous }},
	{Name: "tcp_nodelay", Kind: KindBool, Default: "true", Reload: ReloadNew,
		Meaning: "Send small packets at once instead of letting the kernel collect them (Nagle).",
		Differs: "FlashMQ's default is false, which can hold a message back for 40 ms.",
		listen:  func(l *Listener) any { return &l.TCPNoDelay }},
	{Name: "max_buffer_size", Kind: KindSize, Min: 4096, Max: 1 << 30,
		Reload:  ReloadNew,
		Meaning: "client_max_write_buffer_size for Clients of this listener.",
		listen:  func(l *Listener) any { return &l.MaxBufferSize }},
	{Name: "max_qos", Kind: KindInt, Min: 0, Max: 2, Reload: ReloadNew,
		Meaning: "max_qos for Clients of this listener.",
		listen:  func(l *Listener) any { return &l.MaxQoS }},
	{Name: "mqtt3_qos_exceed_action", Kind: KindEnum, Values: exceedActions,
		Reload:  ReloadNew,
		Meaning: "mqtt3_qos_exceed_action for Clients of this listener.",
		listen:  func(l *Listener) any { return &l.MQTT3QoSExceedAction }},
	{Name: "only_allow_from", Kind: KindNetworks, Repeat: true, Reload: ReloadNew,
		Meaning: "Address or network whose peers may connect; repeat for more, without any " +
			"everybody may.",
		listen: func(l *Listener) any { return &l.OnlyAllowFrom }, fits: needsIP},
	{Name: "deny_from", Kind: KindNetworks, Repeat: true, Reload: ReloadNew,
		Meaning: "Address or network whose peers are turned away, looked at before " +
			"only_allow_from; repeat for more.",
		listen: func(l *Listener) any { return &l.DenyFrom }, fits: needsIP},
	{Name: "overload_mode", Kind: KindEnum, Values: overloadModes, Reload: ReloadNew,
		Meaning: "overload_mode for this listener: `log` keeps one for administrators open.",
		listen:  func(l *Listener) any { return &l.OverloadMode }},
}

// later makes the row of a FlashMQ key that is refused until it works.
func later(b Block, name string, k Kind, meaning string) Option {
	return Option{Name: name, Block: b, Kind: k, Meaning: meaning, Support: NotYet,
		Max: math.MaxInt64}
}

// inert makes the row of a FlashMQ key that is read and does nothing.
func inert(name string, k Kind, reason string) Option {
	return Option{Name: name, Kind: k, Reason: reason, Support: Accepted, Max: math.MaxInt64}
}

var inertOptions = []Option{
	inert("client_initial_buffer_size", KindSize,
		"buffers belong to the event loops; an idle Client has none"),
	inert("retained_message_node_lifetime", KindSeconds,
		"removing an empty topic level takes no lock that could be held too often"),
	inert("subscription_node_lifetime", KindSeconds,
		"removing an empty topic level takes no lock that could be held too often"),
	inert("set_retained_message_defer_timeout", KindMilliseconds,
		"storing a Retained Message does not wait for a lock"),
	inert("set_retained_message_defer_timeout_spread", KindMilliseconds,
		"storing a Retained Message does not wait for a lock"),
	inert("retained_messages_delivery_limit", KindInt,
		"Retained Messages are delivered as fast as the Client takes them"),
	inert("expire_retained_messages_time_budget_ms", KindMilliseconds,
		"expiry runs in small slices of its own"),
	inert("rebuild_subscription_tree_interval_seconds", KindSeconds,
		"the index of subscriptions tidies up as it goes"),
}

var notYetOptions = []Option{
	later(BlockGlobal, "storage_dir", KindPath, "Directory for durable state."),
	later(BlockGlobal, "save_state_interval", KindSeconds, "Time between saves of state."),
	later(BlockGlobal, "persistence_data_to_save", KindStrings, "Which state to save."),
	later(BlockGlobal, "mosquitto_password_file", KindPath, "User names and hashed passwords."),
	later(BlockGlobal, "mosquitto_acl_file", KindPath, "Who may use which topics."),
	later(BlockGlobal, "plugin", KindPath, "Shared object to load."),
	later(BlockGlobal, "plugin_serialize_init", KindBool, "Initialise plugins one by one."),
	later(BlockGlobal, "plugin_serialize_auth_checks", KindBool, "Ask plugins one by one."),
	later(BlockGlobal, "plugin_timer_period", KindSeconds, "Time between calls of the plugin."),
	family(later(BlockGlobal, "plugin_opt_", KindString, "Option handed to the plugin.")),
}

func family(o Option) Option {
	o.Prefix = true
	return o
}

// bridgeOptions is empty: the block itself is refused, whatever it holds.
var bridgeOptions []Option

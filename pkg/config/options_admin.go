// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package config

// adminOptions are about the HTTP port for probes, metrics and reload, and about the way the
// broker lets go of its Clients before it ends.
var adminOptions = []Option{
	{Name: "admin_port", Kind: KindInt, Default: "0", Min: 0, Max: 65535, Ours: true,
		Reload: ReloadStart,
		Meaning: "Port of the HTTP server for probes, metrics, reload and drain; 0 means there " +
			"is none.",
		global: func(c *Config) any { return &c.AdminPort }},
	{Name: "admin_bind_address", Kind: KindAddress, Default: "127.0.0.1", Ours: true,
		Reload: ReloadStart,
		Meaning: "Address it listens on, IPv4 or IPv6. Probes and metrics are answered to " +
			"everybody who can reach it; `0.0.0.0` and `::` are all addresses.",
		global: func(c *Config) any { return &c.AdminBindAddress }},
	{Name: "admin_token_file", Kind: KindPath, Ours: true, Reload: ReloadLive,
		Meaning: "File with the bearer token that `GET /report`, `POST /reload` and " +
			"`POST /drain` ask for, read at each request; without it they are refused.",
		global: func(c *Config) any { return &c.AdminTokenFile }},
	{Name: "drain_delay", Kind: KindSeconds, Default: "0", Min: 0, Max: 3600, Ours: true,
		Reload: ReloadLive,
		Meaning: "Time between being told to stop, when the broker reports that it is not " +
			"ready any more, and closing its listeners.",
		global: func(c *Config) any { return &c.DrainDelay }},
	{Name: "drain_rate", Kind: KindInt, Default: "0", Min: 0, Max: 1000000, Ours: true,
		Reload: ReloadLive,
		Meaning: "Clients a second that are disconnected then, on all event loops together; 0 " +
			"disconnects all at once.",
		global: func(c *Config) any { return &c.DrainRate }},
	{Name: "drain_deadline", Kind: KindSeconds, Default: "60", Min: 0, Max: 3600, Ours: true,
		Reload: ReloadLive,
		Meaning: "Time after which all that are left are disconnected at once, counted from " +
			"being told to stop; drain_delay is a part of it.",
		global: func(c *Config) any { return &c.DrainDeadline }},
	{Name: "server_reference", Kind: KindString, Max: longestReference, Ours: true,
		Reload: ReloadLive,
		Meaning: "Server that MQTT 5 Clients are told to use instead (0x9C, Server Reference) " +
			"when this one stops; without it they are told 0x8B.",
		global: func(c *Config) any { return &c.ServerReference }},
}

// longestReference is room for some names of servers with their ports, in bytes.
const longestReference = 1024

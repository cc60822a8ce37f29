// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package config

// webOptions are for listeners that web browsers and authorities talk to.
var webOptions = []Option{
	{Name: "websocket_path", Kind: KindURLPath, Repeat: true, Ours: true, Reload: ReloadNew,
		Meaning: "Path under which MQTT is served, exactly as in the request; repeat for more, " +
			"without any every path will do.",
		listen: func(l *Listener) any { return &l.WebSocketPath }, fits: needsWebSockets},
	{Name: "websocket_allow_origin", Kind: KindOrigin, Repeat: true, Ours: true,
		Reload: ReloadNew,
		Meaning: "Origin of web pages whose scripts may connect; repeat for more, without any " +
			"all may. Programs outside browsers name no origin and are let in.",
		listen: func(l *Listener) any { return &l.WebSocketAllowOrigin }, fits: needsWebSockets},
	{Name: "acme_redirect_url", Kind: KindURL, Reload: ReloadNew,
		Meaning: "Where to send the HTTP challenges of an ACME authority, which come to " +
			"listeners without TLS: their path is put behind it.",
		listen: func(l *Listener) any { return &l.ACMERedirectURL }, fits: redirectFits},
}

// proxyOptions are for listeners behind HAProxy or another load balancer.
var proxyOptions = []Option{
	{Name: "haproxy", Kind: KindEnum, Values: haproxyModes, Switch: true, Default: "off",
		Reload: ReloadNew,
		Meaning: "Expect a PROXY protocol header before each connection and take the address of " +
			"the Client from it; with the last two also the user name, from the client " +
			"certificate the proxy has verified, and with the last one ask for a login as well.",
		listen: func(l *Listener) any { return &l.HAProxy }, fits: haproxyFits},
	{Name: "haproxy_trusted_from", Kind: KindNetworks, Repeat: true, Ours: true,
		Reload: ReloadNew,
		Meaning: "Address or network of a proxy whose PROXY header is believed; repeat for more. " +
			"Do give them: without any, every peer can claim any address and, where the header " +
			"names the user, to be anybody.",
		listen: func(l *Listener) any { return &l.HAProxyTrustedFrom }, fits: trustedFits},
	{Name: "haproxy_header_timeout", Kind: KindSeconds, Default: "5", Min: 1, Max: 3600,
		Ours: true, Reload: ReloadNew,
		Meaning: "Time a connection has for its PROXY header before it is closed.",
		listen:  func(l *Listener) any { return &l.HAProxyHeaderTimeout }, fits: needsHAProxy},
}

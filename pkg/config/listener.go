// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package config

import (
	"io/fs"
	"net/netip"
	"time"

	"github.com/flashmq/flashmq/pkg/mqtt"
)

// Listener is one listen block.
type Listener struct {
	Protocol         ListenerProtocol
	Port             uint16 // 0 = any free one; Load fills in the usual one if none is given
	InetProtocol     InetProtocol
	Inet4BindAddress netip.Addr // zero value = every IPv4 address
	Inet6BindAddress netip.Addr // zero value = every IPv6 address
	UnixSocketPath   string
	UnixSocketUser   string      // name or number, "" = leave
	UnixSocketGroup  string      // name or number, "" = leave
	UnixSocketMode   fs.FileMode // 0 = leave
	TCPNoDelay       bool
	OnlyAllowFrom    []netip.Prefix
	DenyFrom         []netip.Prefix

	// TLS.
	Fullchain               string // "" = no TLS, see TLS
	Privkey                 string
	DropOnAbsentCertificate bool // see LeftOut
	MinimumTLSVersion       TLSVersion
	TLSHandshakeTimeout     time.Duration

	// Client certificates; without authorities none is asked for, see VerifiesClients.
	ClientVerificationCAFile       string
	ClientVerificationCADir        string
	ClientVerificationCRLFile      string
	ClientVerificationIdentity     ClientIdentity
	ClientVerificationStillDoAuthn bool

	// WebSocket and HTTP.
	WebSocketPath        []string // as in requests, without the query; none: any
	WebSocketAllowOrigin []string // as browsers write them; none: any
	ACMERedirectURL      string   // without "/" at its end, "" = no redirects

	// PROXY protocol.
	HAProxy              HAProxyMode
	HAProxyTrustedFrom   []netip.Prefix // see TrustsProxy
	HAProxyHeaderTimeout time.Duration

	// Where nil the global setting applies; Resolve answers what counts.
	AllowAnonymous       *bool
	MaxBufferSize        *uint32
	MaxQoS               *mqtt.QoS
	MQTT3QoSExceedAction *QoSExceedAction
	OverloadMode         *OverloadMode
}

// DefaultListener returns what an empty listen block means. Its port is the one of plain MQTT.
func DefaultListener() Listener {
	var l Listener
	for i := range listenOptions {
		listenOptions[i].setDefault(&l)
	}
	return l
}

// Policy is what a listener grants after the global settings filled its gaps.
type Policy struct {
	AllowAnonymous       bool
	MaxBufferSize        uint32
	MaxQoS               mqtt.QoS
	MQTT3QoSExceedAction QoSExceedAction
	OverloadMode         OverloadMode
}

// Resolve fills the settings the listener leaves open from the global ones.
func (l *Listener) Resolve(c *Config) Policy {
	return Policy{
		AllowAnonymous:       orElse(l.AllowAnonymous, c.AllowAnonymous),
		MaxBufferSize:        orElse(l.MaxBufferSize, c.ClientMaxWriteBufferSize),
		MaxQoS:               orElse(l.MaxQoS, c.MaxQoS),
		MQTT3QoSExceedAction: orElse(l.MQTT3QoSExceedAction, c.MQTT3QoSExceedAction),
		OverloadMode:         orElse(l.OverloadMode, c.OverloadMode),
	}
}

func orElse[T any](own *T, global T) T {
	if own != nil {
		return *own
	}
	return global
}

// Endpoint is one socket to bind: network is tcp4, tcp6 or unix, as package net spells them.
type Endpoint struct {
	Network string
	Address string
}

// Endpoints lists the sockets of the listener: dual stack is two, the second one IPv6 only.
func (l *Listener) Endpoints() []Endpoint {
	if l.InetProtocol == InetUnix {
		return []Endpoint{{"unix", l.UnixSocketPath}}
	}
	var out []Endpoint
	if l.InetProtocol != Inet6 {
		out = append(out, Endpoint{"tcp4", l.addrPort4().String()})
	}
	if l.InetProtocol != Inet4 {
		out = append(out, Endpoint{"tcp6", l.addrPort6().String()})
	}
	return out
}

func (l *Listener) addrPort4() netip.AddrPort {
	a := l.Inet4BindAddress
	if !a.IsValid() {
		a = netip.IPv4Unspecified()
	}
	return netip.AddrPortFrom(a, l.Port)
}

func (l *Listener) addrPort6() netip.AddrPort {
	a := l.Inet6BindAddress
	if !a.IsValid() {
		a = netip.IPv6Unspecified()
	}
	return netip.AddrPortFrom(a, l.Port)
}

// Admits reports whether a peer with this address may connect: deny_from is looked at first, then
// only_allow_from. Peers of a unix socket have no address and are admitted.
func (l *Listener) Admits(peer netip.Addr) bool {
	if !peer.IsValid() {
		return true
	}
	return !contain(l.DenyFrom, peer) &&
		(len(l.OnlyAllowFrom) == 0 || contain(l.OnlyAllowFrom, peer))
}

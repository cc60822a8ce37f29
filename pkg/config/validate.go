// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package config

import (
	"fmt"
	"net/netip"
)

// placer answers where a value was written; block is the number of a listen block or negative.
type placer func(block int, key string) origin

func nowhere(block int, key string) origin {
	if block < 0 {
		return origin{}
	}
	return origin{file: fmt.Sprintf("listen block %d", block+1)}
}

// Validate checks a Config that was not made by Load: every value in its range, and the values
// together. It looks at no file. The error is a *Problems.
func (c *Config) Validate() error {
	r := &report{}
	checkValues(r, globalOptions, c, nowhere(-1, ""))
	for i := range c.Listeners {
		checkValues(r, listenOptions, &c.Listeners[i], nowhere(i, ""))
	}
	c.checkTogether(r, nowhere)
	return r.err()
}

// checkValues writes each field down and reads it back, so the table alone decides.
func checkValues(r *report, rows []Option, in any, at origin) {
	for i := range rows {
		o := &rows[i]
		if o.Support != Effective {
			continue
		}
		for _, word := range o.format(o.field(in)) {
			words, err := splitValue(word)
			if err != nil || !oneLine(word) {
				r.problem(at, o.Name, errControl.Error(), "")
				continue
			}
			reason, suggestion := o.parse(words, o.scratch())
			if reason != "" {
				r.problem(at, o.Name, reason, suggestion)
			}
		}
	}
}

// checkTogether looks at values that are legal alone and may not be together.
func (c *Config) checkTogether(r *report, place placer) {
	if len(c.Listeners) == 0 {
		r.problem(place(-1, ""), "", "there is no listener", "")
	}
	c.checkAdmin(r, place)
	for i := range c.Listeners {
		l := &c.Listeners[i]
		l.checkConditions(r, i, place)
		for j := range i {
			if reason := l.collides(&c.Listeners[j]); reason != "" {
				r.problem(place(i, "port"), "listen", reason,
					"that is "+describe(place(j, "port")))
				break
			}
		}
	}
}

// checkAdmin looks at what stands beside the listeners.
func (c *Config) checkAdmin(r *report, place placer) {
	if c.DrainDelay > c.DrainDeadline {
		r.problem(place(-1, "drain_delay"), "drain_delay", "is longer than drain_deadline, which "+
			"counts from the same instant", "")
	}
	if c.AdminPort == 0 {
		return
	}
	for i := range c.Listeners {
		if l := &c.Listeners[i]; l.takes(netip.AddrPortFrom(c.AdminBindAddress, c.AdminPort)) {
			r.problem(place(-1, "admin_port"), "admin_port", fmt.Sprintf(
				"a listener has port %d on the same address", c.AdminPort),
				"that is "+describe(place(i, "port")))
		}
	}
}

// takes tells whether nobody else could listen at a while the listener does.
func (l *Listener) takes(a netip.AddrPort) bool {
	if l.InetProtocol == InetUnix || l.Port != a.Port() {
		return false
	}
	return a.Addr().Is4() && l.InetProtocol != Inet6 && overlap(l.addrPort4().Addr(), a.Addr()) ||
		a.Addr().Is6() && l.InetProtocol != Inet4 && overlap(l.addrPort6().Addr(), a.Addr())
}

func describe(at origin) string {
	if at.line > 0 {
		return fmt.Sprintf("the listener at %s:%d", at.file, at.line)
	}
	return "the one at " + at.file
}

// collides answers why two listeners cannot both be bound, "" when they can.
func (l *Listener) collides(other *Listener) string {
	if l.InetProtocol == InetUnix || other.InetProtocol == InetUnix {
		if l.InetProtocol == other.InetProtocol && l.UnixSocketPath == other.UnixSocketPath {
			return "another listener has the socket " + l.UnixSocketPath
		}
		return ""
	}
	if l.Port != other.Port || l.Port == 0 {
		return ""
	}
	four := l.InetProtocol != Inet6 && other.InetProtocol != Inet6 &&
		overlap(l.addrPort4().Addr(), other.addrPort4().Addr())
	six := l.InetProtocol != Inet4 && other.InetProtocol != Inet4 &&
		overlap(l.addrPort6().Addr(), other.addrPort6().Addr())
	if !four && !six {
		return ""
	}
	return fmt.Sprintf("another listener has port %d on the same address", l.Port)
}

func overlap(a, b netip.Addr) bool {
	return a == b || a.IsUnspecified() || b.IsUnspecified()
}

// advise warns about a Config that works and is hardly what was meant.
func (c *Config) advise(r *report, place placer) {
	for i := range c.Listeners {
		c.Listeners[i].adviseProxy(r, i, place)
	}
	for i := range c.Listeners {
		l := &c.Listeners[i]
		if l.Resolve(c).AllowAnonymous || l.CertificateSuffices() {
			return
		}
	}
	r.warn(place(-1, "allow_anonymous"), "allow_anonymous", "is false on every listener and there "+
		"is no other way to log in: every Client will be refused", "")
}

// adviseProxy warns where everybody can call themselves as they like.
func (l *Listener) adviseProxy(r *report, i int, place placer) {
	if l.HAProxy.Verifies() && l.InetProtocol != InetUnix &&
		len(l.HAProxyTrustedFrom) == 0 && len(l.OnlyAllowFrom) == 0 {
		r.warn(place(i, "haproxy"), "haproxy", "any peer of this listener can claim to be any user",
			"name the proxies with haproxy_trusted_from")
	}
}

// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package haproxy

import (
	"errors"
	"fmt"
	"net/netip"
	"path"
	"regexp"
	"slices"
	"strings"
)

// Ours.
const (
	maxListeners = 16
	maxServers   = 256
	maxNetworks  = 256
	maxID        = 1 << 20
	// minConnect holds the headers of WebSocket requests, and what statistics need.
	minConnect = 1 << 12
	// maxConnect has a Remaining Length of at most three bytes, which connectRules count on.
	maxConnect  = 1 << 20
	maxSeconds  = 7 * 24 * 3600
	maxReloads  = 1000
	longestPath = 255
	// longestQuoted is what errors repeat of a value.
	longestQuoted = 300
	// longestSocket leaves room for what HAProxy appends to the path while it binds.
	longestSocket = 80
)

var (
	label = regexp.MustCompile(`^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$`)
	file  = regexp.MustCompile(`^/[A-Za-z0-9._/-]+$`)
)

// checker collects what is wrong, so that all of it can be said at once.
type checker struct{ problems []error }

func (c *checker) wrong(where, format string, args ...any) {
	for i, a := range args {
		if s, ok := a.(string); ok && len(s) > longestQuoted {
			args[i] = s[:longestQuoted] + "..."
		}
	}
	c.problems = append(c.problems, fmt.Errorf("%s: %s", where, fmt.Sprintf(format, args...)))
}

func (c *checker) number(where string, n, least, most int) {
	if n < least || n > most {
		c.wrong(where, "%d is not within %d and %d", n, least, most)
	}
}

func (c *checker) port(where string, n int) { c.number(where, n, 1, 65535) }

// count reports whether there are few enough to look at each.
func (c *checker) count(where string, n, least, most int) bool {
	if n < least || n > most {
		c.wrong(where, "%d of them; there may be %d to %d", n, least, most)
	}
	return n <= most
}

// label wants a DNS label: it can be no more than one word, whatever is around it.
func (c *checker) label(where, s string) {
	if !label.MatchString(s) {
		c.wrong(where, "%q is no DNS label: small letters, digits and -, at most 63", s)
	}
}

func (c *checker) path(where, s string, longest int) {
	switch {
	case s == "":
		c.wrong(where, "is missing")
	case len(s) > longest:
		c.wrong(where, "a path of %d bytes; at most %d are possible", len(s), longest)
	case !file.MatchString(s) || path.Clean(s) != s:
		c.wrong(where, "%q is no plain absolute path: letters, digits and ._-/ without . and .. "+
			"as elements", s)
	}
}

// noPath wants nothing where a path would have no effect.
func (c *checker) noPath(where, s, why string) {
	if s != "" {
		c.wrong(where, "%q has no effect %s", s, why)
	}
}

func (c *checker) name(where, s string) {
	if len(s) > 253 || !dnsName(s) {
		c.wrong(where, "%q is no DNS name in small letters, without a dot at its end", s)
	}
}

// dnsName wants a letter at the start of the last label, so that it is no kind of number.
func dnsName(s string) bool {
	labels := strings.Split(s, ".")
	for _, l := range labels {
		if !label.MatchString(l) {
			return false
		}
	}
	last := labels[len(labels)-1]
	return last[0] >= 'a'
}

// address returns an IP address in its usual form.
func address(s string) (netip.Addr, bool) {
	a, err := netip.ParseAddr(s)
	return a.Unmap(), err == nil && a.Zone() == ""
}

func (o *Options) check() error {
	c := &checker{}
	if _, ok := address(o.BindAddress); o.BindAddress != "" && !ok {
		c.wrong("bindAddress", "%q is no IP address", o.BindAddress)
	}
	c.port("metricsPort", o.MetricsPort)
	if c.count("listeners", len(o.Listeners), 1, maxListeners) {
		for i := range o.Listeners {
			o.checkListener(c, fmt.Sprintf("listeners[%d]", i), &o.Listeners[i])
		}
		o.checkTwins(c)
	}
	o.checkServers(c)
	o.checkNetworks(c)
	if o.OnDown != Refuse && o.OnDown != Reroute {
		c.wrong("onDown", "%q is neither Refuse nor Reroute", o.OnDown)
	}
	o.checkNumbers(c)
	if t := o.BackendTLS; t != nil {
		c.path("backendTLS.certFile", t.CertFile, longestPath)
		c.path("backendTLS.caFile", t.CAFile, longestPath)
		c.name("backendTLS.serverName", t.ServerName)
	}
	c.path("socketPath", o.SocketPath, longestSocket)
	c.extra("extraGlobal", o.ExtraGlobal, notInGlobal)
	c.extra("extraDefaults", o.ExtraDefaults, notInDefaults)
	return errors.Join(c.problems...)
}

func (o *Options) checkNumbers(c *checker) {
	c.number("maxConnectBytes", o.MaxConnectBytes, minConnect, maxConnect)
	c.number("holdSeconds", o.HoldSeconds, 1, 600)
	c.number("maxReloads", o.MaxReloads, 1, maxReloads)
	c.number("threads", o.Threads, 0, 64)
	c.number("maxConnections", o.MaxConnections, 0, 10_000_000)
	c.number("timeouts.connect", o.Timeouts.Connect, 1, 600)
	c.number("timeouts.client", o.Timeouts.Client, 1, maxSeconds)
	c.number("timeouts.tunnel", o.Timeouts.Tunnel, 1, maxSeconds)
	c.number("timeouts.inspect", o.Timeouts.Inspect, 1, 600)
}

// checkTwins wants names and ports to be there once.
func (o *Options) checkTwins(c *checker) {
	names, ports := map[string]bool{}, map[int]bool{o.MetricsPort: true}
	for i, l := range o.Listeners {
		if names[l.Name] {
			c.wrong(fmt.Sprintf("listeners[%d].name", i), "%q is there twice", l.Name)
		}
		if ports[l.BindPort] {
			c.wrong(fmt.Sprintf("listeners[%d].bindPort", i), "%d is taken already", l.BindPort)
		}
		names[l.Name], ports[l.BindPort] = true, true
	}
}

func (o *Options) checkServers(c *checker) {
	if !c.count("servers", len(o.Servers), 1, maxServers) {
		return
	}
	names, ids := map[string]bool{}, map[int]bool{}
	for i, s := range o.Servers {
		where := fmt.Sprintf("servers[%d]", i)
		c.label(where+".name", s.Name)
		c.number(where+".id", s.ID, 1, maxID)
		if _, ok := address(s.Address); !ok {
			c.name(where+".address", s.Address)
		}
		if names[s.Name] {
			c.wrong(where+".name", "%q is there twice", s.Name)
		}
		if ids[s.ID] {
			c.wrong(where+".id", "%d is there twice: Clients go by it", s.ID)
		}
		names[s.Name], ids[s.ID] = true, true
	}
}

func (o *Options) checkNetworks(c *checker) {
	if !c.count("acceptProxyFrom", len(o.AcceptProxyFrom), 0, maxNetworks) {
		return
	}
	for i, s := range o.AcceptProxyFrom {
		if p, err := netip.ParsePrefix(s); err != nil || p.Addr().Is4In6() {
			c.wrong(fmt.Sprintf("acceptProxyFrom[%d]", i), "%q is no network such as 10.0.0.0/8 "+
				"or fd00::/8", s)
		}
	}
}

// networks are those of AcceptProxyFrom, each once, in an order of their own.
func (o *Options) networks() []netip.Prefix {
	var all []netip.Prefix
	for _, s := range o.AcceptProxyFrom {
		all = append(all, netip.MustParsePrefix(s).Masked())
	}
	slices.SortFunc(all, netip.Prefix.Compare)
	return slices.Compact(all)
}

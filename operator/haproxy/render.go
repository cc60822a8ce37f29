// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package haproxy

import (
	"fmt"
	"strings"
)

// From HAProxy.
const (
	// roomToRewrite of a buffer is kept free of what is received (tune.maxrewrite).
	roomToRewrite = 1024
	usualBuffer   = 16384 // tune.bufsize without us
)

// Ours.
const (
	// bufferStep is what buffers are multiples of, so that small changes of a limit change nothing.
	bufferStep = 4096
	// fileLimit bounds what HAProxy makes of the number of files it may open, which in containers
	// is sometimes a thousand million: it would reserve memory for as many connections.
	fileLimit = 1 << 20
	// monitor is no DNS label, so no Listener is called so.
	monitor = "health_and_metrics"
)

// Render returns the configuration for Options. The same Options give the same bytes.
func Render(o Options) ([]byte, error) {
	o.setDefaults()
	if err := o.check(); err != nil {
		return nil, err
	}
	t := &text{}
	t.global(&o)
	t.resolvers(&o)
	t.defaults(&o)
	for i := range o.Listeners {
		t.frontend(&o, &o.Listeners[i])
	}
	for i := range o.Listeners {
		t.backends(&o, &o.Listeners[i])
	}
	t.monitor(&o)
	return []byte(t.String()), nil
}

func (o *Options) setDefaults() {
	for _, d := range []struct {
		number *int
		usual  int
	}{
		{&o.HoldSeconds, 30},
		{&o.MaxConnectBytes, 128 << 10},
		{&o.MaxReloads, 10},
		{&o.Timeouts.Connect, 5},
		{&o.Timeouts.Client, 60},
		{&o.Timeouts.Tunnel, 24 * 3600},
		{&o.Timeouts.Inspect, 10},
	} {
		if *d.number == 0 {
			*d.number = d.usual
		}
	}
}

// text is a configuration in the making.
type text struct{ strings.Builder }

func (t *text) section(format string, args ...any) {
	if t.Len() > 0 {
		t.WriteByte('\n')
	}
	fmt.Fprintf(t, format+"\n", args...)
}

func (t *text) line(format string, args ...any) { fmt.Fprintf(t, "    "+format+"\n", args...) }

// lines writes what extra has cleaned.
func (t *text) lines(all []string) {
	for _, l := range all {
		t.line("%s", l)
	}
}

func (t *text) global(o *Options) {
	t.section("global")
	t.line("log stdout format raw local0 notice")
	t.line("stats socket %s mode 600 level admin expose-fd listeners", o.SocketPath)
	t.line("mworker-max-reloads %d", o.MaxReloads)
	t.line("fd-hard-limit %d", fileLimit)
	if o.MaxConnections > 0 {
		t.line("maxconn %d", o.MaxConnections)
	}
	if o.Threads > 0 {
		t.line("nbthread %d", o.Threads)
	}
	t.line("tune.bufsize %d", o.buffer())
	t.line("tune.maxrewrite %d", roomToRewrite)
	t.line("ssl-load-extra-del-ext") // a Secret has tls.crt and tls.key
	t.lines(extraLines(o.ExtraGlobal))
}

// buffer is the size of HAProxy's buffers: a whole CONNECT has to fit beside what is kept free.
func (o *Options) buffer() int {
	n := (o.MaxConnectBytes + roomToRewrite + bufferStep - 1) / bufferStep * bufferStep
	return max(n, usualBuffer)
}

// resolvers follow the addresses of brokers that have names. While names cannot be asked for, the
// last addresses stay: health checks say who is well, an outage of DNS does not.
func (t *text) resolvers(o *Options) {
	if !o.named() {
		return
	}
	t.section("resolvers cluster")
	t.line("parse-resolv-conf")
	t.line("accepted_payload_size 8192")
	t.line("hold valid 5s")
	for _, trouble := range []string{"nx", "obsolete", "other", "refused", "timeout"} {
		t.line("hold %s 24h", trouble)
	}
}

// named reports whether a broker is known by a name.
func (o *Options) named() bool {
	for _, s := range o.Servers {
		if _, ok := address(s.Address); !ok {
			return true
		}
	}
	return false
}

func (t *text) defaults(o *Options) {
	t.section("defaults")
	t.line("mode tcp")
	t.line("log global")
	t.line("option clitcpka")
	t.line("timeout connect %ds", o.Timeouts.Connect)
	t.line("timeout client %ds", o.Timeouts.Client)
	t.line("timeout server %ds", o.Timeouts.Client)
	t.line("timeout tunnel %ds", o.Timeouts.Tunnel)
	// The other half of a connection must not stay as long as a tunnel may be silent.
	t.line("timeout client-fin 30s")
	t.line("timeout server-fin 30s")
	t.lines(extraLines(o.ExtraDefaults))
}

// monitor is the door of probes and Prometheus.
func (t *text) monitor(o *Options) {
	t.section("frontend %s", monitor)
	t.line("mode http")
	t.line("bind %s", o.bind(o.MetricsPort))
	t.line("timeout client 10s")
	t.line("timeout http-request 5s")
	t.line("monitor-uri /healthz")
	t.line("http-request use-service prometheus-exporter if { path /metrics }")
	t.line("http-request return status 404%s", o.unlessTrust())
	t.trustRule(o)
	t.trustBackend(o)
}

// bind is where HAProxy listens on a port.
func (o *Options) bind(port int) string {
	a, ok := address(o.BindAddress)
	switch {
	case !ok:
		return fmt.Sprintf(":%d", port)
	case a.Is6() && a.IsUnspecified():
		return fmt.Sprintf("[::]:%d v4v6", port)
	}
	return endpoint(o.BindAddress, port)
}

// endpoint is an address that was checked, and a port.
func endpoint(s string, port int) string {
	a, ok := address(s)
	switch {
	case !ok:
		return fmt.Sprintf("%s:%d", s, port)
	case a.Is6():
		return fmt.Sprintf("[%s]:%d", a, port)
	}
	return fmt.Sprintf("%s:%d", a, port)
}

// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package admin

import (
	"fmt"
	"net/http"
	"net/netip"
	"strings"
	"time"
)

// check is one line of a probe's answer.
type check struct {
	name string
	// fault says what is wrong, "" if nothing is.
	fault func(*Status) string
}

// checks are those of each probe. Being busy is no reason to be killed, and neither is draining.
func (s *Server) checks() map[string][]check {
	started := check{"started", func(x *Status) string {
		if x.Started.IsZero() {
			return "Clients are not served yet"
		}
		return ""
	}}
	listeners := check{"listeners", func(x *Status) string {
		if len(x.Listeners) == 0 {
			return "none is open"
		}
		return ""
	}}
	draining := check{"draining", func(x *Status) string {
		if x.Draining == nil {
			return ""
		}
		return fmt.Sprintf("since %s, %d connections remain",
			x.Draining.Since.UTC().Format(time.RFC3339), x.Draining.Remaining)
	}}
	loops := check{"loops", s.stuck}
	return map[string][]check{
		"livez":    {loops},
		"readyz":   {started, listeners, loops, draining},
		"startupz": {started},
	}
}

// stuck finds a loop that does not turn any more.
func (s *Server) stuck(x *Status) string {
	for i, l := range x.Loops {
		if l.Silent >= s.options.Stuck {
			return fmt.Sprintf("loop %d has not turned for %v", i, l.Silent.Round(time.Second))
		}
	}
	return ""
}

// judge writes a line for each check, in Kubernetes' style.
func judge(checks []check, x *Status) (lines string, good bool) {
	var b strings.Builder
	good = true
	for _, c := range checks {
		if fault := c.fault(x); fault != "" {
			good = false
			fmt.Fprintf(&b, "[-]%s failed: %s\n", c.name, fault)
			continue
		}
		fmt.Fprintf(&b, "[+]%s ok\n", c.name)
	}
	return b.String(), good
}

// trusted tells a proxy, which is whoever asks, whether its PROXY headers are believed. It can have
// itself started before it is known here, and wait for this before it takes Clients.
func (s *Server) trusted(w http.ResponseWriter, r *http.Request) {
	peer, err := netip.ParseAddrPort(r.RemoteAddr)
	if err != nil || !s.options.Broker.TrustsProxy(peer.Addr()) {
		fail(w, http.StatusServiceUnavailable,
			fmt.Errorf("no listener believes PROXY headers of %s (haproxy_trusted_from)",
				r.RemoteAddr))
		return
	}
	fmt.Fprint(w, "ok")
}

// probe answers with the checks of a name.
func (s *Server) probe(name string, checks []check) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		lines, good := judge(checks, s.options.Broker.Status())
		w.Header().Set("Content-Type", "text/plain; charset=utf-8")
		_, verbose := r.URL.Query()["verbose"]
		switch {
		case !good:
			w.WriteHeader(http.StatusServiceUnavailable)
			fmt.Fprintf(w, "%s%s check failed\n", lines, name)
		case verbose:
			fmt.Fprintf(w, "%s%s check passed\n", lines, name)
		default:
			fmt.Fprint(w, "ok")
		}
	}
}

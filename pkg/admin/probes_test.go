// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package admin

import (
	"net/netip"
	"testing"
	"time"
)

func TestProbes(t *testing.T) {
	t.Parallel()
	starting := func(x *Status) { x.Started, x.Listeners = time.Time{}, nil }
	draining := func(x *Status) { x.Draining = &Draining{Since: noon, Remaining: 12} }
	closed := func(x *Status) { x.Listeners, x.Draining = nil, &Draining{Since: noon} }
	stuck := func(x *Status) { x.Loops[1].Silent = time.Minute }
	late := func(x *Status) { x.Loops[1].Silent = time.Minute - 1 }
	const drained = "[-]draining failed: since 2026-11-22T12:00:00Z, 12 connections remain\n"
	for _, tt := range []struct {
		name   string
		change func(x *Status)
		path   string
		status int
		body   string
	}{
		{"ready", nil, "/readyz", 200, "ok"},
		{"ready, verbose", nil, "/readyz?verbose", 200, "[+]started ok\n[+]listeners ok\n" +
			"[+]loops ok\n[+]draining ok\nreadyz check passed\n"},
		{"alive", nil, "/livez", 200, "ok"},
		{"alive, verbose", nil, "/livez?verbose=1", 200, "[+]loops ok\nlivez check passed\n"},
		{"started", nil, "/startupz?verbose", 200, "[+]started ok\nstartupz check passed\n"},
		{"starting", starting, "/startupz", 503,
			"[-]started failed: Clients are not served yet\nstartupz check failed\n"},
		{"starting is not ready", starting, "/readyz", 503,
			"[-]started failed: Clients are not served yet\n[-]listeners failed: none is open\n" +
				"[+]loops ok\n[+]draining ok\nreadyz check failed\n"},
		{"starting is alive", starting, "/livez", 200, "ok"},
		{"draining", draining, "/readyz", 503, "[+]started ok\n[+]listeners ok\n[+]loops ok\n" +
			drained + "readyz check failed\n"},
		{"draining is alive", draining, "/livez", 200, "ok"},
		{"draining has started", closed, "/startupz", 200, "ok"},
		{"stuck", stuck, "/livez", 503,
			"[-]loops failed: loop 1 has not turned for 1m0s\nlivez check failed\n"},
		{"stuck is not ready", stuck, "/readyz?verbose", 503, "[+]started ok\n" +
			"[+]listeners ok\n[-]loops failed: loop 1 has not turned for 1m0s\n" +
			"[+]draining ok\nreadyz check failed\n"},
		{"late is alive", late, "/livez", 200, "ok"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			p := open(t, newFake(), nil)
			if tt.change != nil {
				p.change(tt.change)
			}
			status, body := p.ask(t, "GET", tt.path)
			if status != tt.status || body != tt.body {
				t.Errorf("%d %q, want %d %q", status, body, tt.status, tt.body)
			}
		})
	}
}

// A proxy asks for itself: it is the address of the request that counts.
func TestProxyAsksWhetherItIsTrusted(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name, trusted string
		status        int
	}{
		{"trusted", "127.0.0.1", 200},
		{"another is", "127.0.0.2", 503},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			f := newFake()
			f.trusted = netip.MustParseAddr(tt.trusted)
			if status, body := open(t, f, nil).ask(t, "GET", "/proxyz"); status != tt.status {
				t.Errorf("%d %q, want %d", status, body, tt.status)
			}
		})
	}
}

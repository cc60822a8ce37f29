// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package admin

import (
	"context"
	"net/netip"
	"time"

	"github.com/flashmq/flashmq/pkg/metrics"
)

// Broker is whose port this is. Every method may be called from any goroutine, at any time.
type Broker interface {
	// Status takes no lock that a reload or a stop holds for long.
	Status() *Status
	// Reload reads the configuration again and tells how that ended, or that ctx ended first.
	Reload(ctx context.Context) Reload
	// TrustsProxy tells whether a listener takes PROXY protocol headers from that address.
	TrustsProxy(peer netip.Addr) bool
	// Drain makes the broker stop in good order, as SIGTERM does. It does not wait.
	Drain()
}

// Status is what a Broker says of itself at one moment.
type Status struct {
	Report
	// Counters are those of the loops, which share them once a second.
	Counters      metrics.Set
	RetainedBytes int64
	// Loops is by number.
	Loops []Loop
	// Refusals are connections given up before or besides MQTT, by reason.
	Refusals map[string]int64
	// HandshakesRunning and HandshakesWaiting are those of TLS.
	HandshakesRunning, HandshakesWaiting int
	// CertificateFailures is how often certificates could not be loaded again.
	CertificateFailures int64
}

// Loop is one event loop.
type Loop struct {
	Turns int64
	// Busy is for how long it had something to do.
	Busy time.Duration
	// Lag is how late it was with what was due about a second ago, or is by now.
	Lag time.Duration
	// Silent is how long it has given no sign of life beyond the second it may.
	Silent time.Duration
}

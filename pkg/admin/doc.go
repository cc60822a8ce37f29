// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

// Package admin is the HTTP port beside the data path: probes, metrics, a report, reload and drain.
//
// Knows: paths and what they answer, who may ask, how metrics are called.
// Does not know: MQTT, sockets of Clients, how a broker does what it is asked for.
//
//	GET  /livez, /readyz, /startupz   200 or 503; ?verbose lists the checks, as Kubernetes does
//	GET  /metrics                     docs/metrics.md
//	GET  /report                      Report as JSON; needs the token
//	POST /reload                      Reload as JSON, when it is over; needs the token
//	POST /drain                       Draining as JSON, at once; needs the token
//
// A request that needs the token is refused with 401 unless it has it, and with 403 when there is
// none that it could have.
package admin

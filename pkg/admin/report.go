// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package admin

import "time"

// Report is what GET /report answers, and what the operator reads. Figures that loops count are up
// to a second old.
type Report struct {
	// Version and Commit say which build answers.
	Version string `json:"version"`
	Commit  string `json:"commit"`
	// Started is when Clients were served first; absent before.
	Started time.Time `json:"started,omitzero"`
	// Ready is the answer of /readyz.
	Ready bool `json:"ready"`
	// Listeners are those that accept connections, one for each socket.
	Listeners []Listener `json:"listeners"`
	// Revisions are of what is in force.
	Revisions Revisions `json:"revisions"`
	// LastReload is absent until there was one.
	LastReload *Reload `json:"lastReload,omitempty"`
	// Connections are open sockets, Clients those whose CONNECT was accepted.
	Connections int64 `json:"connections"`
	Clients     int64 `json:"clients"`
	// Sessions are those with and without a connection.
	Sessions int64 `json:"sessions"`
	// Retained is the number of retained messages.
	Retained      int64 `json:"retained"`
	Subscriptions int64 `json:"subscriptions"`
	// Draining is absent until the broker has been told to stop.
	Draining *Draining `json:"draining,omitempty"`
}

// Revisions name contents of files, see Revision.
type Revisions struct {
	// Configuration is of the main configuration file and of the files it includes, in the order
	// in which they are read; empty without a file. What the environment and the command line
	// override is not part of it.
	Configuration string `json:"configuration"`
	// Certificates is JoinRevisions of those of the listen blocks with TLS, in the order of the
	// configuration; empty when there is none.
	Certificates string `json:"certificates"`
}

// Listener is one socket that accepts connections.
type Listener struct {
	// Name is what log lines and the label "listener" of metrics have: "0.0.0.0:8883", "[::]:8883",
	// or the path of a unix socket.
	Name string `json:"name"`
	// Network is tcp4, tcp6 or unix.
	Network string `json:"network"`
	// Address is an IP address or the path of a unix socket, which has no Port.
	Address string `json:"address"`
	Port    uint16 `json:"port,omitempty"`
	// Protocol is that of the configuration: mqtt, websockets or acme.
	Protocol string `json:"protocol"`
	// Certificate is absent without TLS.
	Certificate *Certificate `json:"certificate,omitempty"`
	// ProxyHeaders tells how connections came in since the listener was opened.
	ProxyHeaders ProxyHeaders `json:"proxyHeaders"`
}

// Certificate is the one that a listener serves.
type Certificate struct {
	Subject  string    `json:"subject"`
	NotAfter time.Time `json:"notAfter"`
	// Revision is of the bytes of fullchain, then of the files with client authorities, then of the
	// revocation list, as far as the listener has them; never of the key.
	Revision string `json:"revision"`
	// Error says why what lies in the files now could not be loaded; then an older one is served.
	Error string `json:"error,omitempty"`
}

// ProxyHeaders counts connections of one listener by their PROXY protocol header.
type ProxyHeaders struct {
	// Present had one with the address of a Client; Local had one that a proxy sends for itself,
	// as its health checks do.
	Present int64 `json:"present"`
	Local   int64 `json:"local"`
	// Absent had none, whether or not the listener wants one.
	Absent int64 `json:"absent"`
	// Untrusted came from a peer that may not send one.
	Untrusted int64 `json:"untrusted"`
}

// Reload is how a reload ended.
type Reload struct {
	Time    time.Time `json:"time"`
	Outcome Outcome   `json:"outcome"`
	// Error says why, one line for each problem; empty when it was applied.
	Error string `json:"error,omitempty"`
}

// Outcome of a reload.
type Outcome string

// Ours: the outcomes.
const (
	Applied     Outcome = "applied"     // the new settings are in force
	Refused     Outcome = "refused"     // something is wrong with them; those before stay in force
	Unavailable Outcome = "unavailable" // there was none: the broker stops, or is busy with another
)

// Draining tells how the end goes on.
type Draining struct {
	// Since is when the broker was told to stop.
	Since time.Time `json:"since"`
	// Remaining connections are still open.
	Remaining int64 `json:"remaining"`
}

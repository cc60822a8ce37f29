// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package load

import (
	"time"

	"github.com/flashmq/flashmq/pkg/mqtt"
)

// Scenario is what the clients do.
type Scenario string

// The scenarios.
const (
	Fanout   Scenario = "fanout"   // few publish, many subscribe to the same
	Fanin    Scenario = "fanin"    // many publish, few subscribe to all of it
	Pairs    Scenario = "pairs"    // each publisher has one subscriber
	Mesh     Scenario = "mesh"     // each client publishes and hears one other
	Share    Scenario = "share"    // subscribers share the messages
	Latency  Scenario = "latency"  // pairs at a fixed rate
	Storm    Scenario = "storm"    // connect and disconnect, over and over
	Idle     Scenario = "idle"     // connect, then nothing but pings
	Retained Scenario = "retained" // store retained messages, then subscribe to them
	Offline  Scenario = "offline"  // queue messages for clients that are away
)

// Scenarios are all of them, in the order in which they are explained.
var Scenarios = []Scenario{
	Fanout, Fanin, Pairs, Mesh, Share, Latency, Storm, Idle, Retained, Offline,
}

// What Options.Filters may be.
const (
	Exact = "exact" // the Topic Names themselves; "" means it, too
	Mixed = "mixed" // each has a wildcard and matches one topic all the same
)

// StampSize is the smallest payload: publisher, sequence number and time.
const StampSize = 16

// Options say what to do, and to whom.
type Options struct {
	Scenario        Scenario      `json:"scenario"`
	Host            string        `json:"host"`
	Port            int           `json:"port"`
	Version         mqtt.Version  `json:"version"` // the Protocol Level
	QoS             mqtt.QoS      `json:"qos"`
	Size            int           `json:"size"` // bytes of payload
	Clients         int           `json:"clients,omitempty"`
	Groups          int           `json:"groups,omitempty"`
	Publishers      int           `json:"publishers,omitempty"`  // of each group
	Subscribers     int           `json:"subscribers,omitempty"` // of each group
	Topics          int           `json:"topics,omitempty"`      // of each publisher; 0: one
	Filters         string        `json:"filters,omitempty"`     // Exact, Mixed; "": Exact
	Messages        int           `json:"messages,omitempty"`
	Window          int           `json:"window,omitempty"` // messages under way per publisher
	Batch           int           `json:"batch,omitempty"`  // messages in one write
	Rate            float64       `json:"rate,omitempty"`   // a second, of all; 0: closed loop
	Ping            time.Duration `json:"ping,omitempty"`   // between two of one client
	Duration        time.Duration `json:"duration"`
	Warmup          time.Duration `json:"warmup"`
	Deadline        time.Duration `json:"deadline"` // of all
	Threads         int           `json:"threads"`
	SourceAddresses int           `json:"sourceAddresses"`
	PIDs            []int         `json:"-"`
	Username        string        `json:"username,omitempty"`
	Password        string        `json:"-"`
	TLS             *TLS          `json:"tls,omitempty"`       // nil: none
	WebSocket       string        `json:"webSocket,omitempty"` // path of the request; "": none
	// Watch is called now and then with how far the run is; nil: nobody looks.
	Watch func(Live) `json:"-"`
}

// TLS says how connections are encrypted, and whom they trust.
type TLS struct {
	CAFile     string `json:"caFile,omitempty"`     // authorities; "": the system's
	Insecure   bool   `json:"insecure,omitempty"`   // the server's certificate is not verified
	ServerName string `json:"serverName,omitempty"` // that it has to have; "": Options.Host
	CertFile   string `json:"certFile,omitempty"`   // of the clients
	KeyFile    string `json:"keyFile,omitempty"`
	Version    string `json:"version,omitempty"` // 1.2, 1.3; "": what the broker likes best
	Resume     bool   `json:"resume,omitempty"`  // sessions of TLS; else each handshake is full
}

// Live is how far a run is.
type Live struct {
	Stage            string
	Elapsed          time.Duration // since the run began
	Connected, Total int           // connections
	PerSecond        float64       // units of the stage, messages mostly; 0: nothing to tell
	P50, P99         float64       // microseconds; 0: nothing to tell
}

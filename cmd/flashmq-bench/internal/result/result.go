// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package result

import (
	"time"

	"github.com/flashmq/flashmq/cmd/flashmq-bench/internal/account"
	"github.com/flashmq/flashmq/cmd/flashmq-bench/internal/latency"
)

// Schema is the version of the files. It changes when a field changes its meaning.
const Schema = 1

// Result is one run.
type Result struct {
	Schema    int              `json:"schema"`
	Tool      string           `json:"tool"`     // which build of flashmq-bench
	Scenario  string           `json:"scenario"` // what was done
	Name      string           `json:"name"`     // what it is called in comparisons
	Label     string           `json:"label"`    // whose broker
	Started   time.Time        `json:"started"`
	Options   any              `json:"options"`
	Machine   account.Machine  `json:"machine"`
	Connected int              `json:"connected"`
	TLS       *TLS             `json:"tls,omitempty"` // nil: there was none
	Messages  Messages         `json:"messages"`
	Stages    []Stage          `json:"stages"`
	Latency   *latency.Summary `json:"latency,omitempty"`
	Memory    []Memory         `json:"memory,omitempty"`
	Broker    *Broker          `json:"broker,omitempty"` // nil: no process was named
	Verdict   Verdict          `json:"verdict"`
	Series    []Sample         `json:"series,omitempty"`
	// Interrupted: somebody or the deadline ended the run early; why says who.
	Interrupted string `json:"interrupted,omitempty"`
}

// TLS is what the first connection agreed on with the broker, and counts of the whole run.
type TLS struct {
	Version    string `json:"version"`
	Cipher     string `json:"cipher"`
	Group      string `json:"group,omitempty"` // of the key exchange; "": resumed TLS 1.2
	Handshakes int64  `json:"handshakes"`
	Resumed    int64  `json:"resumed"` // of these
}

// Messages are counts of the whole run, warm-up and drain included.
type Messages struct {
	Sent       int64 `json:"sent"`
	Expected   int64 `json:"expected"` // deliveries that what was sent should have caused
	Delivered  int64 `json:"delivered"`
	Lost       int64 `json:"lost"`
	Duplicates int64 `json:"duplicates"`
	Reordered  int64 `json:"reordered"`
	// Unsent were due at the rate asked for, and nobody could send them.
	Unsent int64 `json:"unsent"`
	// Errors are Reason Codes of failure and packets that make no sense.
	Errors int64 `json:"errors"`
	// Closed are connections that the broker ended.
	Closed int64 `json:"closed"`
	// Stalls is how often a closed loop got stuck for two seconds and was started again.
	Stalls int64 `json:"stalls"`
}

// Stage is one part of a run that was measured on its own.
type Stage struct {
	Name      string  `json:"name"`
	Unit      string  `json:"unit"` // what is counted: message, connection, ping
	Count     int64   `json:"count"`
	Sent      int64   `json:"sent,omitempty"` // messages published meanwhile
	Seconds   float64 `json:"seconds"`
	PerSecond float64 `json:"perSecond"`
	// Microseconds of the broker's CPU per unit.
	CPU    float64 `json:"cpu"`
	User   float64 `json:"user"`
	System float64 `json:"system"`
	// Shares are of one core: 1.5 is one and a half.
	BrokerShare    float64 `json:"brokerShare"`
	GeneratorShare float64 `json:"generatorShare"`
	GeneratorCPU   float64 `json:"generatorCPU"` // microseconds per unit
}

// Memory is what one more of something takes in the broker.
type Memory struct {
	Per    string          `json:"per"`
	Bytes  float64         `json:"bytes"` // the slope
	Points []account.Point `json:"points"`
}

// Broker is the process under load.
type Broker struct {
	PIDs     []int    `json:"pids"`
	Commands []string `json:"commands"`
	Cores    int      `json:"cores"`    // it may run on
	Resident int64    `json:"resident"` // bytes at the end
	Peak     int64    `json:"peak"`     // bytes, of those seen
	Thread   float64  `json:"thread"`   // share of a core that its busiest thread used
	Waited   float64  `json:"waited"`   // share of the time that it waited for a core
}

// Sample is one interval of a run: rates per second, microseconds, shares of one core, bytes.
type Sample struct {
	At        float64 `json:"at"` // seconds since measuring began, the interval's end
	Sent      float64 `json:"sent"`
	Delivered float64 `json:"delivered"`
	P50       float64 `json:"p50,omitempty"`
	P99       float64 `json:"p99,omitempty"`
	Broker    float64 `json:"broker,omitempty"`
	Generator float64 `json:"generator"`
	Resident  int64   `json:"resident,omitempty"`
}

// Main is the stage that stands for the run in comparisons: the first.
func (r *Result) Main() Stage {
	if len(r.Stages) == 0 {
		return Stage{}
	}
	return r.Stages[0]
}

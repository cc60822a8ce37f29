// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package conformance

import (
	"slices"
	"strings"

	"github.com/flashmq/flashmq/pkg/mqtt"
)

// Party is whom a statement binds.
type Party uint8

// From the specification: the parties.
const (
	Server Party = 1 << iota
	Client
	Both = Server | Client
)

// String names the party as the specification does.
func (p Party) String() string {
	switch p {
	case Server:
		return "Server"
	case Client:
		return "Client"
	}
	return "both"
}

// Statement is one normative statement.
type Statement struct {
	Clause string // "MQTT-3.1.0-1", without brackets
	Binds  Party
	Text   string // what it demands, in our words
	// Untested says why no Check can show it; empty where one does.
	Untested string
}

// Statements returns every normative statement of a version, in its order: 3.1.1 or 5.0.
func Statements(v mqtt.Version) []Statement {
	if v == mqtt.V50 {
		return slices.Concat(statements5...)
	}
	return slices.Concat(statements311...)
}

// Known reports in which versions there is a statement with this number. The clause may be written
// with brackets around it.
func Known(clause string) (in311, in5 bool) {
	clause = strings.Trim(clause, "[]")
	has := func(s Statement) bool { return s.Clause == clause }
	return slices.ContainsFunc(Statements(mqtt.V311), has),
		slices.ContainsFunc(Statements(mqtt.V50), has)
}

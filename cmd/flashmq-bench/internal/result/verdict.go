// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package result

import (
	"fmt"
	"strings"
)

// Verdict says what kept the run from being faster.
type Verdict struct {
	Limit  string `json:"limit"`  // broker core, generator, or both; others below
	Advice string `json:"advice"` // what to do about it
}

func (v Verdict) String() string {
	if v.Advice == "" {
		return "limited by: " + v.Limit
	}
	return "limited by: " + v.Limit + " (" + v.Advice + ")"
}

// Ours: shares of a core.
const (
	full = 0.9  // it is used up
	busy = 0.15 // others took so much that it shows
)

// Load is what a verdict is made from. Shares are of one core.
type Load struct {
	Broker      float64 // all of its threads
	Thread      float64 // its busiest thread
	BrokerCores int     // 0: unknown, no process was named
	Generator   float64
	Waited      float64 // broker and generator had to wait for cores that others had
	Threads     int     // of the generator
	Cores       int     // that the generator may run on
	// Rate is how many a second were asked for, 0 in a closed loop, and Reached how many it was.
	Rate, Reached float64
	// Loop is what to raise in a closed loop that nobody's core limits; "" when there is no loop.
	Loop string
}

// Judge returns the verdict.
func Judge(l Load) Verdict {
	var limits, advice []string
	if l.BrokerCores > 0 && (l.Broker >= full*float64(l.BrokerCores) || l.Thread >= full) {
		limits = append(limits, "broker core")
	}
	if l.Generator >= full*float64(max(1, min(l.Threads, l.Cores))) {
		limits = append(limits, "generator")
		if l.Threads < l.Cores {
			advice = append(advice, fmt.Sprintf("try --threads %d", l.Cores))
		} else {
			advice = append(advice, "compare CPU per message, not rates")
		}
	}
	switch {
	case l.Rate > 0 && l.Reached >= 0.98*l.Rate:
		return Verdict{"rate", "as asked for"}
	case len(limits) > 0:
	case l.Waited >= busy:
		limits = append(limits, "other processes")
		advice = append(advice, "the machine is busy: compare CPU per message, not rates")
	case l.BrokerCores == 0:
		limits = append(limits, "unknown")
		advice = append(advice, "name the broker's process with --pid")
	case l.Rate == 0 && l.Loop != "":
		limits = append(limits, "window")
		advice = append(advice, "more "+l.Loop+" keeps the broker busier")
	default:
		limits = append(limits, "unknown")
		advice = append(advice, "neither broker nor generator had a full core")
	}
	return Verdict{strings.Join(limits, " and "), strings.Join(advice, "; ")}
}

// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package main

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/flashmq/flashmq/cmd/flashmq-bench/internal/load"
	"github.com/spf13/pflag"
)

// Ours: limits that keep typing errors from becoming runs.
const (
	most        = 1 << 20
	mostPayload = 64 << 20
	mostTopics  = 100000 // subscriptions that our broker lets a Client have by default
	mostTotal   = 24 * time.Hour
)

// check looks at each value.
func (s *setup) check(version string, qos int) error {
	o := &s.load
	if o.Version == 0 {
		return fmt.Errorf("--version %s: it is 3.1.1 or 5.0, the version of MQTT", version)
	}
	if qos < 0 || qos > 2 {
		return fmt.Errorf("--qos %d: it is 0, 1 or 2", qos)
	}
	if o.Scenario == load.Offline && qos == 0 {
		return fmt.Errorf("--qos 0: nothing is queued for clients that are away at QoS 0; " +
			"use 1 or 2")
	}
	for _, n := range s.numbers() {
		if n.value < n.least || n.value > n.most {
			return fmt.Errorf("--%s %d: it is %d to %d%s", n.flag, n.value, n.least, n.most, n.why)
		}
	}
	if o.Filters != load.Exact && o.Filters != load.Mixed {
		return fmt.Errorf("--filters %s: it is exact, or mixed for filters with + and #", o.Filters)
	}
	if o.Rate < 0 || o.Rate > 1e9 {
		return fmt.Errorf("--rate %v: it is messages a second, more than 0", o.Rate)
	}
	if o.Batch > o.Window && o.Window > 0 {
		return fmt.Errorf("--batch %d is more than --window %d lets out: raise --window", o.Batch,
			o.Window)
	}
	return s.checkTimes()
}

// number is a flag and what it may be.
type number struct {
	flag               string
	value, least, most int
	why                string
}

func (s *setup) numbers() []number {
	o := &s.load
	all := []number{
		{"port", o.Port, 1, 65535, ""},
		{"size", o.Size, load.StampSize, mostPayload,
			": the payload carries publisher, sequence number and time"},
		{"threads", o.Threads, 1, 1024, ""},
		{"source-addresses", o.SourceAddresses, 1, 1 << 16, ""},
		{"clients", o.Clients, 1, most, ""},
		{"groups", o.Groups, 1, most, ""},
		{"publishers", o.Publishers, 1, most, ""},
		{"subscribers", o.Subscribers, 1, most, ""},
		{"topics", o.Topics, 1, mostTopics, "; for more subscriptions raise --groups"},
		{"messages", o.Messages, 1, 100 * most, ""},
		{"window", o.Window, 1, unbounded, ""},
		{"batch", o.Batch, 1, unbounded, ""},
	}
	// What the scenario has no use for is 0.
	return slices.DeleteFunc(all, func(n number) bool {
		scenarios, limited := meant[n.flag]
		return limited && !slices.Contains(scenarios, o.Scenario)
	})
}

func (s *setup) checkTimes() error {
	o := &s.load
	for _, t := range []struct {
		flag         string
		value, least time.Duration
	}{
		{"duration", o.Duration, time.Millisecond},
		{"warmup", o.Warmup, 0},
		{"ping", o.Ping, 0},
		{"deadline", o.Deadline, time.Millisecond},
	} {
		if t.value < t.least || t.value > mostTotal {
			return fmt.Errorf("--%s %v: it is %v to %v, such as 10s", t.flag, t.value, t.least,
				mostTotal)
		}
	}
	if o.Warmup+o.Duration >= o.Deadline {
		return fmt.Errorf("--deadline %v leaves no time for --warmup %v and --duration %v: "+
			"raise it", o.Deadline, o.Warmup, o.Duration)
	}
	return nil
}

func enumerate(scenarios []load.Scenario) string {
	var names []string
	for _, s := range load.Scenarios {
		if slices.Contains(scenarios, s) {
			names = append(names, string(s))
		}
	}
	return strings.Join(names, ", ")
}

// explain says what is wrong with a flag, and which one was probably meant.
func explain(err error, fs *pflag.FlagSet) error {
	name, unknown := strings.CutPrefix(err.Error(), "unknown flag: --")
	if !unknown {
		return fmt.Errorf("%v\n%w", err, errUsage)
	}
	var names []string
	fs.VisitAll(func(f *pflag.Flag) { names = append(names, f.Name) })
	return fmt.Errorf("there is no flag --%s%s\n%w", name, guess(name, names), errUsage)
}

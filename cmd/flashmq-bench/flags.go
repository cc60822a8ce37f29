// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package main

import (
	"fmt"
	"slices"
	"strconv"
	"time"

	"github.com/spf13/pflag"

	"github.com/flashmq/flashmq/cmd/flashmq-bench/internal/load"
	"github.com/flashmq/flashmq/pkg/mqtt"
)

// setup is what the command line of a scenario asks for.
type setup struct {
	load             load.Options
	door             doorFlags
	label, name      string
	json, html, hgrm string
	quiet            bool
	help             bool
}

// defaults are the scenarios' own; what they leave out is of no use to them.
var defaults = map[load.Scenario]load.Options{
	load.Fanout:   {Groups: 10, Publishers: 1, Subscribers: 100, Window: 32, Batch: 4},
	load.Fanin:    {Groups: 2, Publishers: 500, Subscribers: 1, Window: 4, Batch: 1},
	load.Pairs:    {Groups: 200, Publishers: 1, Subscribers: 1, Window: 64, Batch: 16},
	load.Mesh:     {Clients: 2000, Window: 1, Batch: 1},
	load.Share:    {Groups: 20, Publishers: 10, Subscribers: 10, Window: 16, Batch: 4},
	load.Latency:  {Groups: 500, Publishers: 1, Subscribers: 1, Rate: 10000, Batch: 1},
	load.Storm:    {Clients: 64},
	load.Idle:     {Clients: 1000},
	load.Retained: {Messages: 100000, Window: 1000, Batch: 100},
	load.Offline:  {Clients: 100, Messages: 400, Window: 1000, Batch: 16, QoS: mqtt.AtLeastOnce},
}

// Groups of scenarios for which a flag means something.
var (
	grouped   = []load.Scenario{load.Fanout, load.Fanin, load.Share, load.Latency}
	paired    = append([]load.Scenario{load.Pairs}, grouped...)
	streaming = append([]load.Scenario{load.Mesh}, paired...)
	stored    = []load.Scenario{load.Retained, load.Offline}
	publish   = append(slices.Clone(stored), streaming...)
	timed     = append([]load.Scenario{load.Storm, load.Idle}, streaming...)
	threaded  = append([]load.Scenario{load.Storm}, streaming...)
)

// meant says for which scenarios a flag is meant; the others are for all.
var meant = map[string][]load.Scenario{
	"clients": {load.Mesh, load.Storm, load.Idle, load.Offline},
	"groups":  paired, "publishers": grouped, "subscribers": grouped,
	"topics": {load.Pairs}, "filters": {load.Pairs},
	"messages": stored, "window": append([]load.Scenario{load.Offline}, streaming...),
	"batch": publish, "rate": streaming, "qos": publish, "size": publish,
	"ping": {load.Idle}, "subscribe": {load.Idle},
	"duration": timed, "warmup": timed, "threads": threaded, "hgrm": threaded,
}

// unbounded is the window at a fixed rate, when none was asked for: Packet Identifiers run out
// later.
const unbounded = 60000

// parse reads the command line of a scenario. What it returns makes sense.
func parse(args []string) (*setup, error) {
	scenario := load.Scenario(args[0])
	preset, known := defaults[scenario]
	if !known {
		return nil, fmt.Errorf("no scenario is called %q%s; there is %s\n%w", args[0],
			guess(args[0], scenarioList()), scenarioNames(), errUsage)
	}
	s := &setup{load: preset}
	s.load.Scenario = scenario
	version, qos, subscribe := "", int(preset.QoS), false
	fs := s.flags(&version, &qos, &subscribe)
	if err := fs.Parse(args[1:]); err != nil {
		return nil, explain(err, fs)
	}
	if s.help {
		return s, nil
	}
	if fs.NArg() > 0 {
		return nil, fmt.Errorf("what does %q mean here? Flags begin with --, and there is one "+
			"scenario\n%w", fs.Arg(0), errUsage)
	}
	if err := s.settle(fs, version, qos, subscribe); err != nil {
		return nil, fmt.Errorf("%w\n%w", err, errUsage)
	}
	return s, nil
}

func (s *setup) flags(version *string, qos *int, subscribe *bool) *pflag.FlagSet {
	fs := pflag.NewFlagSet("flashmq-bench", pflag.ContinueOnError)
	fs.Usage = func() {}
	fs.SortFlags = false
	o := &s.load
	fs.BoolVar(&s.help, "help", false, "")
	fs.StringVarP(&o.Host, "host", "h", "127.0.0.1", "")
	fs.IntVarP(&o.Port, "port", "p", 0, "")
	fs.StringVar(version, "version", "3.1.1", "")
	fs.StringVarP(&o.Username, "username", "u", "", "")
	fs.StringVarP(&o.Password, "password", "P", "", "")
	s.door.add(fs)
	fs.IntSliceVar(&o.PIDs, "pid", nil, "")
	fs.IntVar(&o.SourceAddresses, "source-addresses", 1, "")
	fs.IntVarP(qos, "qos", "q", *qos, "")
	fs.IntVarP(&o.Size, "size", "s", 64, "")
	fs.IntVarP(&o.Clients, "clients", "c", o.Clients, "")
	fs.IntVar(&o.Groups, "groups", o.Groups, "")
	fs.IntVar(&o.Publishers, "publishers", o.Publishers, "")
	fs.IntVar(&o.Subscribers, "subscribers", o.Subscribers, "")
	fs.IntVar(&o.Topics, "topics", 1, "")
	fs.StringVar(&o.Filters, "filters", load.Exact, "")
	fs.IntVar(&o.Messages, "messages", o.Messages, "")
	fs.IntVar(&o.Window, "window", o.Window, "")
	fs.IntVar(&o.Batch, "batch", o.Batch, "")
	fs.Float64Var(&o.Rate, "rate", o.Rate, "")
	fs.DurationVar(&o.Ping, "ping", 0, "")
	fs.BoolVar(subscribe, "subscribe", false, "")
	fs.IntVar(&o.Threads, "threads", 1, "")
	fs.DurationVar(&o.Duration, "duration", 10*time.Second, "")
	fs.DurationVar(&o.Warmup, "warmup", time.Second, "")
	fs.DurationVar(&o.Deadline, "deadline", 2*time.Minute, "")
	fs.StringVar(&s.label, "label", "", "")
	fs.StringVar(&s.name, "name", "", "")
	fs.StringVar(&s.json, "json", "", "")
	fs.StringVar(&s.html, "html", "", "")
	fs.StringVar(&s.hgrm, "hgrm", "", "")
	fs.BoolVar(&s.quiet, "quiet", false, "")
	return fs
}

// settle fills in what follows from the flags, and checks all.
func (s *setup) settle(fs *pflag.FlagSet, version string, qos int, subscribe bool) error {
	o := &s.load
	versions := map[string]mqtt.Version{"3.1.1": mqtt.V311, "5.0": mqtt.V50, "5": mqtt.V50,
		"4": mqtt.V311}
	o.Version = versions[version]
	o.QoS = mqtt.QoS(qos)
	if o.Scenario == load.Mesh {
		o.Groups, o.Publishers, o.Subscribers = o.Clients, 1, 1
	}
	if subscribe {
		o.Subscribers = 1
	}
	if o.Rate > 0 {
		if !fs.Changed("window") {
			o.Window = unbounded
		}
		if !fs.Changed("batch") {
			o.Batch = 1
		}
	}
	if err := s.settleDoor(fs); err != nil {
		return err
	}
	if s.label == "" {
		s.label = o.Host + ":" + strconv.Itoa(o.Port)
	}
	if s.name == "" {
		s.name = string(o.Scenario)
	}
	if err := s.checkMeant(fs); err != nil {
		return err
	}
	if err := s.check(version, qos); err != nil {
		return err
	}
	s.leaveOut()
	return nil
}

// leaveOut takes away what says no more than nothing, so that files of runs without it stay as
// they were before it could be asked for.
func (s *setup) leaveOut() {
	o := &s.load
	if o.Topics == 1 {
		o.Topics = 0
	}
	if o.Filters == load.Exact {
		o.Filters = ""
	}
}

// checkMeant refuses flags that would change nothing.
func (s *setup) checkMeant(fs *pflag.FlagSet) (err error) {
	fs.Visit(func(f *pflag.Flag) {
		scenarios, limited := meant[f.Name]
		if err == nil && limited && !slices.Contains(scenarios, s.load.Scenario) {
			err = fmt.Errorf("--%s means nothing to %s: it is for %s", f.Name, s.load.Scenario,
				enumerate(scenarios))
		}
	})
	return err
}

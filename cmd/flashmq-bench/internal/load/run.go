// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package load

import (
	"context"
	"errors"
	"fmt"
	"math"
	"net"
	"net/netip"
	"sync/atomic"
	"time"

	"github.com/HdrHistogram/hdrhistogram-go"

	"github.com/flashmq/flashmq/cmd/flashmq-bench/internal/account"
	"github.com/flashmq/flashmq/cmd/flashmq-bench/internal/door"
	"github.com/flashmq/flashmq/cmd/flashmq-bench/internal/latency"
	"github.com/flashmq/flashmq/cmd/flashmq-bench/internal/result"
)

// The phases of a run, in their order.
const (
	connecting int32 = iota
	running
	draining
	stopping
)

// run is one scenario under way.
type run struct {
	options   Options
	ctx       context.Context
	to        netip.AddrPort
	kind      *door.Kind // nil: MQTT lies on the socket
	base      time.Time
	tick      int64 // nanoseconds of one interval
	sources   atomic.Int64
	numbers   atomic.Int64 // of clients
	phase     atomic.Int32
	from      atomic.Int64 // measuring began then; 0: not yet
	until     atomic.Int64 // and ended then
	loops     []*loop
	parts     chan latency.Part
	collector *latency.Collector
	processes account.Processes
	live      Live
	waited    float64 // share of the time that this process waited for a core
	result    result.Result
}

// Run does what o says and returns what it found, with the histogram of latencies. It comes to an
// end at o.Deadline whatever the broker does. When ctx ends it stops early and returns what there
// is.
func Run(ctx context.Context, o Options) (*result.Result, *hdrhistogram.Histogram, error) {
	r, err := newRun(o)
	if err != nil {
		return nil, nil, err
	}
	var cancel context.CancelFunc
	r.ctx, cancel = context.WithTimeoutCause(ctx, o.Deadline, errDeadline)
	defer cancel()
	first := r.processes.Read()
	err = r.scenario()
	r.phase.Store(stopping)
	if err != nil {
		return nil, nil, err
	}
	if cause := context.Cause(r.ctx); cause != nil {
		r.result.Interrupted = cause.Error()
	}
	r.finish(first)
	return &r.result, r.collector.Total, nil
}

var errDeadline = errors.New("the deadline has passed (--deadline)")

func newRun(o Options) (*run, error) {
	kind, err := o.door()
	if err != nil {
		return nil, err
	}
	to, err := resolve(o.Host, o.Port)
	if err != nil {
		return nil, err
	}
	if o.SourceAddresses > 1 && !(to.Addr().Is4() && to.Addr().IsLoopback()) {
		return nil, errors.New("load: several source addresses are 127.0.0.1, 127.0.0.2 and so " +
			"on, from which only 127.0.0.1 can be reached: leave out --source-addresses")
	}
	r := &run{
		options: o, to: to, kind: kind, base: time.Now().Add(-time.Second), processes: o.PIDs,
		collector: latency.NewCollector(),
		parts:     make(chan latency.Part, latency.Room*max(o.Threads, 1)),
		tick:      int64(min(time.Second, max(o.Duration/4, time.Millisecond))),
	}
	r.until.Store(math.MaxInt64)
	r.result = result.Result{
		Schema: result.Schema, Scenario: string(o.Scenario), Started: time.Now(), Options: o,
		Machine: account.ThisMachine(),
	}
	return r, r.processes.Check()
}

func resolve(host string, port int) (netip.AddrPort, error) {
	a, err := net.ResolveTCPAddr("tcp", net.JoinHostPort(host, fmt.Sprint(port)))
	if err != nil {
		return netip.AddrPort{}, fmt.Errorf("load: cannot find %s: %w: name the broker with "+
			"--host and --port", host, err)
	}
	to := a.AddrPort()
	return netip.AddrPortFrom(to.Addr().Unmap(), to.Port()), nil
}

// clock is nanoseconds since a second before the run began, so that 0 is no instant of it.
func (r *run) clock() int64 { return int64(time.Since(r.base)) }

func (r *run) scenario() error {
	switch r.options.Scenario {
	case Storm:
		return r.storm()
	case Idle:
		return r.idle()
	case Retained:
		return r.retained()
	case Offline:
		return r.offline()
	case Fanout, Fanin, Pairs, Mesh, Share, Latency:
		return r.messages()
	}
	return fmt.Errorf("load: no scenario is called %q", r.options.Scenario)
}

// finish fills in what is the same in all scenarios.
func (r *run) finish(first account.Usage) {
	m := &r.result.Messages
	for _, l := range r.loops {
		c := &l.count
		m.Sent += c.sent
		m.Expected += c.expected
		m.Delivered += c.received
		m.Duplicates += c.duplicates
		m.Reordered += c.reordered
		m.Unsent += c.unsent
		m.Errors += c.errors
		m.Closed += c.closed
		m.Stalls += c.stalls
	}
	m.Lost = max(0, m.Expected-(m.Delivered-m.Duplicates))
	r.result.TLS = r.agreed()
	r.takeParts()
	r.result.Latency = latency.Summarize(r.collector.Total)
	if r.result.Latency != nil {
		r.result.Latency.Corrected = r.options.Rate > 0
	}
	for i := range r.result.Series {
		p50, p99, _ := r.collector.Interval(i)
		r.result.Series[i].P50, r.result.Series[i].P99 = float64(p50)/1e3, float64(p99)/1e3
	}
	if len(r.processes) > 0 {
		r.finishBroker(first)
	} else {
		r.result.Broker = nil
	}
	r.judge()
}

func (r *run) finishBroker(first account.Usage) {
	last := r.processes.Read()
	b := &result.Broker{PIDs: r.processes, Cores: last.Cores, Resident: last.Resident,
		Peak: max(first.Resident, last.Resident)}
	for _, pid := range r.processes {
		b.Commands = append(b.Commands, account.Name(pid))
	}
	for _, s := range r.result.Series {
		b.Peak = max(b.Peak, s.Resident)
	}
	if r.result.Broker != nil {
		b.Thread, b.Waited = r.result.Broker.Thread, r.result.Broker.Waited
	}
	r.result.Broker = b
}

func (r *run) judge() {
	o, s := &r.options, r.result.Main()
	l := result.Load{
		Broker: s.BrokerShare, Generator: s.GeneratorShare, Threads: len(r.loops),
		Cores: r.result.Machine.Allowed, Rate: o.Rate, Waited: r.waited,
	}
	switch o.Scenario {
	case Storm:
		l.Loop = "--clients"
	case Fanout, Fanin, Pairs, Mesh, Share:
		l.Loop = "--window or --batch"
	}
	if s.Seconds > 0 {
		l.Reached = float64(s.Sent) / s.Seconds
	}
	if b := r.result.Broker; b != nil {
		l.BrokerCores, l.Thread = b.Cores, b.Thread
		l.Waited += b.Waited
	}
	r.result.Verdict = result.Judge(l)
}

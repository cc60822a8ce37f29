// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package load

import (
	"os"
	"time"

	"github.com/flashmq/flashmq/cmd/flashmq-bench/internal/account"
	"github.com/flashmq/flashmq/cmd/flashmq-bench/internal/result"
)

// meter measures one stage.
type meter struct {
	run    *run
	name   string
	unit   string
	began  int64
	broker account.Usage
	own    time.Duration
	self   account.Usage
}

// ourselves is the process of the generator.
func ourselves() account.Processes { return account.Processes{os.Getpid()} }

// begin starts a stage.
func (r *run) begin(name, unit string) meter {
	r.live.Stage = name
	self := ourselves().ReadThreads()
	return meter{r, name, unit, r.clock(), r.processes.ReadThreads(), account.Self(), self}
}

// end finishes the stage, in which so many units were done, and adds it to the result.
func (m meter) end(count int64) *result.Stage {
	took := time.Duration(m.run.clock() - m.began)
	used := m.run.processes.ReadThreads().Minus(m.broker)
	s := result.NewStage(m.name, m.unit, count, took, used, account.Self()-m.own)
	all := &m.run.result
	if len(all.Stages) == 0 && took > 0 {
		seconds := took.Seconds()
		all.Broker = &result.Broker{Thread: used.Thread.Seconds() / seconds,
			Waited: used.Waited.Seconds() / seconds}
		m.run.waited = ourselves().ReadThreads().Minus(m.self).Waited.Seconds() / seconds
	}
	all.Stages = append(all.Stages, s)
	return &all.Stages[len(all.Stages)-1]
}

// sampler makes the series of a stage.
type sampler struct {
	run             *run
	unit            func() int64 // what PerSecond and Delivered count
	at              int64
	delivered, sent int64
	broker          account.Usage
	own             time.Duration
}

func (r *run) newSampler(unit func() int64) *sampler {
	return &sampler{run: r, unit: unit, at: r.clock(), delivered: unit(), sent: r.total().sent,
		broker: r.processes.Read(), own: account.Self()}
}

// sample adds what happened since the last one.
func (s *sampler) sample() {
	r := s.run
	now, delivered, sent := r.clock(), s.unit(), r.total().sent
	broker, own := r.processes.Read(), account.Self()
	seconds := float64(now-s.at) / 1e9
	if seconds <= 0 {
		return
	}
	r.result.Series = append(r.result.Series, result.Sample{
		At:        float64(now-r.from.Load()) / 1e9,
		Sent:      float64(sent-s.sent) / seconds,
		Delivered: float64(delivered-s.delivered) / seconds,
		Broker:    (broker.CPU - s.broker.CPU).Seconds() / seconds,
		Generator: (own - s.own).Seconds() / seconds,
		Resident:  broker.Resident,
	})
	s.at, s.delivered, s.sent, s.broker, s.own = now, delivered, sent, broker, own
	r.live.PerSecond = r.result.Series[len(r.result.Series)-1].Delivered
}

// total sums what the loops show.
func (r *run) total() (sum counts) {
	for _, l := range r.loops {
		sum.sent += l.shown.sent.Load()
		sum.expected += l.shown.expected.Load()
		sum.received += l.shown.received.Load()
		sum.connects += l.shown.connects.Load()
		sum.closed += l.shown.closed.Load()
		sum.duplicates += l.shown.duplicates.Load()
	}
	return sum
}

// tell lets whoever watches know how far the run is.
func (r *run) tell() {
	if r.options.Watch == nil {
		return
	}
	r.live.Elapsed = time.Duration(r.clock()) - time.Second
	r.live.Connected, r.live.Total = 0, 0
	for _, l := range r.loops {
		r.live.Connected += int(l.shown.ready.Load())
		r.live.Total += cap(l.conns)
	}
	r.options.Watch(r.live)
}

// takeParts collects the histograms that loops have handed over.
func (r *run) takeParts() {
	for {
		select {
		case p := <-r.parts:
			r.collector.Take(p)
			if p50, p99, ok := r.collector.Interval(p.Interval); ok {
				r.live.P50, r.live.P99 = float64(p50)/1e3, float64(p99)/1e3
			}
		default:
			return
		}
	}
}

// measure lets the loops run for so long and counts; unit returns what the stage is about.
func (r *run) measure(name, unitName string, unit func() int64) *result.Stage {
	from := r.clock()
	r.from.Store(from)
	m, s, first := r.begin(name, unitName), r.newSampler(unit), unit()
	sent := r.total().sent
	end := from + int64(r.options.Duration)
	for n := int64(1); r.ctx.Err() == nil; n++ {
		next := min(from+n*r.tick, end)
		r.sleep(time.Duration(next - r.clock()))
		r.takeParts()
		s.sample()
		r.tell()
		if next == end {
			break
		}
	}
	stage := m.end(unit() - first)
	r.until.Store(r.clock())
	stage.Sent = r.total().sent - sent
	return stage
}

// sleep waits, at most until the run is to end.
func (r *run) sleep(d time.Duration) {
	if d <= 0 {
		return
	}
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
	case <-r.ctx.Done():
	}
}

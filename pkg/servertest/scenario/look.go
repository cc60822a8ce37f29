// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package scenario

import (
	"fmt"
	"slices"
	"strings"

	"github.com/flashmq/flashmq/pkg/metrics"
)

// The commands that look at the broker, and what a block brought.

func (p *player) note(format string, args ...any) {
	p.notes = append(p.notes, fmt.Sprintf(format, args...))
}

func (p *player) paused(c *Conn, _ *arguments) { p.note("%s paused=%v", c.Name, c.Paused()) }

// sort makes the order in which each Client got its packets of no account in this block.
func (p *player) sort(*Conn, *arguments) { p.unordered = true }

func (p *player) sessions(*Conn, *arguments) {
	w := p.world
	p.note("sessions=%d clients=%d subscriptions=%d",
		w.Count(metrics.Sessions), w.Count(metrics.Clients), w.Broker.Index.Count())
}

// Count is the exact sum of a counter.
func (w *World) Count(c metrics.Counter) (n int64) {
	for _, l := range w.loops {
		n += l.shard.Count.Own(c)
	}
	return n
}

func (p *player) retained(_ *Conn, a *arguments) {
	search := p.world.Broker.Retained.Search(a.text("filter", "#"), 0)
	from := len(p.notes)
	for {
		m, done := search.Next(p.world.now, 1<<30)
		if m == nil && done {
			break
		}
		if m != nil {
			p.note("%s %q", m.Topic, m.Payload)
		}
	}
	slices.Sort(p.notes[from:])
	p.note("count=%d", p.world.Broker.Retained.Count())
}

func (p *player) metrics(_ *Conn, a *arguments) {
	for _, word := range a.pairs {
		a.used[word.name] = true
		found := false
		for c := metrics.SocketsAccepted; c <= metrics.Inflight; c++ {
			if c.String() == word.name {
				p.note("%s=%d", c, p.world.Count(c))
				found = true
			}
		}
		if !found {
			a.fail("no counter %q", word.name)
		}
	}
}

// collect returns what everybody got, Client by Client.
func (p *player) collect() (lines []string) {
	for _, name := range p.order {
		got := p.conns[name].Take()
		if p.unordered {
			slices.Sort(got)
		}
		for _, line := range got {
			if line == "closed" {
				lines = append(lines, name+" closed")
			} else {
				lines = append(lines, name+"< "+line)
			}
		}
	}
	lines = append(lines, p.notes...)
	p.notes, p.unordered = nil, false
	for i := range lines {
		lines[i] = strings.TrimRight(lines[i], " ")
	}
	return lines
}

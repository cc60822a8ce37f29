// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package scenario

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/flashmq/flashmq/pkg/metrics"
	"github.com/flashmq/flashmq/pkg/packet"
)

// player plays one script in one World.
type player struct {
	world *World
	conns map[string]*Conn
	order []string              // names of conns as they first appeared
	dials map[string]*arguments // the last connect of each name, for reconnect
	notes []string              // what commands without a Client found
	// unordered sorts what each Client gets in the present block.
	unordered bool
}

// command is one verb of the language.
type command struct {
	example string
	// client says that the first word names an open connection.
	client bool
	run    func(p *player, c *Conn, a *arguments)
}

var commands map[string]command

// The table is filled at start because its functions refer to it.
func init() {
	commands = map[string]command{
		"broker":      {"broker queue=3 max_qos=1 retained_mode=drop", false, (*player).broker},
		"reload":      {"reload queue=3", false, (*player).reload},
		"dial":        {"dial as=a v=5", false, (*player).dial},
		"connect":     {"connect id=a v=5 clean=0 expiry=60 will=w/t will_delay=5", false, (*player).connect},
		"reconnect":   {"reconnect a clean=0 receive_maximum=2", false, nil},
		"subscribe":   {"subscribe a filter=x/# qos=1 nl rap rh=1 id=7 filter=y", true, (*player).subscribe},
		"unsubscribe": {"unsubscribe a filter=x/# filter=y", true, (*player).unsubscribe},
		"publish":     {"publish a topic=t payload=hi qos=2 id=5 retain dup user=k:v", true, (*player).publish},
		"puback":      {"puback a id=1 code=0x80", true, ack(packet.PUBACK)},
		"pubrec":      {"pubrec a id=1", true, ack(packet.PUBREC)},
		"pubrel":      {"pubrel a id=1", true, ack(packet.PUBREL)},
		"pubcomp":     {"pubcomp a id=1", true, ack(packet.PUBCOMP)},
		"ping":        {"ping a", true, (*player).ping},
		"disconnect":  {"disconnect a code=4 expiry=10", true, (*player).disconnect},
		"auth":        {"auth a code=0x18 method=M", true, (*player).auth},
		"raw":         {"raw a 82 06 0001 s'a' 03", true, nil},
		"cut":         {"cut a", true, func(_ *player, c *Conn, _ *arguments) { c.Cut() }},
		"stall":       {"stall a", true, func(_ *player, c *Conn, _ *arguments) { c.Stalled = true }},
		"resume":      {"resume a", true, func(_ *player, c *Conn, _ *arguments) { c.Resume() }},
		"auto":        {"auto a", true, func(_ *player, c *Conn, _ *arguments) { c.Auto = true }},
		"manual":      {"manual a", true, func(_ *player, c *Conn, _ *arguments) { c.Auto = false }},
		"paused":      {"paused a", true, (*player).paused},
		"tick":        {"tick 30s", false, nil},
		"sessions":    {"sessions", false, (*player).sessions},
		"retained":    {"retained filter=#", false, (*player).retained},
		"metrics":     {"metrics messages_dropped_slow_total", false, (*player).metrics},
		"unordered":   {"unordered", false, func(p *player, _ *Conn, _ *arguments) { p.unordered = true }},
		"shutdown":    {"shutdown", false, func(p *player, _ *Conn, _ *arguments) { p.world.Shutdown() }},
	}
}

// play runs one line.
func (p *player) play(line string) error {
	words, err := split(line)
	if err != nil || len(words) == 0 {
		return err
	}
	verb, words := words[0], words[1:]
	c, known := commands[verb]
	if !known {
		return fmt.Errorf("no command %q", verb)
	}
	if verb == "reconnect" {
		return p.reconnect(words)
	}
	if verb == "tick" {
		return p.tick(words)
	}
	var conn *Conn
	if c.client {
		if len(words) == 0 || p.conns[words[0]] == nil {
			return fmt.Errorf("%s: which Client? as in: %s", verb, c.example)
		}
		conn, words = p.conns[words[0]], words[1:]
	}
	if verb == "raw" {
		return raw(conn, words)
	}
	a := newArguments(words)
	c.run(p, conn, a)
	if err := a.done(); err != nil {
		return fmt.Errorf("%s: %w; as in: %s", verb, err, c.example)
	}
	p.world.Settle()
	return nil
}

func (p *player) broker(_ *Conn, a *arguments) {
	if len(p.conns) > 0 {
		a.fail("comes first in a script")
	}
	o := p.world.Options
	setOptions(&o, a)
	bytewise := p.world.Bytewise
	p.world = New(o)
	p.world.Bytewise = bytewise
}

func (p *player) reload(_ *Conn, a *arguments) {
	o := p.world.Options
	setOptions(&o, a)
	p.world.Reload(o)
}

func (p *player) tick(words []string) error {
	if len(words) != 1 {
		return fmt.Errorf("tick: how long? as in: tick 30s")
	}
	d, err := time.ParseDuration(words[0])
	if err == nil {
		p.world.Advance(d)
	}
	return err
}

func (p *player) note(format string, args ...any) {
	p.notes = append(p.notes, fmt.Sprintf(format, args...))
}

func (p *player) paused(c *Conn, _ *arguments) { p.note("%s paused=%v", c.Name, c.Paused()) }

func (p *player) sessions(*Conn, *arguments) {
	p.note("sessions=%d clients=%d subscriptions=%d",
		p.world.Count(metrics.Sessions), p.world.Count(metrics.Clients), p.world.Broker.Index.Count())
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

// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package scenario

import (
	"errors"
	"fmt"
	"time"

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

// command is one verb of the language. One of run and words is set.
type command struct {
	example string
	// client says that the first word names an open connection.
	client bool
	run    func(p *player, c *Conn, a *arguments)
	// words is for commands that read their words themselves.
	words func(p *player, c *Conn, words []string) error
}

var commands map[string]*command

// The table is filled at start because its functions refer to it.
func init() {
	commands = map[string]*command{
		// The broker and time.
		"broker":   {example: "broker queue=3 max_qos=1 retained_mode=drop", run: (*player).broker},
		"reload":   {example: "reload queue=3", run: (*player).reload},
		"tick":     {example: "tick 30s", words: (*player).tick},
		"shutdown": {example: "shutdown", run: (*player).shutdown},

		// Connections.
		"dial":      {example: "dial as=a v=5", run: (*player).dial},
		"connect":   {example: "connect id=a v=5 clean=0 will=w/t", run: (*player).connect},
		"reconnect": {example: "reconnect a clean=0", words: (*player).reconnect},
		"cut":       {example: "cut a", client: true, run: (*player).cut},
		"stall":     {example: "stall a", client: true, run: (*player).stall},
		"resume":    {example: "resume a", client: true, run: (*player).resume},
		"auto":      {example: "auto a", client: true, run: (*player).auto},

		// Packets.
		"subscribe": {example: "subscribe a filter=x/# qos=1 nl rap rh=1 id=7 filter=y",
			client: true, run: (*player).subscribe},
		"unsubscribe": {example: "unsubscribe a filter=x/# filter=y",
			client: true, run: (*player).unsubscribe},
		"publish": {example: "publish a topic=t payload=hi qos=2 id=5 retain dup user=k:v",
			client: true, run: (*player).publish},
		"puback":     {example: "puback a id=1 code=0x80", client: true, run: ack(packet.PUBACK)},
		"pubrec":     {example: "pubrec a id=1", client: true, run: ack(packet.PUBREC)},
		"pubrel":     {example: "pubrel a id=1", client: true, run: ack(packet.PUBREL)},
		"pubcomp":    {example: "pubcomp a id=1", client: true, run: ack(packet.PUBCOMP)},
		"ping":       {example: "ping a", client: true, run: (*player).ping},
		"disconnect": {example: "disconnect a code=4", client: true, run: (*player).disconnect},
		"auth":       {example: "auth a code=0x18 method=M", client: true, run: (*player).auth},
		"raw":        {example: "raw a 82 06 0001 s'a' 03", client: true, words: (*player).raw},

		// Looking.
		"sessions":  {example: "sessions", run: (*player).sessions},
		"retained":  {example: "retained filter=#", run: (*player).retained},
		"metrics":   {example: "metrics messages_dropped_slow_total", run: (*player).metrics},
		"paused":    {example: "paused a", client: true, run: (*player).paused},
		"unordered": {example: "unordered", run: (*player).sort},
	}
}

// play runs one line.
func (p *player) play(line string) error {
	words, err := split(line)
	if err != nil {
		return err
	}
	verb, words := words[0], words[1:]
	c := commands[verb]
	if c == nil {
		return fmt.Errorf("no command %q", verb)
	}
	var conn *Conn
	if c.client {
		if len(words) == 0 || p.conns[words[0]] == nil {
			return fmt.Errorf("%s: which Client? as in: %s", verb, c.example)
		}
		conn, words = p.conns[words[0]], words[1:]
	}
	if err := c.do(p, conn, words); err != nil {
		return fmt.Errorf("%s: %w; as in: %s", verb, err, c.example)
	}
	p.world.Settle()
	return nil
}

func (c *command) do(p *player, conn *Conn, words []string) error {
	if c.words != nil {
		return c.words(p, conn, words)
	}
	a := newArguments(words)
	c.run(p, conn, a)
	return a.done()
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

func (p *player) tick(_ *Conn, words []string) error {
	if len(words) != 1 {
		return errors.New("how long?")
	}
	d, err := time.ParseDuration(words[0])
	if err == nil {
		p.world.Advance(d)
	}
	return err
}

func (p *player) shutdown(*Conn, *arguments) { p.world.Shutdown() }

func (p *player) cut(c *Conn, _ *arguments) { c.Cut() }

func (p *player) stall(c *Conn, _ *arguments) { c.Stalled = true }

func (p *player) resume(c *Conn, _ *arguments) { c.Resume() }

func (p *player) auto(c *Conn, _ *arguments) { c.Auto = true }

// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package scenario

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/flashmq/flashmq/pkg/metrics"
)

var rewrite = flag.Bool("rewrite", false, "write what the broker did into the scenario scripts")

// block is some commands and what they bring.
type block struct {
	before   []string // comments and empty lines above
	commands []string
	expected []string
	line     int // of the first command
}

// separator stands between commands and expectation.
const separator = "----"

// way is one of the ways every script is played.
type way struct {
	name     string
	loops    int
	bytewise bool
}

var ways = []way{
	{"whole packets, one loop", 1, false},
	{"byte by byte, one loop", 1, true},
	{"whole packets, three loops", 3, false},
	{"byte by byte, three loops", 3, true},
}

// Run plays every script of a folder in every way.
func Run(t *testing.T, folder string) {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(folder, "*.txt"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no scripts in %s: %v", folder, err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txt"), func(t *testing.T) {
			t.Parallel()
			runFile(t, file)
		})
	}
}

func runFile(t *testing.T, file string) {
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	blocks, err := parse(string(text))
	if err != nil {
		t.Fatalf("%s: %v", file, err)
	}
	for i, w := range ways {
		if *rewrite && i == 0 {
			rewriteFile(t, file, blocks, w)
		}
		t.Run(w.name, func(t *testing.T) { playBlocks(t, file, blocks, w) })
	}
}

func newPlayer(w way) *player {
	p := &player{
		world: New(Defaults(w.loops)), conns: map[string]*Conn{}, dials: map[string]*arguments{},
	}
	p.world.Bytewise = w.bytewise
	return p
}

func playBlocks(t *testing.T, file string, blocks []block, w way) {
	t.Helper()
	p := newPlayer(w)
	for i := range blocks {
		b := &blocks[i]
		got := p.playBlock(t, file, b)
		if strings.Join(got, "\n") != strings.Join(b.expected, "\n") {
			t.Fatalf("%s:%d: %s\ngot:\n\t%s\nwant:\n\t%s",
				file, b.line, strings.Join(b.commands, "; "),
				strings.Join(got, "\n\t"), strings.Join(b.expected, "\n\t"))
		}
	}
	p.finish(t, file)
}

func (p *player) playBlock(t *testing.T, file string, b *block) []string {
	t.Helper()
	for i, line := range b.commands {
		if err := p.play(line); err != nil {
			t.Fatalf("%s:%d: %v", file, b.line+i, err)
		}
	}
	return p.collect()
}

// leftover is longer than most Sessions of scripts live.
const leftover = 1001 * time.Second

// finish checks what holds at the end of every script: nothing is left of who is gone.
func (p *player) finish(t *testing.T, file string) {
	t.Helper()
	w := p.world
	w.Close()
	if n := w.Count(metrics.Clients); n != 0 {
		t.Errorf("%s: all connections are cut, but %d are counted", file, n)
	}
	w.Advance(leftover)
	if w.Count(metrics.Sessions) > 0 {
		return
	}
	for _, c := range []metrics.Counter{metrics.Queued, metrics.Inflight} {
		if n := w.Count(c); n != 0 {
			t.Errorf("%s: all Sessions are over, but %v = %d", file, c, n)
		}
	}
	if n := w.Broker.Index.Count(); n != 0 {
		t.Errorf("%s: all Sessions are over, but %d subscriptions are left", file, n)
	}
}

func rewriteFile(t *testing.T, file string, blocks []block, w way) {
	t.Helper()
	p := newPlayer(w)
	var out strings.Builder
	for i := range blocks {
		b := &blocks[i]
		b.expected = p.playBlock(t, file, b)
		b.print(&out)
	}
	if err := os.WriteFile(file, []byte(out.String()), 0o644); err != nil {
		t.Fatal(err)
	}
}

func (b *block) print(out *strings.Builder) {
	for _, lines := range [][]string{b.before, b.commands} {
		for _, line := range lines {
			fmt.Fprintln(out, line)
		}
	}
	if len(b.commands) == 0 {
		return
	}
	fmt.Fprintln(out, separator)
	for _, line := range b.expected {
		fmt.Fprintln(out, line)
	}
	fmt.Fprintln(out)
}

// parse cuts a script into blocks.
func parse(text string) (blocks []block, err error) {
	var b block
	expecting := false
	for i, line := range strings.Split(strings.TrimRight(text, "\n"), "\n") {
		switch {
		case expecting && line != "":
			b.expected = append(b.expected, line)
		case expecting:
			blocks, b, expecting = append(blocks, b), block{}, false
		case line == separator && len(b.commands) == 0:
			return nil, fmt.Errorf("line %d: no command before %s", i+1, separator)
		case line == separator:
			expecting = true
		case len(b.commands) == 0 && (line == "" || line[0] == '#'):
			b.before = append(b.before, line)
		case line == "" || line[0] == '#':
			return nil, fmt.Errorf("line %d: %s is missing", i+1, separator)
		default:
			if len(b.commands) == 0 {
				b.line = i + 1
			}
			b.commands = append(b.commands, line)
		}
	}
	if len(b.commands) > 0 && !expecting {
		return nil, fmt.Errorf("%s is missing at the end", separator)
	}
	return append(blocks, b), nil
}

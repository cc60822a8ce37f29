// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package scenario

import (
	"slices"
	"strings"
	"testing"

	"github.com/flashmq/flashmq/pkg/metrics"
)

func TestSplit(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, line string
		want       []string
		bad        bool
	}{
		{name: "words", line: "  publish a  topic=t retain ",
			want: []string{"publish", "a", "topic=t", "retain"}},
		{name: "quoted", line: `p payload="a b\n\xff" qos=1`,
			want: []string{"p", "payload=a b\n\xff", "qos=1"}},
		{name: "empty value", line: `p payload="" id=`, want: []string{"p", "payload=", "id="}},
		{name: "no end of quote", line: `p payload="a`, bad: true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got, err := split(tt.line)
			if (err != nil) != tt.bad || !slices.Equal(got, tt.want) {
				t.Errorf("split(%q) = %q, %v", tt.line, got, err)
			}
		})
	}
}

func TestParse(t *testing.T) {
	t.Parallel()
	const script = "# a comment\n\nconnect id=a\nping a\n----\na< CONNACK\na< PINGRESP\n\n" +
		"# another\ncut a\n----\n\n"
	blocks, err := parse(script)
	if err != nil {
		t.Fatal(err)
	}
	commands, expected := []string{"connect id=a", "ping a"}, []string{"a< CONNACK", "a< PINGRESP"}
	if len(blocks) != 2 || blocks[0].line != 3 ||
		!slices.Equal(blocks[0].commands, commands) || !slices.Equal(blocks[0].expected, expected) {
		t.Errorf("parsed as %+v", blocks)
	}
	var out strings.Builder
	for i := range blocks {
		blocks[i].print(&out)
	}
	if out.String() != script {
		t.Errorf("printed as\n%s\nwant\n%s", out.String(), script)
	}
}

func TestParseRefuses(t *testing.T) {
	t.Parallel()
	tests := []struct{ name, script, want string }{
		{"no separator", "ping a\n\nping b\n----\n", "line 2"},
		{"no separator at the end", "ping a", "at the end"},
		{"no command", "----\n", "line 1"},
		{"a comment inside", "ping a\n# why\n----\n", "line 2"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if _, err := parse(tt.script); err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("error %v, want one with %q", err, tt.want)
			}
		})
	}
}

// TestExamples plays the example of every command, so that none is wrong.
func TestExamples(t *testing.T) {
	t.Parallel()
	for verb, c := range commands {
		t.Run(verb, func(t *testing.T) {
			t.Parallel()
			p := newPlayer(ways[0])
			if verb != "broker" && verb != "dial" && verb != "connect" {
				if err := p.play("connect id=a"); err != nil {
					t.Fatal(err)
				}
			}
			if verb == "reconnect" {
				p.conns["a"].Cut()
			}
			if err := p.play(c.example); err != nil {
				t.Error(err)
			}
		})
	}
}

func TestCommandsRefuse(t *testing.T) {
	t.Parallel()
	tests := []struct{ name, line, want string }{
		{"no such command", "dance a", "no command"},
		{"no such client", "ping b", "which Client"},
		{"no client", "ping", "which Client"},
		{"a word it does not know", "publish a topic=t qso=1", "qso"},
		{"no number", "publish a topic=t qos=one", "qos"},
		{"no duration", "tick 5", "missing unit"},
		{"one of a list", "connect id=c v=6", "no such value"},
		{"still connected", "connect id=a", "as="},
		{"broker too late", "broker queue=1", "first"},
		{"no such counter", "metrics nothing", "no counter"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			p := newPlayer(ways[0])
			if err := p.play("connect id=a"); err != nil {
				t.Fatal(err)
			}
			if err := p.play(tt.line); err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("error %v, want one with %q", err, tt.want)
			}
		})
	}
}

// TestEveryWayIsAnother: byte by byte really is, and three loops really exchange connections.
func TestEveryWayIsAnother(t *testing.T) {
	t.Parallel()
	turns := map[string]int{}
	for _, w := range ways {
		p := newPlayer(w)
		for _, line := range []string{"connect id=a", "subscribe a filter=t", "publish a topic=t"} {
			if err := p.play(line); err != nil {
				t.Fatal(err)
			}
		}
		turns[w.name] = p.world.Turns / w.loops
		if n := p.world.Count(metrics.Clients); n != 1 {
			t.Errorf("%s: %d Clients", w.name, n)
		}
		moved := p.conns["a"].loop.index != (p.world.Broker.Home([]byte("a"))+1)%w.loops
		if moved != (w.loops > 1) {
			t.Errorf("%s: moved %v", w.name, moved)
		}
	}
	if turns[ways[1].name] < 2*turns[ways[0].name] || turns[ways[3].name] < 2*turns[ways[2].name] {
		t.Errorf("turns %v: bytes are not fed one at a time", turns)
	}
}

// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package hot

import (
	"os/exec"
	"strings"
	"testing"
)

// inlined are the functions called for each message or each delivery that have to vanish into
// their callers, as the compiler names them.
var inlined = map[string][]string{
	"mqtt": {"Borrow", "Lend", "QoS.Valid", "SubscriptionOptions.QoS",
		"SubscriptionOptions.NoLocal", "SubscriptionOptions.RetainAsPublished"},
	"metrics": {"(*Shard).Add"},
	"buffer":  {"(*Out).Len", "(*Out).Reserve", "(*Out).Commit"},
	"topic":   {"Hidden", "wildcard", "wildcardShort", "(*Path).Level"},
	"packet": {"Frame.Flags", "Frame.Body", "takeID", "takeBinary", "special",
		"(*Properties).Has", "(*Decoder).checkDup", "Level", "PublishFlags.QoS",
		"PublishFlags.Retain", "PublishFlags.first", "(*Held).hold", "(*Publication).Now"},
	"subscription": {"(*Turns).next"},
	"session": {"(*Session).mayPublish", "(*window).slot", "(*window).link", "(*window).spend",
		"(*window).unlinkPublish", "(*queue).at", "(*receivedIDs).find"},
	"broker": {"(*Shard).Now", "(*Shard).Wrote", "subscription.(*Members[go.shape.*uint8]).Chunk"},
	"client": {"(*Client).decoder", "(*Client).schedule", "(*Client).Room"},
}

// compile returns what the compiler says about a package's optimisation, line by line. It comes
// from the build cache when nothing has changed.
func compile(t *testing.T, room string) []string {
	t.Helper()
	c := exec.Command("go", "build", "-gcflags=-m", "./pkg/"+room)
	c.Dir = "../.."
	out, err := c.CombinedOutput()
	if err != nil {
		t.Fatalf("%v: %v\n%s", c, err, out)
	}
	return strings.Split(string(out), "\n")
}

func TestInlined(t *testing.T) {
	for room, functions := range inlined {
		t.Run(room, func(t *testing.T) {
			t.Parallel()
			can := map[string]bool{}
			for _, line := range compile(t, room) {
				if _, name, ok := strings.Cut(line, ": can inline "); ok {
					can[name] = true
				}
			}
			for _, name := range functions {
				if !can[name] {
					t.Errorf("%s of pkg/%s is not inlined any more: see why with "+
						"go build -gcflags=-m=2 ./pkg/%s, make it smaller, or, if it is not "+
						"called for every message any more, take it off this list",
						name, room, room)
				}
			}
		})
	}
}

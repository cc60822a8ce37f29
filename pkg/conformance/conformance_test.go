// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package conformance

import (
	"fmt"
	"sync"
	"testing"

	"github.com/flashmq/flashmq/pkg/config"
	"github.com/flashmq/flashmq/pkg/mqtt"
	"github.com/flashmq/flashmq/pkg/servertest"
)

// atOnce is how many Checks run at the same time; most of them only wait.
const atOnce = 16

// runAtOnce is Run with many Checks at the same time. They come in their order.
func runAtOnce(o Options) []Result {
	o.prepare()
	var results []Result
	var jobs []func()
	for _, v := range o.Versions {
		for _, c := range Checks(v) {
			at := len(results)
			results = append(results, Result{})
			jobs = append(jobs, func() { results[at] = o.run(v, at+1, c) })
		}
	}
	queue := make(chan func())
	var all sync.WaitGroup
	for range atOnce {
		all.Add(1)
		go func() {
			defer all.Done()
			for job := range queue {
				job()
			}
		}()
	}
	for _, job := range jobs {
		queue <- job
	}
	close(queue)
	all.Wait()
	return results
}

// Our broker conforms, however many loops it has and however packets are cut up.
func TestConformance(t *testing.T) {
	for _, loops := range []int{1, 3} {
		for name, mode := range Modes {
			t.Run(fmt.Sprintf("%s, %d loops", name, loops), func(t *testing.T) {
				t.Parallel()
				s := servertest.Start(t, servertest.Loops(loops))
				o := Options{Address: s.Addr(), Versions: versions, Mode: mode,
					Timeout: servertest.Patience}
				for _, r := range runAtOnce(o) {
					if r.Verdict == Fail {
						t.Errorf("%s %s %s: %s", r.Version, r.Clauses[0], r.Name, r.Message)
					}
				}
			})
		}
	}
}

// What an MQTT 5.0 Server may do without is tested where ours is told to do without it: every Check
// passes with one configuration at least, and fails with none.
func TestNothingUnsupported(t *testing.T) {
	t.Parallel()
	passed := map[string]bool{}
	why := map[string]string{}
	for name, change := range map[string]func(*config.Config){
		"as it comes":      func(*config.Config) {},
		"restricted":       restrict,
		"no Topic Aliases": func(c *config.Config) { c.MaxIncomingTopicAliasValue = 0 },
	} {
		s := servertest.Start(t, servertest.Config(change))
		o := Options{Address: s.Addr(), Versions: versions[1:], Timeout: servertest.Patience}
		for _, r := range runAtOnce(o) {
			id := r.Clauses[0] + " " + r.Name
			passed[id] = passed[id] || r.Verdict == Pass
			if r.Verdict != Pass {
				why[id] += name + ": " + r.Message + "; "
			}
			if r.Verdict == Fail {
				t.Errorf("%s: %s: %s", name, id, r.Message)
			}
		}
	}
	for id, ok := range passed {
		if !ok {
			t.Errorf("%s passes nowhere: %s", id, why[id])
		}
	}
}

// restrict takes away what a Server can say it does not have.
func restrict(c *config.Config) {
	c.MaxQoS = mqtt.AtLeastOnce
	c.RetainedMessagesMode = config.RetainedDisconnect
	c.MaxPacketSize = 1 << 20
	c.MaxIncomingTopicAliasValue = 10
}

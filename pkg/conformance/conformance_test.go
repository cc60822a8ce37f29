// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package conformance

import (
	"crypto/tls"
	"fmt"
	"maps"
	"slices"
	"sync"
	"testing"

	"github.com/flashmq/flashmq/pkg/config"
	"github.com/flashmq/flashmq/pkg/credentials/credentialstest"
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

// ourListeners are all kinds of listeners that our broker has.
var ourListeners = map[string]struct{ tls, web bool }{
	"TCP": {}, "TLS": {tls: true}, "WebSocket": {web: true}, "TLS, WebSocket": {true, true},
}

// start runs our broker with one listener of each kind.
func start(t *testing.T, options ...servertest.Option) map[string]Listener {
	t.Helper()
	authority := credentialstest.New(t, "authority")
	chain, key := authority.Server().Write(t, t.TempDir(), "server")
	names := slices.Sorted(maps.Keys(ourListeners))
	s := servertest.Start(t, append(options, servertest.Config(func(c *config.Config) {
		c.Listeners = slices.Repeat(c.Listeners[:1], len(names))
		for i, name := range names {
			l, kind := &c.Listeners[i], ourListeners[name]
			if kind.tls {
				l.Fullchain, l.Privkey = chain, key
			}
			if kind.web {
				l.Protocol, l.WebSocketPath = config.ProtocolWebSockets, []string{"/mqtt"}
			}
		}
	}))...)
	list := map[string]Listener{}
	for i, name := range names {
		l, kind := Listener{Address: s.Addrs()[i].String()}, ourListeners[name]
		if kind.tls {
			l.TLS = &tls.Config{RootCAs: authority.Pool()}
		}
		if kind.web {
			l.Path = "/mqtt"
		}
		list[name] = l
	}
	return list
}

// Our broker conforms, however many loops it has, however packets are cut up, and whichever way
// they come.
func TestConformance(t *testing.T) {
	type run struct {
		loops    int
		mode     Mode
		listener string
	}
	runs := []run{{3, Whole, "TLS"}, {3, Whole, "TLS, WebSocket"}}
	for _, mode := range Modes {
		runs = append(runs, run{1, mode, "TCP"}, run{3, mode, "TCP"}, run{3, mode, "WebSocket"})
	}
	for _, r := range runs {
		t.Run(fmt.Sprintf("%s, %d loops, %s", r.mode, r.loops, r.listener), func(t *testing.T) {
			t.Parallel()
			list := start(t, servertest.Loops(r.loops))
			o := Options{Listener: list[r.listener], WebSocket: list["WebSocket"],
				Versions: versions, Mode: r.mode, Timeout: servertest.Patience}
			for _, r := range runAtOnce(o) {
				if r.Verdict == Fail {
					t.Errorf("%s %s %s: %s", r.Version, r.Clauses[0], r.Name, r.Message)
				}
			}
		})
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
		list := start(t, servertest.Config(change))
		o := Options{Listener: list["TCP"], WebSocket: list["WebSocket"], Versions: versions[1:],
			Timeout: servertest.Patience}
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

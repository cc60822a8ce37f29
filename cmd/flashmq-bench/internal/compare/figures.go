// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package compare

import "github.com/flashmq/flashmq/cmd/flashmq-bench/internal/result"

// figure is one figure of a run.
type figure struct {
	name   string
	value  float64
	higher bool // more is better
}

// figures are those of r worth comparing. What was not measured is left out.
func figures(r *result.Result) []figure {
	var all []figure
	add := func(name string, value float64, higher bool) {
		if value > 0 {
			all = append(all, figure{name, value, higher})
		}
	}
	for _, s := range r.Stages {
		stage := s.Name + ": "
		if len(r.Stages) == 1 {
			stage = ""
		}
		add(stage+"CPU us per "+s.Unit, s.CPU, false)
		// At a fixed rate the rate says nothing.
		if fixed := r.Latency != nil && r.Latency.Corrected || s.Unit == "ping"; !fixed {
			add(stage+s.Unit+"s per second", s.PerSecond, true)
		}
	}
	for _, m := range r.Memory {
		add("bytes per "+m.Per, m.Bytes, false)
	}
	if l := r.Latency; l != nil && l.Corrected {
		add("latency p50 us", l.P50, false)
		add("latency p99 us", l.P99, false)
		add("latency p99.9 us", l.P999, false)
		add("latency max us", l.Max, false)
	}
	return all
}

// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package report

import (
	"fmt"
	"html/template"
	"math"

	"github.com/flashmq/flashmq/cmd/flashmq-bench/internal/result"
)

// throughput draws what was delivered a second over time, one line for each run.
func (p *page) throughput(runs []*result.Result) template.HTML {
	var longest, highest float64
	for _, r := range runs {
		for _, s := range r.Series {
			longest, highest = max(longest, s.At), max(highest, s.Delivered)
		}
	}
	if highest == 0 {
		return ""
	}
	c := newCanvas(plotWidth, plotHeight, "Deliveries per second over time")
	y, yTicks := upTo(highest, plotHeight-bottomSide, topSide)
	x, xTicks := upTo(longest, leftSide, plotWidth-rightSide)
	for len(xTicks) > 1 && xTicks[len(xTicks)-1] > longest*1.001 {
		xTicks = xTicks[:len(xTicks)-1]
	}
	x.high = longest
	seconds := func(v float64) string { return trim(v) + " s" }
	c.grid(x, xTicks, seconds, y, yTicks, short)
	for i, r := range runs {
		var points [][2]float64
		for k, s := range r.Series {
			if k == 0 {
				points = append(points, [2]float64{x.at(0), y.at(s.Delivered)})
			}
			points = append(points, [2]float64{x.at(s.At), y.at(s.Delivered)})
		}
		title := fmt.Sprintf("%s, run %d: %s a second", r.Label, i+1, short(r.Main().PerSecond))
		c.path(points, "line "+p.color(r.Label), title)
	}
	return c.done()
}

// mostNines is how far the curve goes to the right: there is room for the labels of so many.
const mostNines = 5.7

// percentiles draws how long the slowest part of messages took, as HdrHistogram's plotters do it:
// each step to the right is a tenth of the messages that are left.
func (p *page) percentiles(runs []*result.Result) template.HTML {
	low, high, nines := math.Inf(1), 0.0, 2.0
	for _, r := range runs {
		if r.Latency == nil {
			continue
		}
		low, high = min(low, r.Latency.P50/2), max(high, r.Latency.Max)
		nines = max(nines, min(mostNines, math.Log10(float64(r.Latency.Count))))
	}
	if high == 0 {
		return ""
	}
	c := newCanvas(plotWidth, plotHeight, "Latency by percentile")
	y, yTicks := decades(low, high, plotHeight-bottomSide, topSide)
	x := scale{1, math.Pow(10, nines), leftSide, plotWidth - rightSide, true}
	var xTicks []float64
	for e := 0.0; e <= nines; e++ {
		xTicks = append(xTicks, math.Pow(10, e))
	}
	c.grid(x, xTicks, ninesText, y, yTicks, span)
	for i, r := range runs {
		if r.Latency == nil {
			continue
		}
		var points [][2]float64
		for _, s := range r.Latency.Curve {
			left := 1 / max(1-s.Percentile/100, 1/x.high)
			points = append(points, [2]float64{x.at(left), y.at(s.Value)})
		}
		title := fmt.Sprintf("%s, run %d: p50 %s, p99 %s, most %s", r.Label, i+1,
			span(r.Latency.P50), span(r.Latency.P99), span(r.Latency.Max))
		c.path(points, "line "+p.color(r.Label), title)
	}
	return c.done()
}

// ninesText is the percentile at which one of v messages is left: 0%, 90%, 99%, 99.9%.
func ninesText(v float64) string {
	switch digits := int(math.Round(math.Log10(v))); digits {
	case 0:
		return "0%"
	case 1, 2:
		return fmt.Sprintf("%.0f%%", 100-100/v)
	default:
		return fmt.Sprintf("%.*f%%", digits-2, 100-100/v)
	}
}

// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package report

import (
	"fmt"
	"html/template"

	"github.com/flashmq/flashmq/cmd/flashmq-bench/internal/result"
)

// item is a bar: two parts that make up the whole, the second lighter.
type item struct {
	group, label, class string
	first, second       float64
	title               string
}

// Ours: heights of bars.
const (
	barHeight   = 13
	barGap      = 4
	groupGap    = 12
	groupTitle  = 16
	valueMargin = 62
)

// bars draws items one below the other, those of a group together.
func bars(title string, items []item, text func(float64) string) template.HTML {
	if len(items) == 0 {
		return ""
	}
	height, most, last := 4.0, 0.0, ""
	for i, it := range items {
		if i == 0 || it.group != last {
			height, last = height+groupTitle+groupGap, it.group
		}
		height += barHeight + barGap
		most = max(most, it.first+it.second)
	}
	c := newCanvas(plotWidth, height, title)
	x := scale{low: 0, high: most, from: 0, to: plotWidth - valueMargin}
	y := 0.0
	for i, it := range items {
		if i == 0 || it.group != items[i-1].group {
			y += groupGap
			c.text(0, y+groupTitle-5, "start", "name", it.group)
			y += groupTitle
		}
		first, whole := x.at(it.first), x.at(it.first+it.second)
		c.bar(0, y, first, barHeight, "fill "+it.class, it.title)
		if it.second > 0 {
			c.bar(first, y, whole-first, barHeight, "fill soft "+it.class, it.title)
		}
		c.text(whole+6, y+barHeight-2.5, "start", "value", text(it.first+it.second))
		y += barHeight + barGap
	}
	return c.done()
}

// cpu shows what each broker spends on one message, connection or ping.
func (p *page) cpu() template.HTML {
	var items []item
	for _, name := range p.names {
		for _, stage := range p.stages(name) {
			for _, label := range p.Labels {
				s, ok := p.stage(name, label, stage)
				if !ok || s.CPU == 0 {
					continue
				}
				items = append(items, item{
					group: caption(name, stage), label: label, class: p.color(label),
					first: s.User, second: s.System,
					title: fmt.Sprintf("%s: %s \u00b5s for a %s, of it %s in the kernel", label,
						result.Digits(s.CPU), s.Unit, result.Digits(s.System)),
				})
			}
		}
	}
	return bars("CPU microseconds of the broker", items, func(v float64) string {
		return result.Digits(v) + " \u00b5s"
	})
}

// memory shows what one more of something takes.
func (p *page) memory() template.HTML {
	var items []item
	for _, name := range p.names {
		for _, label := range p.Labels {
			var values []float64
			per := ""
			for _, r := range p.runs(name, label) {
				for _, m := range r.Memory {
					values, per = append(values, max(m.Bytes, 0)), m.Per
				}
			}
			if len(values) > 0 {
				v := middle(values)
				items = append(items, item{group: name + ": per " + per, label: label,
					class: p.color(label), first: v,
					title: fmt.Sprintf("%s: %s bytes", label, result.Digits(v))})
			}
		}
	}
	return bars("Memory of the broker", items, func(v float64) string { return short(v) + " B" })
}

// caption is what a stage of a run is called; the one stage of a stream of messages needs no name.
func caption(name, stage string) string {
	if stage == "messages" || stage == "connects" {
		return name
	}
	return name + ": " + stage
}

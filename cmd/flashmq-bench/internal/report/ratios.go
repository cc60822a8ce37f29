// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package report

import (
	"fmt"
	"html/template"

	"github.com/flashmq/flashmq/cmd/flashmq-bench/internal/compare"
)

// Ours: sizes of the picture of ratios.
const (
	ratioWidth = 940
	ratioLeft  = 330
	ratioRow   = 18
	ratioGap   = 9 // between runs of different names
)

// ratios draws for each figure the ratio of two brokers, with the spread between runs, around 1.
func ratios(rows []compare.Row) template.HTML {
	if len(rows) == 0 {
		return ""
	}
	low, high, groups := 1.0, 1.0, 0
	for i, r := range rows {
		low, high = min(low, r.Lowest), max(high, r.Highest)
		if i > 0 && r.Name != rows[i-1].Name {
			groups++
		}
	}
	height := float64(len(rows))*ratioRow + float64(groups)*ratioGap + 34
	c := newCanvas(ratioWidth, height, "Ratios between brokers")
	x, ticks := decades(low, high, ratioLeft, ratioWidth-90)
	bottom := height - 26
	for _, v := range ticks {
		class := "grid"
		if v == 1 {
			class = "one"
		}
		c.line(x.at(v), 4, x.at(v), bottom, class)
		c.text(x.at(v), bottom+16, "middle", "tick", trim(v)+"\u00d7")
	}
	y, name := 16.0, ""
	for i, r := range rows {
		if r.Name != name {
			if i > 0 {
				y += ratioGap
			}
			name = r.Name
			c.text(0, y+4, "start", "name", name)
		}
		c.text(ratioLeft-14, y+4, "end", "label", r.Figure)
		class := verdictClass(r)
		title := fmt.Sprintf("%s %s / %s: %.2f (%.2f to %.2f in %d runs)", r.Figure, r.Label,
			r.Against, r.Ratio, r.Lowest, r.Highest, r.Runs)
		c.line(x.at(r.Lowest), y, x.at(r.Highest), y, "whisker "+class)
		c.dot(x.at(r.Ratio), y, 4.5, "dot "+class, title)
		c.text(ratioWidth-4, y+4, "end", "value", fmt.Sprintf("%.2f\u00d7", r.Ratio))
		y += ratioRow
	}
	return c.done()
}

func verdictClass(r compare.Row) string {
	switch r.Says() {
	case "better":
		return "good"
	case "worse":
		return "bad"
	}
	return "even"
}

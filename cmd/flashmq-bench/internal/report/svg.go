// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package report

import (
	"fmt"
	"html"
	"html/template"
	"strings"
)

// canvas is an SVG picture being drawn. What it is given as text is escaped.
type canvas struct {
	b             strings.Builder
	width, height float64
}

// Ours: the size of a plot, and what is around its area.
const (
	plotWidth  = 460
	plotHeight = 236
	leftSide   = 52
	rightSide  = 14
	topSide    = 10
	bottomSide = 30
)

func newCanvas(width, height float64, title string) *canvas {
	c := &canvas{width: width, height: height}
	c.write(`<svg viewBox="0 0 %.0f %.0f" role="img" aria-label="%s">`, width, height,
		html.EscapeString(title))
	return c
}

func (c *canvas) write(format string, args ...any) { fmt.Fprintf(&c.b, format, args...) }

// done returns the picture.
func (c *canvas) done() template.HTML {
	c.write("</svg>")
	return template.HTML(c.b.String())
}

// text writes at a place; anchor is start, middle or end.
func (c *canvas) text(x, y float64, anchor, class, text string) {
	c.write(`<text x="%.1f" y="%.1f" text-anchor="%s" class="%s">%s</text>`, x, y, anchor, class,
		html.EscapeString(text))
}

func (c *canvas) line(x1, y1, x2, y2 float64, class string) {
	c.write(`<line x1="%.1f" y1="%.1f" x2="%.1f" y2="%.1f" class="%s"/>`, x1, y1, x2, y2, class)
}

// bar is a rectangle with a text for those who point at it.
func (c *canvas) bar(x, y, width, height float64, class, title string) {
	c.write(`<rect x="%.1f" y="%.1f" width="%.1f" height="%.1f" class="%s">`, x, y,
		max(width, 0.5), height, class)
	c.write(`<title>%s</title></rect>`, html.EscapeString(title))
}

func (c *canvas) dot(x, y, radius float64, class, title string) {
	c.write(`<circle cx="%.1f" cy="%.1f" r="%.1f" class="%s"><title>%s</title></circle>`, x, y,
		radius, class, html.EscapeString(title))
}

// path draws a line through points.
func (c *canvas) path(points [][2]float64, class, title string) {
	if len(points) == 0 {
		return
	}
	c.write(`<path class="%s" d="`, class)
	for i, p := range points {
		letter := "L"
		if i == 0 {
			letter = "M"
		}
		c.write("%s%.1f %.1f", letter, p[0], p[1])
	}
	c.write(`"><title>%s</title></path>`, html.EscapeString(title))
}

// grid draws lines across at ticks of y, with their texts, and texts along x.
func (c *canvas) grid(
	x scale, xTicks []float64, xText func(float64) string,
	y scale, yTicks []float64, yText func(float64) string,
) {
	for i, v := range yTicks {
		class := "grid"
		if i == 0 {
			class = "axis"
		}
		c.line(x.from, y.at(v), x.to, y.at(v), class)
		c.text(x.from-8, y.at(v)+3.5, "end", "tick", yText(v))
	}
	for _, v := range xTicks {
		c.line(x.at(v), y.from, x.at(v), y.from+4, "axis")
		if at := x.at(v); at < x.to-rightSide {
			c.text(at, y.from+17, "middle", "tick", xText(v))
		} else { // it would not fit into the picture
			c.text(x.to+rightSide-1, y.from+17, "end", "tick", xText(v))
		}
	}
}

// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package progress

import (
	"fmt"
	"io"
	"os"
	"time"

	"golang.org/x/sys/unix"

	"github.com/flashmq/flashmq/cmd/flashmq-bench/internal/load"
)

// Terminal reports whether f is one.
func Terminal(f *os.File) bool {
	_, err := unix.IoctlGetTermios(int(f.Fd()), unix.TCGETS)
	return err == nil
}

// Ours: what brings the cursor to the line's start and empties the line.
const again = "\r\x1b[K"

// often is how often the line changes at most.
const often = 100 * time.Millisecond

// Line is a line at the bottom of a terminal.
type Line struct {
	W     io.Writer
	shown bool
	stage string
	last  time.Duration
}

// Show writes the line anew, unless it has only just been.
func (l *Line) Show(now load.Live) {
	if l.shown && now.Stage == l.stage && now.Elapsed-l.last < often {
		return
	}
	l.shown, l.stage, l.last = true, now.Stage, now.Elapsed
	fmt.Fprint(l.W, again+text(now))
}

// Clear removes the line.
func (l *Line) Clear() {
	if l.shown {
		fmt.Fprint(l.W, again)
		l.shown = false
	}
}

// text is what the line says.
func text(now load.Live) string {
	s := fmt.Sprintf("%5.1fs  %-10s", now.Elapsed.Seconds(), now.Stage)
	if now.Connected < now.Total || now.PerSecond == 0 {
		s += fmt.Sprintf("  %d of %d connected", now.Connected, now.Total)
	} else {
		s += fmt.Sprintf("  %d connections", now.Connected)
	}
	if now.PerSecond > 0 {
		s += fmt.Sprintf("  %s/s", short(now.PerSecond))
	}
	if now.P99 > 0 {
		s += fmt.Sprintf("  p50 %s  p99 %s", span(now.P50), span(now.P99))
	}
	return s
}

// short writes a rate in a few characters: 950, 12.3k, 1.20M.
func short(n float64) string {
	switch {
	case n >= 999500:
		return fmt.Sprintf("%.2fM", n/1e6)
	case n >= 1000:
		return fmt.Sprintf("%.1fk", n/1e3)
	}
	return fmt.Sprintf("%.0f", n)
}

// span writes microseconds in a few characters.
func span(micros float64) string {
	switch {
	case micros >= 1e6:
		return fmt.Sprintf("%.2fs", micros/1e6)
	case micros >= 1e3:
		return fmt.Sprintf("%.1fms", micros/1e3)
	}
	return fmt.Sprintf("%.0fus", micros)
}

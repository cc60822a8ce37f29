// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package servertest

import (
	"log/slog"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/flashmq/flashmq/pkg/config"
)

// logLines is how many lines of a server's log are kept; a failing test shows them.
const logLines = 400

// log keeps the last lines a server wrote. Writing each of them to the test's own log would make
// tests with thousands of connections unreadable.
type log struct {
	mu    sync.Mutex
	lines []string
	next  int
	stall atomic.Pointer[stall]
}

func newLog() *log { return &log{} }

func (l *log) logger(c *config.Config) *slog.Logger {
	text := slog.NewTextHandler(l, &slog.HandlerOptions{Level: c.LogLevel.Slog()})
	return slog.New(staller{text, &l.stall})
}

// Write takes one line. b is borrowed.
func (l *log) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.lines) < logLines {
		l.lines = append(l.lines, string(b))
	} else {
		l.lines[l.next%logLines] = string(b)
	}
	l.next++
	return len(b), nil
}

func (l *log) contains(text string) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, line := range l.lines {
		if strings.Contains(line, text) {
			return true
		}
	}
	return false
}

func (l *log) dump(tb testing.TB) {
	tb.Helper()
	l.mu.Lock()
	defer l.mu.Unlock()
	var all strings.Builder
	for i := range l.lines {
		all.WriteString(l.lines[(l.next+i)%len(l.lines)])
	}
	tb.Logf("the end of the server's log (%d lines in all):\n%s", l.next, all.String())
}

// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package progress

import (
	"bytes"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/flashmq/flashmq/cmd/flashmq-bench/internal/load"
)

func TestText(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name string
		now  load.Live
		want string
	}{
		{"connecting", load.Live{Stage: "connecting", Elapsed: 300 * time.Millisecond, Connected: 7,
			Total: 1010}, "  0.3s  connecting  7 of 1010 connected"},
		{"measuring", load.Live{Stage: "messages", Elapsed: 12 * time.Second, Connected: 10,
			Total: 10, PerSecond: 1234567, P50: 85, P99: 1500},
			" 12.0s  messages    10 connections  1.23M/s  p50 85us  p99 1.5ms"},
		{"slow", load.Live{Stage: "messages", Connected: 2, Total: 2, PerSecond: 12345, P50: 2e6,
			P99: 3.5e6}, "  0.0s  messages    2 connections  12.3k/s  p50 2.00s  p99 3.50s"},
		{"no latency", load.Live{Stage: "connects", Connected: 2, Total: 2, PerSecond: 950},
			"  0.0s  connects    2 connections  950/s"},
		{"nearly a million", load.Live{Stage: "x", Connected: 1, Total: 1, PerSecond: 999499},
			"  0.0s  x           1 connections  999.5k/s"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			if got := text(test.now); got != test.want {
				t.Errorf("%q, want %q", got, test.want)
			}
		})
	}
}

func TestLineIsWrittenOver(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	l := Line{W: &out}
	l.Clear()
	if out.Len() != 0 {
		t.Errorf("nothing was shown, and %q was written", out.String())
	}
	for _, ms := range []int{0, 50, 99, 100, 150, 250} {
		l.Show(load.Live{Stage: "messages", Elapsed: time.Duration(ms) * time.Millisecond})
	}
	l.Show(load.Live{Stage: "draining", Elapsed: 251 * time.Millisecond})
	l.Clear()
	l.Clear()
	// At 0, 100 and 250 ms, and when the stage changed; then once to remove it.
	if n := strings.Count(out.String(), again); n != 5 {
		t.Errorf("written %d times, want 5: %q", n, out.String())
	}
	if !strings.HasSuffix(out.String(), "connected"+again) {
		t.Errorf("the line stays: %q", out.String())
	}
}

func TestTerminal(t *testing.T) {
	t.Parallel()
	f, err := os.Create(t.TempDir() + "/file")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if Terminal(f) {
		t.Error("a file is a terminal")
	}
}

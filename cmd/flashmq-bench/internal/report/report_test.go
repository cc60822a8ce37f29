// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package report

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/flashmq/flashmq/cmd/flashmq-bench/internal/latency"
	"github.com/flashmq/flashmq/cmd/flashmq-bench/internal/result"
)

// sample is what a run with everything in it may have found.
func sample(name, label string, minute int) result.Result {
	h := latency.New()
	for i := range int64(20000) {
		_ = h.RecordValue(50_000 + i*i)
	}
	return result.Result{
		Schema: 1, Scenario: "latency", Name: name, Label: label,
		Started: time.Unix(int64(minute), 0),
		Stages: []result.Stage{
			{Name: "messages", Unit: "message", Count: 100, PerSecond: 1234567, CPU: 2, User: 0.5,
				System: 1.5},
			{Name: "drain", Unit: "message", Count: 100, PerSecond: 50, CPU: 3, User: 3},
		},
		Latency: latency.Summarize(h),
		Memory:  []result.Memory{{Per: "connection", Bytes: 700}},
		Series:  []result.Sample{{At: 1, Delivered: 10}, {At: 2, Delivered: 12}},
		Verdict: result.Verdict{Limit: "broker core"},
	}
}

func render(t *testing.T, results ...result.Result) string {
	t.Helper()
	var out bytes.Buffer
	if err := Write(&out, results); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

// checkPage wants a page that needs nothing from elsewhere, all elements of which are closed, and
// in which no number went wrong.
func checkPage(t *testing.T, text string) (elements map[string]int) {
	t.Helper()
	elements = map[string]int{}
	d := xml.NewDecoder(strings.NewReader(text))
	for {
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatalf("not well-formed: %v", err)
		}
		if e, ok := token.(xml.StartElement); ok {
			elements[e.Name.Local]++
		}
	}
	for _, bad := range []string{"http:", "https:", "src=", "href=", "url(", "@import", "<script",
		"<link", "NaN", "Inf", "ZgotmplZ", "%!"} {
		if strings.Contains(text, bad) {
			t.Errorf("the page has %q in it", bad)
		}
	}
	return elements
}

func TestPage(t *testing.T) {
	t.Parallel()
	text := render(t, sample("one", "ours", 1), sample("one", "<theirs> & \"co\"", 2),
		sample("two", "ours", 3), sample("one", "ours", 4))
	elements := checkPage(t, text)
	// Ratios, CPU, memory; and for both names throughput and latency.
	if elements["svg"] != 7 {
		t.Errorf("%d pictures, want 7", elements["svg"])
	}
	// One for each run in each of two pictures.
	if elements["path"] != 8 {
		t.Errorf("%d lines, want 8", elements["path"])
	}
	for _, want := range []string{"prefers-color-scheme: dark", "ours against &lt;theirs&gt;",
		"1\u2009234\u2009567", "broker core", "99.99%", "700 B"} {
		if !strings.Contains(text, want) {
			t.Errorf("the page has no %q", want)
		}
	}
}

// What was not measured leaves its place empty and does no harm.
func TestPageOfLittle(t *testing.T) {
	t.Parallel()
	bare := result.Result{Scenario: "idle", Name: "idle", Label: "a"}
	if n := checkPage(t, render(t, bare))["svg"]; n != 0 {
		t.Errorf("%d pictures of nothing", n)
	}
	checkPage(t, render(t))
	odd := sample("x", "b", 1)
	odd.Latency.P50, odd.Series[0].Delivered, odd.Memory[0].Bytes = 0, 0, -5
	odd.Stages[0].CPU = 0
	checkPage(t, render(t, bare, odd))
}

func TestUpTo(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		top   float64
		ticks string
	}{
		{4, "[0 1 2 3 4]"}, {4.1, "[0 2 4 6]"}, {9.5, "[0 2.5 5 7.5 10]"},
		{0, "[0 0.25 0.5 0.75 1]"},
		{1234567, "[0 500000 1e+06 1.5e+06]"}, {0.03, "[0 0.01 0.02 0.03]"},
	} {
		s, ticks := upTo(test.top, 100, 0)
		if got := fmt.Sprint(ticks); got != test.ticks {
			t.Errorf("up to %v: %s, want %s", test.top, got, test.ticks)
		}
		if s.at(0) != 100 || math.Abs(s.at(s.high)) > 1e-9 || s.high < test.top {
			t.Errorf("up to %v: %+v", test.top, s)
		}
	}
}

func TestDecades(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		low, high float64
		ticks     string
	}{
		{1, 1000, "[1 10 100 1000]"}, {3, 4000, "[1 10 100 1000 10000]"},
		{0.3, 4, "[0.2 0.5 1 2 5]"}, {15, 18, "[10 20]"}, {1, 1, "[0.5 1]"},
	} {
		s, ticks := decades(test.low, test.high, 0, 100)
		if got := fmt.Sprint(ticks); got != test.ticks && test.low != test.high {
			t.Errorf("%v to %v: %s, want %s", test.low, test.high, got, test.ticks)
		}
		if x := s.at(math.Sqrt(s.low * s.high)); math.Abs(x-50) > 1e-6 {
			t.Errorf("%v to %v: the middle is at %v", test.low, test.high, x)
		}
	}
}

func TestTexts(t *testing.T) {
	t.Parallel()
	for v, want := range map[float64]string{0: "0", 0.25: "0.25", 950: "950", 9999: "9999",
		12345: "12.3k", 1e6: "1M", 2.5e9: "2.5G"} {
		if got := short(v); got != want {
			t.Errorf("short(%v) = %s, want %s", v, got, want)
		}
	}
	for v, want := range map[float64]string{1: "0%", 10: "90%", 100: "99%", 1000: "99.9%",
		1e6: "99.9999%"} {
		if got := ninesText(v); got != want {
			t.Errorf("ninesText(%v) = %s, want %s", v, got, want)
		}
	}
	for v, want := range map[float64]string{5: "5 \u00b5s", 2500: "2.5 ms", 1e6: "1 s"} {
		if got := span(v); got != want {
			t.Errorf("span(%v) = %s, want %s", v, got, want)
		}
	}
	for s, want := range map[string]string{"1234": "1234", "12345": "12\u2009345",
		"1234567": "1\u2009234\u2009567", "12345.6": "12345.6"} {
		if got := thousands(s); got != want {
			t.Errorf("thousands(%s) = %s, want %s", s, got, want)
		}
	}
}

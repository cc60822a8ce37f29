// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package compare

import (
	"bytes"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/flashmq/flashmq/cmd/flashmq-bench/internal/latency"
	"github.com/flashmq/flashmq/cmd/flashmq-bench/internal/result"
)

// run is a result with one stage; minute says when it began.
func run(name, label string, minute int, cpu, rate float64) result.Result {
	return result.Result{
		Name: name, Label: label, Started: time.Unix(int64(60*minute), 0),
		Stages: []result.Stage{{Name: "messages", Unit: "message", CPU: cpu, PerSecond: rate}},
	}
}

// Neighbours in time are compared, whatever the order in the files.
func TestRatiosAreOfNeighbours(t *testing.T) {
	t.Parallel()
	rows, err := Brokers([]result.Result{
		run("pairs", "ours", 5, 3, 100), // the third
		run("pairs", "ours", 1, 1, 400),
		run("pairs", "theirs", 2, 10, 100),
		run("pairs", "ours", 3, 8, 50), // a busy moment, for both
		run("pairs", "theirs", 4, 40, 25),
		run("pairs", "theirs", 6, 10, 100),
		run("pairs", "theirs", 7, 1000, 1), // has no partner
	}, "")
	if err != nil {
		t.Fatal(err)
	}
	if len(rows) != 2 {
		t.Fatalf("%+v", rows)
	}
	want := Row{Name: "pairs", Figure: "CPU us per message", Label: "ours", Against: "theirs",
		Runs: 3, Value: 3, Other: 10, Ratio: 0.2, Lowest: 0.1, Highest: 0.3}
	if rows[0] != want {
		t.Errorf("%+v, want %+v", rows[0], want)
	}
	if r := rows[1]; !r.HigherBetter || r.Ratio != 2 || r.Lowest != 1 || r.Highest != 4 {
		t.Errorf("%+v", r)
	}
	if rows[0].Says() != "better" || rows[1].Says() != "" {
		t.Errorf("%q and %q", rows[0].Says(), rows[1].Says())
	}
}

func TestSays(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		low, high float64
		more      bool
		want      string
	}{
		{0.5, 0.9, false, "better"}, {0.5, 0.9, true, "worse"}, {1.1, 2, true, "better"},
		{1.1, 2, false, "worse"}, {0.9, 1.1, true, ""}, {0.9, 1.1, false, ""}, {1, 1, true, ""},
	} {
		r := Row{Lowest: test.low, Highest: test.high, HigherBetter: test.more}
		if r.Says() != test.want {
			t.Errorf("%+v says %q", test, r.Says())
		}
	}
}

func TestWhoIsCompared(t *testing.T) {
	t.Parallel()
	var all []result.Result
	for i, label := range []string{"a", "b", "c"} {
		all = append(all, run("x", label, i, float64(i+1), 0), run("y", label, 9+i, 1, 1))
	}
	all = append(all, run("only a", "a", 20, 1, 1))
	for against, want := range map[string]string{"": "a/b a/c", "b": "a/b c/b"} {
		rows, err := Brokers(all, against)
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, r := range rows {
			if r.Name == "x" {
				got = append(got, r.Label+"/"+r.Against)
			}
			if r.Name == "only a" {
				t.Errorf("%+v", r)
			}
		}
		if strings.Join(got, " ") != want {
			t.Errorf("against %q: %q, want %q", against, got, want)
		}
	}
}

func TestNothingToCompare(t *testing.T) {
	t.Parallel()
	one := []result.Result{run("x", "a", 1, 1, 1), run("x", "a", 2, 1, 1)}
	if _, err := Brokers(one, ""); err == nil || !strings.Contains(err.Error(), "--label") {
		t.Errorf("%v", err)
	}
	two := append(one, run("x", "b", 3, 1, 1))
	_, err := Brokers(two, "z")
	if err == nil || !strings.Contains(err.Error(), `"z"; there is a, b`) {
		t.Errorf("%v", err)
	}
}

// At a fixed rate latencies are compared and the rate is not.
func TestFigures(t *testing.T) {
	t.Parallel()
	r := run("x", "a", 1, 2, 100)
	r.Latency = &latency.Summary{P50: 1, P99: 2, P999: 3, Max: 4}
	r.Memory = []result.Memory{{Per: "connection", Bytes: 700}}
	closed := names(&r)
	r.Latency.Corrected = true
	if want := "CPU us per message, messages per second, bytes per connection"; closed != want {
		t.Errorf("closed loop: %s", closed)
	}
	if want := "CPU us per message, bytes per connection, latency p50 us, latency p99 us, " +
		"latency p99.9 us, latency max us"; names(&r) != want {
		t.Errorf("fixed rate: %s", names(&r))
	}
}

func names(r *result.Result) string {
	var all []string
	for _, f := range figures(r) {
		all = append(all, f.name)
	}
	return strings.Join(all, ", ")
}

func TestMedian(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		values []float64
		want   float64
	}{
		{[]float64{3}, 3}, {[]float64{4, 1}, 2.5}, {[]float64{9, 1, 5}, 5},
		{[]float64{4, 3, 2, 9}, 3.5},
	} {
		if got := median(test.values); math.Abs(got-test.want) > 1e-12 {
			t.Errorf("median(%v) = %v, want %v", test.values, got, test.want)
		}
	}
}

func TestPrint(t *testing.T) {
	t.Parallel()
	rows, err := Brokers([]result.Result{run("pairs", "ours", 1, 0.25, 0),
		run("pairs", "theirs", 2, 5, 0)}, "")
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	Print(&out, rows)
	got := strings.Join(strings.Fields(out.String()), " ")
	if want := "runs figure ours theirs ratio spread pairs (1) CPU us per message 0.250 5.00 " +
		"0.05 0.05..0.05 better"; got != want {
		t.Errorf("%s, want %s", got, want)
	}
}

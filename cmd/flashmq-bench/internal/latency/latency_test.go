// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package latency

import (
	"bytes"
	"math"
	"slices"
	"strings"
	"testing"
)

// What several Recorders hand over adds up to what went in, in total and in each interval.
func TestRecorderAndCollector(t *testing.T) {
	t.Parallel()
	parts := make(chan Part, 2*Room)
	c := NewCollector()
	var all []int64
	second := map[int][]int64{}
	recorders := []*Recorder{NewRecorder(parts), NewRecorder(parts)}
	for i := range 5000 {
		interval, value := i/500, int64(1000+i*i%7919*100)
		if i%3 == 0 {
			value = 4000 // the same again and again
		}
		r := recorders[i%2]
		r.Turn(interval)
		r.Add(value)
		all, second[interval] = append(all, value), append(second[interval], value)
		for len(parts) > 0 {
			c.Take(<-parts)
		}
	}
	for _, r := range recorders {
		r.Close()
	}
	for len(parts) > 0 {
		c.Take(<-parts)
	}
	if c.Total.TotalCount() != int64(len(all)) {
		t.Errorf("%d values, want %d", c.Total.TotalCount(), len(all))
	}
	near(t, "p50", c.Total.ValueAtQuantile(50), quantile(all, 0.5))
	near(t, "p99", c.Total.ValueAtQuantile(99), quantile(all, 0.99))
	for n, values := range second {
		p50, p99, ok := c.Interval(n)
		if !ok {
			t.Fatalf("nothing of interval %d", n)
		}
		near(t, "p50 of an interval", p50, quantile(values, 0.5))
		near(t, "p99 of an interval", p99, quantile(values, 0.99))
	}
	if _, _, ok := c.Interval(99); ok {
		t.Error("an interval that was not has percentiles")
	}
}

// When nobody collects, a Recorder goes on with the histogram it has.
func TestRecorderWithoutCollector(t *testing.T) {
	t.Parallel()
	parts := make(chan Part, Room)
	r := NewRecorder(parts)
	for i := range 20 {
		r.Turn(i)
		r.Add(int64(i + 1))
	}
	r.Close()
	c, n := NewCollector(), len(parts)
	for len(parts) > 0 {
		c.Take(<-parts)
	}
	if n != Room || c.Total.TotalCount() != 20 {
		t.Errorf("%d parts with %d values, want %d with 20", n, c.Total.TotalCount(), Room)
	}
}

func TestExtremes(t *testing.T) {
	t.Parallel()
	parts := make(chan Part, Room)
	r := NewRecorder(parts)
	for _, v := range []int64{-5, 0, 1, longest + 1, math.MaxInt64} {
		r.Add(v)
	}
	r.Close()
	c := NewCollector()
	c.Take(<-parts)
	if c.Total.TotalCount() != 5 || c.Total.Min() != 1 {
		t.Errorf("%d values from %d", c.Total.TotalCount(), c.Total.Min())
	}
	near(t, "max", c.Total.Max(), longest)
}

func TestSummarize(t *testing.T) {
	t.Parallel()
	h := New()
	if Summarize(h) != nil {
		t.Error("an empty histogram has a summary")
	}
	for i := int64(1); i <= 1000; i++ {
		if err := h.RecordValue(i * 1000); err != nil {
			t.Fatal(err)
		}
	}
	s := Summarize(h)
	want := Summary{Count: 1000, Min: 1, Mean: 500, StdDev: 289, P50: 500, P90: 900, P99: 990,
		P999: 999, P9999: 1000, Max: 1000}
	for _, f := range []struct {
		name      string
		got, want float64
	}{{"min", s.Min, want.Min}, {"mean", s.Mean, want.Mean}, {"stddev", s.StdDev, want.StdDev},
		{"p50", s.P50, want.P50}, {"p90", s.P90, want.P90}, {"p99", s.P99, want.P99},
		{"p99.9", s.P999, want.P999}, {"p99.99", s.P9999, want.P9999}, {"max", s.Max, want.Max}} {
		near(t, f.name, int64(f.got*1000), int64(f.want*1000))
	}
	ordered := slices.IsSortedFunc(s.Curve, func(a, b Step) int { return int(a.Value - b.Value) })
	if last := s.Curve[len(s.Curve)-1]; !ordered || last.Percentile != 100 || last.Count != 1000 {
		t.Errorf("curve %+v", s.Curve)
	}
}

func TestExport(t *testing.T) {
	t.Parallel()
	h := New()
	for range 100 {
		if err := h.RecordValue(2_000_000); err != nil { // 2 ms
			t.Fatal(err)
		}
	}
	var out bytes.Buffer
	if err := Export(&out, h); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		"Value\tPercentile\tTotalCount\t1/(1-Percentile)\n", "\n       2.0", "          inf\n",
		"#[Max     =        2.0", "Total count    =          100]",
	} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("no %q in\n%s", want, out.String())
		}
	}
}

func near(t *testing.T, what string, got, want int64) {
	t.Helper()
	if d := math.Abs(float64(got - want)); d > float64(want)*0.002+1 {
		t.Errorf("%s is %d, want %d", what, got, want)
	}
}

func quantile(values []int64, q float64) int64 {
	sorted := slices.Sorted(slices.Values(values))
	return sorted[int(math.Ceil(q*float64(len(sorted))))-1]
}

// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package latency

import (
	"fmt"
	"io"

	"github.com/HdrHistogram/hdrhistogram-go"
)

// Ours: how finely the curve is drawn, as the other HdrHistogram tools do it.
const steps = 5

// Summary is a histogram in figures: microseconds, but for Count and Percentile.
type Summary struct {
	Count  int64   `json:"count"`
	Min    float64 `json:"min"`
	Mean   float64 `json:"mean"`
	StdDev float64 `json:"stdDev"`
	P50    float64 `json:"p50"`
	P90    float64 `json:"p90"`
	P99    float64 `json:"p99"`
	P999   float64 `json:"p999"`
	P9999  float64 `json:"p9999"`
	Max    float64 `json:"max"`
	Curve  []Step  `json:"curve"`
	// Corrected: counted from when a message was due, not from when it was sent.
	Corrected bool `json:"corrected"`
}

// Step is one point of the curve: so many percent of all took at most so many microseconds.
type Step struct {
	Percentile float64 `json:"percentile"`
	Value      float64 `json:"value"`
	Count      int64   `json:"count"`
}

// Summarize returns nil for an empty histogram.
func Summarize(h *hdrhistogram.Histogram) *Summary {
	if h.TotalCount() == 0 {
		return nil
	}
	at := func(percentile float64) float64 { return micros(h.ValueAtQuantile(percentile)) }
	s := &Summary{
		Count: h.TotalCount(), Min: micros(h.Min()), Max: micros(h.Max()),
		Mean: h.Mean() / 1000, StdDev: h.StdDev() / 1000,
		P50: at(50), P90: at(90), P99: at(99), P999: at(99.9), P9999: at(99.99),
	}
	for _, b := range h.CumulativeDistributionWithTicks(steps) {
		s.Curve = append(s.Curve, Step{b.Quantile, micros(b.ValueAt), b.Count})
	}
	return s
}

func micros(nanoseconds int64) float64 { return float64(nanoseconds) / 1000 }

// Export writes h as HdrHistogram's plotters read it (.hgrm): milliseconds.
func Export(w io.Writer, h *hdrhistogram.Histogram) error {
	if _, err := h.PercentilesPrint(w, steps, 1e6); err != nil {
		return fmt.Errorf("latency: cannot write the histogram: %w", err)
	}
	return nil
}

// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package report

import (
	"fmt"
	"math"
)

// scale maps values to a stretch of pixels.
type scale struct {
	low, high float64 // values
	from, to  float64 // pixels
	log       bool
}

func (s scale) at(v float64) float64 {
	low, high := s.low, s.high
	if s.log {
		low, high, v = math.Log10(low), math.Log10(high), math.Log10(max(v, s.low))
	}
	if high == low {
		return s.from
	}
	return s.from + (v-low)/(high-low)*(s.to-s.from)
}

// upTo is a linear scale from 0 to a round number not below top, and its ticks.
func upTo(top, from, to float64) (scale, []float64) {
	if top <= 0 {
		top = 1
	}
	step := roundUp(top / 4)
	n := math.Ceil(top/step - 1e-9)
	var ticks []float64
	for i := 0.0; i <= n; i++ {
		ticks = append(ticks, i*step)
	}
	return scale{low: 0, high: n * step, from: from, to: to}, ticks
}

// roundUp is the next of 1, 2, 2.5, 5, 10 times a power of ten.
func roundUp(v float64) float64 {
	power := math.Pow(10, math.Floor(math.Log10(v)))
	for _, m := range []float64{1, 2, 2.5, 5} {
		if v <= m*power*(1+1e-9) {
			return m * power
		}
	}
	return 10 * power
}

// decades is a logarithmic scale around low and high, and its ticks: whole powers of ten, or
// their halves and fifths as well when there are few.
func decades(low, high, from, to float64) (scale, []float64) {
	if low <= 0 {
		low = high / 1000
	}
	marks := []float64{1}
	if high/low < 100 {
		marks = []float64{1, 2, 5}
	}
	first, last := math.Floor(math.Log10(low)), math.Ceil(math.Log10(high))
	var all []float64
	for e := first; e <= last; e++ {
		for _, m := range marks {
			all = append(all, m*math.Pow(10, e))
		}
	}
	// Only one mark beyond what there is.
	for len(all) > 2 && all[1] <= low {
		all = all[1:]
	}
	for len(all) > 2 && all[len(all)-2] >= high {
		all = all[:len(all)-1]
	}
	return scale{all[0], all[len(all)-1], from, to, true}, all
}

// short writes a number for an axis or a label: 0.25, 12, 3.4k, 1.2M.
func short(v float64) string {
	switch a := math.Abs(v); {
	case a == 0:
		return "0"
	case a >= 1e9:
		return trim(v/1e9) + "G"
	case a >= 1e6:
		return trim(v/1e6) + "M"
	case a >= 1e4:
		return trim(v/1e3) + "k"
	default:
		return trim(v)
	}
}

// trim writes v with three digits and without noughts at its end.
func trim(v float64) string {
	if math.Abs(v) >= 100 {
		return fmt.Sprintf("%.0f", v)
	}
	return fmt.Sprintf("%.3g", v)
}

// span writes microseconds for an axis.
func span(micros float64) string {
	switch {
	case micros >= 1e6:
		return trim(micros/1e6) + " s"
	case micros >= 1e3:
		return trim(micros/1e3) + " ms"
	}
	return trim(micros) + " \u00b5s"
}

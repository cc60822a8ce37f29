// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package compare

import (
	"fmt"
	"slices"
	"strings"

	"github.com/flashmq/flashmq/cmd/flashmq-bench/internal/result"
)

// Row is one figure of two brokers.
type Row struct {
	Name         string  `json:"name"` // of the runs
	Figure       string  `json:"figure"`
	HigherBetter bool    `json:"higherBetter"`
	Label        string  `json:"label"`
	Against      string  `json:"against"`
	Runs         int     `json:"runs"`   // of each broker
	Value        float64 `json:"value"`  // median of Label
	Other        float64 `json:"other"`  // median of Against
	Ratio        float64 `json:"ratio"`  // median over runs of Label / Against
	Lowest       float64 `json:"lowest"` // ratio of one run
	Highest      float64 `json:"highest"`
}

// Brokers compares every broker with the one labelled against; "" means: the first broker with
// all others, each of those being what it is divided by.
func Brokers(results []result.Result, against string) ([]Row, error) {
	labels := order(results, func(r *result.Result) string { return r.Label })
	names := order(results, func(r *result.Result) string { return r.Name })
	if len(labels) < 2 {
		return nil, fmt.Errorf("compare: there is nothing to compare: all results are labelled "+
			"%q; give each broker's runs a --label of their own", strings.Join(labels, ""))
	}
	if against != "" && !slices.Contains(labels, against) {
		return nil, fmt.Errorf("compare: no result is labelled %q; there is %s", against,
			strings.Join(labels, ", "))
	}
	var rows []Row
	for _, name := range names {
		for _, pair := range couples(labels, against) {
			rows = append(rows, two(runs(results, name, pair[0]), runs(results, name, pair[1]))...)
		}
	}
	return rows, nil
}

// couples are the labels to compare, and with which.
func couples(labels []string, against string) [][2]string {
	var pairs [][2]string
	for _, label := range labels {
		switch {
		case against == "" && label != labels[0]:
			pairs = append(pairs, [2]string{labels[0], label})
		case against != "" && label != against:
			pairs = append(pairs, [2]string{label, against})
		}
	}
	return pairs
}

// order returns what key says of the results, each once, in the order of their appearance.
func order(results []result.Result, key func(*result.Result) string) []string {
	var found []string
	for i := range results {
		if k := key(&results[i]); !slices.Contains(found, k) {
			found = append(found, k)
		}
	}
	return found
}

// runs are those of one broker under one name, oldest first.
func runs(results []result.Result, name, label string) []*result.Result {
	var found []*result.Result
	for i := range results {
		if r := &results[i]; r.Name == name && r.Label == label {
			found = append(found, r)
		}
	}
	slices.SortStableFunc(found, func(a, b *result.Result) int {
		return a.Started.Compare(b.Started)
	})
	return found
}

// two compares the runs of two brokers, as many as both have.
func two(ours, others []*result.Result) []Row {
	n := min(len(ours), len(others))
	if n == 0 {
		return nil
	}
	var rows []Row
	for _, f := range figures(ours[0]) {
		row := Row{Name: ours[0].Name, Figure: f.name, HigherBetter: f.higher,
			Label: ours[0].Label, Against: others[0].Label}
		var a, b, ratios []float64
		for i := range n {
			x, y := find(ours[i], f.name), find(others[i], f.name)
			if x > 0 && y > 0 {
				a, b, ratios = append(a, x), append(b, y), append(ratios, x/y)
			}
		}
		if len(ratios) == 0 {
			continue
		}
		row.Runs = len(ratios)
		row.Value, row.Other, row.Ratio = median(a), median(b), median(ratios)
		row.Lowest, row.Highest = slices.Min(ratios), slices.Max(ratios)
		rows = append(rows, row)
	}
	return rows
}

func find(r *result.Result, name string) float64 {
	for _, f := range figures(r) {
		if f.name == name {
			return f.value
		}
	}
	return 0
}

// median is the value in the middle, or the mean of the two there. values is not empty.
func median(values []float64) float64 {
	sorted := slices.Sorted(slices.Values(values))
	middle := len(sorted) / 2
	if len(sorted)%2 == 1 {
		return sorted[middle]
	}
	return (sorted[middle-1] + sorted[middle]) / 2
}

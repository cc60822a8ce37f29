// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package compare

import (
	"fmt"
	"io"
	"text/tabwriter"

	"github.com/flashmq/flashmq/cmd/flashmq-bench/internal/result"
)

// Print writes rows as a table.
func Print(w io.Writer, rows []Row) {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	name, pair := "", ""
	for _, r := range rows {
		if now := r.Label + " / " + r.Against; now != pair {
			pair, name = now, ""
			fmt.Fprintf(t, "\nruns\tfigure\t%s\t%s\tratio\tspread\t\n", r.Label, r.Against)
		}
		shown := ""
		if r.Name != name {
			name, shown = r.Name, fmt.Sprintf("%s (%d)", r.Name, r.Runs)
		}
		fmt.Fprintf(t, "%s\t%s\t%s\t%s\t%.2f\t%.2f..%.2f\t%s\n", shown, r.Figure,
			result.Digits(r.Value), result.Digits(r.Other), r.Ratio, r.Lowest, r.Highest, r.Says())
	}
	t.Flush()
}

// Says is better or worse when all runs agree on it, else nothing.
func (r Row) Says() string {
	switch {
	case r.Lowest > 1 && r.HigherBetter, r.Highest < 1 && !r.HigherBetter:
		return "better"
	case r.Highest < 1 && r.HigherBetter, r.Lowest > 1 && !r.HigherBetter:
		return "worse"
	}
	return ""
}

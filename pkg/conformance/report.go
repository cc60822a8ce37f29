// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package conformance

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/flashmq/flashmq/pkg/mqtt"
)

// Report is what came of a run.
type Report struct {
	Passed      int      `json:"passed"`
	Failed      int      `json:"failed"`
	Unsupported int      `json:"unsupported"`
	Results     []Result `json:"results"`
}

// Add takes one Result in.
func (r *Report) Add(x Result) {
	r.Results = append(r.Results, x)
	switch x.Verdict {
	case Pass:
		r.Passed++
	case Fail:
		r.Failed++
	case Unsupported:
		r.Unsupported++
	}
}

// WriteJSON writes the whole Report for programs.
func (r *Report) WriteJSON(w io.Writer) error {
	e := json.NewEncoder(w)
	e.SetIndent("", "\t")
	return e.Encode(r)
}

// WriteSummary writes the last line of a table.
func (r *Report) WriteSummary(w io.Writer) error {
	_, err := fmt.Fprintf(w, "%d passed, %d failed, %d not supported by the server\n",
		r.Passed, r.Failed, r.Unsupported)
	return err
}

// WriteText writes the Result as a line of a table, and below it what went wrong.
func (r *Result) WriteText(w io.Writer) error {
	_, err := fmt.Fprintf(w, "%-11s %-5s %-16s %-50s %8s\n", r.Verdict, r.Version, r.Clauses[0],
		r.Name, r.Took.Round(time.Millisecond))
	if err == nil && r.Message != "" {
		_, err = fmt.Fprintf(w, "            %s\n", r.Message)
	}
	return err
}

// List writes the Checks that the options choose, without running them.
func List(w io.Writer, o Options) error {
	var failed error
	o.each(func(v mqtt.Version, c Check) {
		_, err := fmt.Fprintf(w, "%-5s %-50s %s\n", v, c.Name, strings.Join(c.Clauses, " "))
		if failed == nil {
			failed = err
		}
	})
	return failed
}

// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package report

import (
	_ "embed"
	"fmt"
	"html/template"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/flashmq/flashmq/cmd/flashmq-bench/internal/compare"
	"github.com/flashmq/flashmq/cmd/flashmq-bench/internal/result"
)

//go:embed page.html
var layout string

var pageTemplate = template.Must(template.New("page").Parse(layout))

// colors is how many there are in the style.
const colors = 6

// page is what the template needs.
type page struct {
	Title    string
	Made     string
	Machines []string
	Labels   []string
	CPU      template.HTML
	Memory   template.HTML
	Ratios   []versus
	Sections []section

	names []string
	all   []result.Result
}

// versus is the comparison of two brokers.
type versus struct {
	Label, Against string
	Picture        template.HTML
}

// section is about the runs of one name.
type section struct {
	Name, What  string
	Throughput  template.HTML
	Percentiles template.HTML
	Due         bool // latency counts from when messages were due
	Connects    bool // latency is that of connecting
	Head        []string
	Rows        [][]cell
}

// cell is one of a table.
type cell struct{ Text, Class string }

// Write writes a page about the results, all brokers and all runs side by side.
func Write(w io.Writer, results []result.Result) error {
	p := &page{all: results, Title: "MQTT broker benchmark"}
	for i := range results {
		r := &results[i]
		keep(&p.Labels, r.Label)
		keep(&p.names, r.Name)
		m := &r.Machine
		keep(&p.Machines, fmt.Sprintf("%s, %d cores, Linux %s, generator %s on %d of them with %s",
			m.CPU, m.Cores, m.Kernel, r.Tool, m.Allowed, m.Go))
		p.Made = r.Started.UTC().Format(time.DateOnly)
	}
	p.CPU, p.Memory = p.cpu(), p.memory()
	p.compare()
	for _, name := range p.names {
		p.Sections = append(p.Sections, p.section(name))
	}
	if err := pageTemplate.Execute(w, p); err != nil {
		return fmt.Errorf("report: %w", err)
	}
	return nil
}

// compare draws the ratios when there are several brokers.
func (p *page) compare() {
	rows, err := compare.Brokers(p.all, "")
	if err != nil {
		return // only one broker
	}
	for len(rows) > 0 {
		first := rows[0]
		other := func(r compare.Row) bool { return r.Against != first.Against }
		picture := ratios(slices.DeleteFunc(slices.Clone(rows), other))
		p.Ratios = append(p.Ratios, versus{first.Label, first.Against, picture})
		rows = slices.DeleteFunc(rows, func(r compare.Row) bool { return !other(r) })
	}
}

func (p *page) section(name string) section {
	var runs []*result.Result
	for _, label := range p.Labels {
		runs = append(runs, p.runs(name, label)...)
	}
	s := section{Name: name, What: runs[0].Scenario,
		Throughput: p.throughput(runs), Percentiles: p.percentiles(runs)}
	s.Connects = runs[0].Scenario == "storm"
	if l := runs[0].Latency; l != nil {
		s.Due = l.Corrected
	}
	s.Head = []string{"broker", "stage", "per second", "CPU us", "p50 us", "p99 us", "lost",
		"limited by"}
	for _, r := range runs {
		s.Rows = append(s.Rows, p.rows(r)...)
	}
	return s
}

// rows are the stages of one run.
func (p *page) rows(r *result.Result) [][]cell {
	var rows [][]cell
	for i, s := range r.Stages {
		row := []cell{{r.Label, "who " + p.color(r.Label)}, {s.Name, ""},
			number(s.PerSecond), number(s.CPU)}
		if l := r.Latency; l != nil && i == 0 {
			row = append(row, number(l.P50), number(l.P99))
		} else {
			row = append(row, cell{}, cell{})
		}
		lost, class := fmt.Sprint(r.Messages.Lost), "n"
		if r.Messages.Lost > 0 {
			class = "n bad"
		}
		rows = append(rows, append(row, cell{lost, class}, cell{r.Verdict.Limit, "quiet"}))
	}
	return rows
}

func number(v float64) cell {
	if v == 0 {
		return cell{"-", "n"}
	}
	return cell{thousands(result.Digits(v)), "n"}
}

// thousands puts thin spaces between the digits before the point, where there are many.
func thousands(number string) string {
	whole, rest, _ := strings.Cut(number, ".")
	if rest != "" || len(whole) < 5 {
		return number
	}
	for at := len(whole) - 3; at > 0; at -= 3 {
		whole = whole[:at] + "\u2009" + whole[at:]
	}
	return whole
}

// runs are those of one name and broker.
func (p *page) runs(name, label string) []*result.Result {
	var found []*result.Result
	for i := range p.all {
		if r := &p.all[i]; r.Name == name && r.Label == label {
			found = append(found, r)
		}
	}
	return found
}

// stages are the names of the stages that runs of one name have.
func (p *page) stages(name string) []string {
	var names []string
	for i := range p.all {
		if p.all[i].Name == name {
			for _, s := range p.all[i].Stages {
				keep(&names, s.Name)
			}
		}
	}
	return names
}

// stage is the one of a broker's runs whose CPU time is in the middle.
func (p *page) stage(name, label, stage string) (result.Stage, bool) {
	var found []result.Stage
	for _, r := range p.runs(name, label) {
		for _, s := range r.Stages {
			if s.Name == stage {
				found = append(found, s)
			}
		}
	}
	if len(found) == 0 {
		return result.Stage{}, false
	}
	slices.SortFunc(found, func(a, b result.Stage) int { return int((a.CPU - b.CPU) * 1e6) })
	return found[len(found)/2], true
}

// color is the class of a broker's colour.
func (p *page) color(label string) string {
	return fmt.Sprintf("c%d", max(slices.Index(p.Labels, label), 0)%colors)
}

// Color is for the template.
func (p *page) Color(label string) string { return p.color(label) }

// Brokers are the labels in a sentence.
func (p *page) Brokers() string { return strings.Join(p.Labels, ", ") }

func keep(list *[]string, s string) {
	if !slices.Contains(*list, s) {
		*list = append(*list, s)
	}
}

// middle is the median of values, which are not empty.
func middle(values []float64) float64 {
	return slices.Sorted(slices.Values(values))[len(values)/2]
}

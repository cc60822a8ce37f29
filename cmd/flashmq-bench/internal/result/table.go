// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package result

import (
	"fmt"
	"io"
	"math"
	"strings"
	"text/tabwriter"
)

// Print writes r as a table for people.
func Print(w io.Writer, r *Result) {
	fmt.Fprintf(w, "%s: %s, %d connections, %d core(s) for the generator, Linux %s, %s\n", r.Name,
		r.Label, r.Connected, r.Machine.Allowed, r.Machine.Kernel, r.Machine.CPU)
	if s := r.TLS; s != nil {
		fmt.Fprintf(w, "%s, %s, %s: %d handshakes, %d of them resumed\n", s.Version, s.Cipher,
			s.Group, s.Handshakes, s.Resumed)
	}
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(t, "\nstage\tcount\tof\tper second\tbroker us each\tuser\tsystem\tbroker core"+
		"\tgenerator core\tgenerator us each\t")
	for _, s := range r.Stages {
		cpu := []string{"-", "-", "-", "-"}
		if r.Broker != nil && len(r.Broker.PIDs) > 0 {
			cpu = []string{Digits(s.CPU), Digits(s.User), Digits(s.System), percent(s.BrokerShare)}
		}
		fmt.Fprintf(t, "%s\t%d\t%ss\t%s\t%s\t%s\t%s\t\n", s.Name, s.Count, s.Unit,
			Digits(s.PerSecond), strings.Join(cpu, "\t"), percent(s.GeneratorShare),
			Digits(s.GeneratorCPU))
	}
	t.Flush()
	printLatency(w, r)
	for _, m := range r.Memory {
		fmt.Fprintf(w, "\nmemory of the broker: %s bytes per %s\n", Digits(m.Bytes), m.Per)
	}
	printMessages(w, r)
	if b := r.Broker; b != nil {
		fmt.Fprintf(w, "broker: %s MB resident, %s MB at most\n", Digits(float64(b.Resident)/1e6),
			Digits(float64(b.Peak)/1e6))
	}
	fmt.Fprintln(w, r.Verdict)
	if r.Interrupted != "" {
		fmt.Fprintf(w, "ended early: %s\n", r.Interrupted)
	}
}

func printLatency(w io.Writer, r *Result) {
	l := r.Latency
	if l == nil {
		return
	}
	from := "from being sent"
	switch {
	case r.Scenario == "storm":
		from = "from opening a connection to CONNACK"
	case l.Corrected:
		from = "from being due"
	}
	fmt.Fprintf(w, "\nlatency in us %s:  p50 %s  p90 %s  p99 %s  p99.9 %s  p99.99 %s  max %s\n",
		from, Digits(l.P50), Digits(l.P90), Digits(l.P99), Digits(l.P999), Digits(l.P9999),
		Digits(l.Max))
}

func printMessages(w io.Writer, r *Result) {
	m := r.Messages
	fmt.Fprintln(w)
	if m.Sent > 0 {
		fmt.Fprintf(w, "messages: %d sent, %d of %d delivered, %d lost, %d duplicate, "+
			"%d reordered\n", m.Sent, m.Delivered, m.Expected, m.Lost, m.Duplicates, m.Reordered)
	}
	for _, bad := range []struct {
		count int64
		what  string
	}{
		{m.Unsent, "messages were due and could not be sent: the broker is slower than --rate"},
		{m.Errors, "errors that the broker reported"},
		{m.Closed, "connections that the broker ended"},
		{m.Stalls, "times that messages did not arrive for two seconds"},
	} {
		if bad.count > 0 {
			fmt.Fprintf(w, "%d %s\n", bad.count, bad.what)
		}
	}
}

// Digits writes a number with three digits, or all before the point if it has more.
func Digits(v float64) string {
	if v == 0 || math.IsNaN(v) || math.IsInf(v, 0) {
		return "0"
	}
	places := max(0, 2-int(math.Floor(math.Log10(math.Abs(v)))))
	return fmt.Sprintf("%.*f", min(places, 6), v)
}

func percent(share float64) string { return fmt.Sprintf("%.0f%%", 100*share) }

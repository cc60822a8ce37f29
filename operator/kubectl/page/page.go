// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package page

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/flashmq/flashmq/api/v1alpha1"
	"github.com/flashmq/flashmq/operator/kubectl/forecast"
)

// Facts are what a page is made of.
type Facts struct {
	Broker *v1alpha1.FlashMQBroker
	// Pods are those of the broker, Proxies those of the HAProxy tier.
	Pods, Proxies []corev1.Pod
	// Unread is what could not be looked at.
	Unread []string
	Now    time.Time
}

// Write writes the page of one broker: first what people ask, then what is not well, then the rest.
func Write(w io.Writer, f Facts) error {
	p := &page{Facts: f, out: w}
	p.head()
	p.restart()
	p.conditions()
	p.endpoints()
	p.certificates()
	p.revisions()
	p.pods()
	p.section("Warnings", f.Broker.Status.Warnings...)
	p.section("Could not be read", f.Unread...)
	return p.err
}

// page remembers the first error.
type page struct {
	Facts
	out io.Writer
	err error
}

func (p *page) line(format string, args ...any) {
	if p.err == nil {
		_, p.err = fmt.Fprintf(p.out, format+"\n", args...)
	}
}

// section writes a title and lines, or nothing when there are none.
func (p *page) section(title string, lines ...string) {
	if len(lines) == 0 {
		return
	}
	p.line("\n%s:", title)
	for _, l := range lines {
		p.line("  %s", l)
	}
}

// columns writes a title and a table, or nothing when the table has no rows.
func (p *page) columns(title string, rows ...[]string) {
	if len(rows) == 0 || p.err != nil {
		return
	}
	p.line("\n%s:", title)
	t := newTable(p.out)
	for _, r := range rows {
		t.row("  ", r...)
	}
	if err := t.flush(); p.err == nil {
		p.err = err
	}
}

func (p *page) head() {
	b, s := p.Broker, &p.Broker.Status
	sum := ready(b)
	says := string(sum.Status)
	if sum.Status != metav1.ConditionTrue {
		says += ", " + sum.Reason
	}
	t := newTable(p.out)
	t.row("", "Name:", b.Namespace+"/"+b.Name)
	t.row("", "Ready:", fmt.Sprintf("%s (%s pods)", says, readyPods(b)))
	t.row("", "Version:", text(s.Version))
	t.row("", "Image:", text(s.Image))
	if s.AvailableVersion != "" {
		t.row("", "Newer:", s.AvailableVersion+" (set spec.version to have it)")
	}
	t.row("", "Clients:", number(s.Clients))
	t.row("", "Age:", age(b.CreationTimestamp, p.Now))
	if err := t.flush(); p.err == nil {
		p.err = err
	}
	if s.ObservedGeneration < b.Generation {
		p.line("\nThe operator has not looked at the newest spec yet; if it stays so: kubectl " +
			"get pods -A -l app.kubernetes.io/name=flashmq-operator")
	}
}

// restart says why one waits, and what it waits for.
func (p *page) restart() {
	r := p.Broker.Status.Restart
	if r == nil {
		return
	}
	lines := append([]string{r.Reason}, r.Keys...)
	if v := p.Broker.Status.Revisions; v != nil && v.PendingWorkload != "" {
		lines = append(lines, "it begins "+forecast.When(p.Broker, p.Now),
			forecast.Disconnected(p.Broker, &p.Broker.Spec))
	} else {
		lines = append(lines, "it is under way")
	}
	p.section("Restart", lines...)
}

// conditions has those that are not good first, with what to do.
func (p *page) conditions() {
	list := slices.Clone(p.Broker.Status.Conditions)
	slices.SortStableFunc(list, func(a, b metav1.Condition) int {
		return order(&a) - order(&b)
	})
	var bad []string
	rows := [][]string{{"TYPE", "STATUS", "REASON", "SINCE"}}
	for i := range list {
		c := &list[i]
		rows = append(rows, []string{c.Type, string(c.Status), c.Reason,
			age(c.LastTransitionTime, p.Now)})
		if good(c) || c.Type == string(v1alpha1.ConditionReady) ||
			c.Type == string(v1alpha1.ConditionReconciling) {
			continue // they repeat what others say
		}
		bad = append(bad, strings.TrimSuffix(c.Type+": "+oneLine(c.Message), ": "))
		if do := todo(p.Broker, c); do != "" {
			bad = append(bad, "  -> "+do)
		}
	}
	p.section("Not well", bad...)
	if len(rows) > 1 {
		p.columns("Conditions", rows...)
	}
}

// order puts what is not good first, and otherwise keeps the order of the documentation.
func order(c *metav1.Condition) int {
	at := slices.Index(v1alpha1.ConditionTypes(), v1alpha1.ConditionType(c.Type))
	if good(c) {
		at += len(v1alpha1.ConditionTypes())
	}
	return at
}

func oneLine(text string) string { return strings.Join(strings.Fields(text), " ") }

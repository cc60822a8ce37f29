// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package page

import (
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
	"time"

	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/duration"

	"github.com/flashmq/flashmq/api/v1alpha1"
)

// Table writes one line for each broker, with its namespace where there are several.
func Table(w io.Writer, brokers []v1alpha1.FlashMQBroker, namespaces bool, now time.Time) error {
	t := newTable(w)
	header := []string{"NAME", "READY", "STATUS", "CLIENTS", "VERSION", "ENDPOINT", "AGE"}
	if namespaces {
		header = append([]string{"NAMESPACE"}, header...)
	}
	t.row("", header...)
	for i := range brokers {
		b := &brokers[i]
		s := &b.Status
		row := []string{b.Name, readyPods(b), ready(b).Reason, number(s.Clients),
			text(s.Version), "<none>", age(b.CreationTimestamp, now)}
		if len(s.Endpoints) > 0 {
			row[5] = s.Endpoints[0].URL
		}
		if namespaces {
			row = append([]string{b.Namespace}, row...)
		}
		t.row("", row...)
	}
	return t.flush()
}

// ready is the condition that sums up.
func ready(b *v1alpha1.FlashMQBroker) *metav1.Condition {
	c := meta.FindStatusCondition(b.Status.Conditions, string(v1alpha1.ConditionReady))
	if c == nil {
		return &metav1.Condition{Type: string(v1alpha1.ConditionReady),
			Status: metav1.ConditionUnknown, Reason: string(v1alpha1.ReasonPending)}
	}
	return c
}

// readyPods is how many pods are ready, of those wanted.
func readyPods(b *v1alpha1.FlashMQBroker) string {
	wanted := int32(1)
	if b.Spec.Replicas != nil {
		wanted = *b.Spec.Replicas
	}
	return fmt.Sprintf("%s/%d", orZero(b.Status.ReadyReplicas), wanted)
}

func orZero(n *int32) string {
	if n == nil {
		return "0"
	}
	return fmt.Sprint(*n)
}

func number[T ~int32 | ~int64](n *T) string {
	if n == nil {
		return "<unknown>"
	}
	return fmt.Sprint(*n)
}

func text[T ~string](v T) string {
	if v == "" {
		return "<unknown>"
	}
	return string(v)
}

func age(since metav1.Time, now time.Time) string {
	if since.IsZero() {
		return "<unknown>"
	}
	return duration.HumanDuration(now.Sub(since.Time))
}

// table lines columns up.
type table struct {
	w *tabwriter.Writer
}

func newTable(w io.Writer) *table { return &table{tabwriter.NewWriter(w, 0, 0, 3, ' ', 0)} }

// row writes one; the error shows when the table is flushed.
func (t *table) row(indent string, cells ...string) {
	line := strings.Join(cells, "\t")
	_, _ = fmt.Fprintln(t.w, indent+strings.TrimRight(line, "\t"))
}

func (t *table) flush() error { return t.w.Flush() }

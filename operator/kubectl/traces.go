// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package kubectl

import (
	"bytes"
	"cmp"
	"fmt"
	"io"
	"slices"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

// Ours: of the log of one container, of events, and of pods of operators.
const (
	mostLines     = int64(5000)
	mostBytes     = int64(5 << 20)
	mostEvents    = 2000
	mostOperators = 10
)

// operatorLabel is what all pods of operators have.
var operatorLabel = client.MatchingLabels{"app.kubernetes.io/name": "flashmq-operator"}

// logs adds those of all containers of a pod, and of the containers before them.
func (c *collector) logs(folder string, pod *corev1.Pod) {
	for _, status := range slices.Concat(pod.Status.InitContainerStatuses,
		pod.Status.ContainerStatuses) {
		name := folder + pod.Name + "-" + status.Name
		c.log(name+".log", pod, corev1.PodLogOptions{Container: status.Name})
		if status.RestartCount > 0 {
			c.log(name+".previous.log", pod, corev1.PodLogOptions{Container: status.Name,
				Previous: true})
		}
	}
}

func (c *collector) log(name string, pod *corev1.Pod, o corev1.PodLogOptions) {
	lines, limit := mostLines, mostBytes
	o.TailLines, o.LimitBytes, o.Timestamps = &lines, &limit, true
	text, err := c.read(pod, o)
	if err != nil {
		c.archive.Fail(name, err)
		return
	}
	if int64(len(text)) >= limit { // half a line could have half a secret
		text = text[:bytes.LastIndexByte(text, '\n')+1]
	}
	c.archive.Add(name, text)
}

func (c *collector) read(pod *corev1.Pod, o corev1.PodLogOptions) ([]byte, error) {
	from, err := c.opener(pod, o.Container, o)(c.ctx)
	if err != nil {
		return nil, err
	}
	defer from.Close()
	return io.ReadAll(io.LimitReader(from, mostBytes))
}

// operators adds the pods and logs of operators, whichever namespace they are in.
func (c *collector) operators() {
	var list corev1.PodList
	err := c.client.List(c.ctx, &list, operatorLabel, client.Limit(mostOperators))
	if err != nil {
		c.archive.Fail("pods of the operator, in all namespaces", err)
		return
	}
	for i := range list.Items {
		pod := &list.Items[i]
		folder := "operator/" + pod.Namespace + "-"
		pod.SetGroupVersionKind(corev1.SchemeGroupVersion.WithKind("Pod"))
		c.archive.AddYAML(folder+pod.Name+".yaml", pod)
		c.logs(folder, pod)
	}
	if len(list.Items) == 0 {
		c.archive.Fail("operator", fmt.Errorf("no pod in the cluster has the label "+
			"app.kubernetes.io/name=flashmq-operator"))
	}
}

// events adds those of the broker and of all that belongs to it, the newest last.
func (c *collector) events() {
	var list corev1.EventList
	err := c.client.List(c.ctx, &list, client.InNamespace(c.broker.Namespace),
		client.Limit(mostEvents))
	if err != nil {
		c.archive.Fail("events", err)
		return
	}
	if list.Continue != "" {
		c.archive.Fail("events", fmt.Errorf("only %d were looked at", mostEvents))
	}
	slices.SortStableFunc(list.Items, func(a, b corev1.Event) int {
		return cmp.Compare(seen(&a).UnixNano(), seen(&b).UnixNano())
	})
	var text bytes.Buffer
	for i := range list.Items {
		e := &list.Items[i]
		if !c.names[e.InvolvedObject.Name] {
			continue
		}
		fmt.Fprintf(&text, "%s %s %s %s/%s x%d%s: %s\n", seen(e).UTC().Format(time.RFC3339),
			e.Type, e.Reason, e.InvolvedObject.Kind, e.InvolvedObject.Name, times(e), source(e),
			e.Message)
	}
	c.archive.Add("events.txt", text.Bytes())
}

// seen is when an event happened last. There are two ways to say it.
func seen(e *corev1.Event) metav1.Time {
	switch {
	case e.Series != nil:
		return metav1.NewTime(e.Series.LastObservedTime.Time)
	case !e.LastTimestamp.IsZero():
		return e.LastTimestamp
	case !e.EventTime.IsZero():
		return metav1.NewTime(e.EventTime.Time)
	}
	return e.CreationTimestamp
}

func times(e *corev1.Event) int32 {
	if e.Series != nil {
		return e.Series.Count
	}
	return max(e.Count, 1)
}

func source(e *corev1.Event) string {
	switch {
	case e.ReportingController != "":
		return " " + e.ReportingController
	case e.Source.Component != "":
		return " " + e.Source.Component
	}
	return ""
}

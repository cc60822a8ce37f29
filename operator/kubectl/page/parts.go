// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package page

import (
	"fmt"
	"strings"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/util/duration"

	"github.com/flashmq/flashmq/api/v1alpha1"
)

func (p *page) endpoints() {
	var rows [][]string
	for _, e := range p.Broker.Status.Endpoints {
		row := []string{e.URL, string(e.Listener), strings.ToLower(string(e.Scope))}
		if e.ClientAddress != "" {
			row = append(row, "client addresses: "+strings.ToLower(string(e.ClientAddress)))
		}
		rows = append(rows, row)
	}
	p.columns("Endpoints", rows...)
}

func (p *page) certificates() {
	var rows [][]string
	for _, c := range p.Broker.Status.Certificates {
		row := []string{string(c.Listener), string(c.Source), "none yet", ""}
		if c.NotAfter != nil {
			row[2], row[3] = c.NotAfter.UTC().Format(time.RFC3339), left(c.NotAfter.Sub(p.Now))
		}
		rows = append(rows, row)
	}
	if len(rows) > 0 {
		rows = append([][]string{{"LISTENER", "SOURCE", "NOT AFTER", "LEFT"}}, rows...)
	}
	p.columns("Certificates", rows...)
}

// left is for how long a certificate is valid.
func left(d time.Duration) string {
	const day = 24 * time.Hour
	switch {
	case d <= 0:
		return "expired"
	case d < 2*day:
		return duration.HumanDuration(d)
	}
	return fmt.Sprintf("%d days", d/day)
}

// revisions compares what is wanted with what each pod says.
func (p *page) revisions() {
	v := p.Broker.Status.Revisions
	if v == nil {
		return
	}
	var rows [][]string
	add := func(what string, wanted v1alpha1.Revision, who string) {
		if wanted != "" {
			rows = append(rows, []string{what, string(wanted), who})
		}
	}
	var with, without []string
	for _, pod := range p.Broker.Status.Pods {
		switch pod.Config {
		case v.Config:
			with = append(with, string(pod.Name))
		case "":
			without = append(without, string(pod.Name)+" does not say")
		default:
			without = append(without, fmt.Sprintf("%s has %s", pod.Name, pod.Config))
		}
	}
	who := strings.Join(without, ", ")
	if who == "" && len(with) > 0 {
		who = "in force"
	}
	add("config", v.Config, who)
	add("certificates", v.Certificates, "")
	add("workload", v.Workload, "")
	add("waiting", v.PendingWorkload, "the workload that pods do not have yet")
	p.columns("Revisions", rows...)
}

func (p *page) pods() {
	said := make(map[string]v1alpha1.PodStatus)
	for _, s := range p.Broker.Status.Pods {
		said[string(s.Name)] = s
	}
	var rows [][]string
	for i := range p.Pods {
		pod := &p.Pods[i]
		s := said[pod.Name]
		row := append(p.pod(pod), number(s.Connections), number(s.Sessions), number(s.Retained))
		if s.Draining != nil && *s.Draining {
			row[2] = "Draining"
		}
		rows = append(rows, row)
	}
	head := []string{"NAME", "READY", "STATUS", "RESTARTS", "NODE", "AGE"}
	if len(rows) > 0 {
		rows = append([][]string{append(head, "CLIENTS", "SESSIONS", "RETAINED")}, rows...)
	}
	p.columns("Pods", rows...)
	p.proxy(head)
}

func (p *page) proxy(head []string) {
	s := p.Broker.Status.Proxy
	if s == nil && len(p.Proxies) == 0 {
		return
	}
	title := "Proxy"
	if s != nil {
		title = fmt.Sprintf("Proxy, %s of %s pods ready, image %s", orZero(s.ReadyReplicas),
			orZero(s.Replicas), text(s.Image))
	}
	rows := [][]string{head}
	for i := range p.Proxies {
		rows = append(rows, p.pod(&p.Proxies[i]))
	}
	p.columns(title, rows...)
}

// pod is what kubectl get pods shows of one.
func (p *page) pod(pod *corev1.Pod) []string {
	ready, restarts := 0, int32(0)
	state := string(pod.Status.Phase)
	for _, c := range pod.Status.ContainerStatuses {
		restarts += c.RestartCount
		if c.Ready {
			ready++
		}
		if w := c.State.Waiting; w != nil && w.Reason != "" {
			state = w.Reason
		}
	}
	if pod.DeletionTimestamp != nil {
		state = "Terminating"
	}
	return []string{pod.Name, fmt.Sprintf("%d/%d", ready, len(pod.Spec.Containers)), state,
		fmt.Sprint(restarts), text(pod.Spec.NodeName), age(pod.CreationTimestamp, p.Now)}
}

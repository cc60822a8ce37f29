// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package flashmqbroker

import (
	"context"
	"fmt"
	"maps"
	"net"
	"slices"
	"strconv"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/flashmq/flashmq/api/v1alpha1"
	"github.com/flashmq/flashmq/operator/brokerconfig"
	"github.com/flashmq/flashmq/operator/resources"
	"github.com/flashmq/flashmq/pkg/admin"
)

// confirmation has the pods look at what they were given, and asks them whether they run it.
func (p *pass) confirmation() (bool, error) {
	settled, wait := true, pollPending
	p.status.Pods, p.status.Clients = nil, new(int64)
	config := no(v1alpha1.ReasonPropagating, "no pod runs")
	if *p.broker.Spec.Replicas == 0 {
		config = unknown(v1alpha1.ReasonScaledToZero, "spec.replicas is 0")
	}
	certs := config
	for i := range p.facts.pods {
		pod := &p.facts.pods[i]
		if pod.DeletionTimestamp != nil || pod.Status.PodIP == "" {
			settled = false
			continue
		}
		sum := admin.JoinRevisions(p.config.revision, string(p.revisions.Certificates))
		if err := p.nudge(pod, sum); err != nil {
			return false, err
		}
		r, err := p.reportOf(pod)
		if err != nil {
			config = unknown(v1alpha1.ReasonNoReport, pod.Name+": "+err.Error())
			certs = config
			settled, wait = false, p.patience(v1alpha1.ConditionConfigApplied)
			p.status.Pods = append(p.status.Pods, p.podStatus(pod))
			continue
		}
		config, certs = p.judgeConfig(pod, r), p.judgeCertificates(pod, r)
		settled = settled && config.good && certs.good
		p.note(pod, r)
		p.headers = append(p.headers, r.Listeners...)
	}
	p.tell(v1alpha1.ConditionConfigApplied, config)
	if f := p.certificates.fault; f != nil {
		certs = no(f.reason, f.message)
	}
	p.tell(v1alpha1.ConditionCertificatesReady, certs)
	if settled {
		wait = pollSettled
	}
	if *p.broker.Spec.Replicas > 0 {
		p.comeBack(p.Now().Add(wait))
	}
	return true, nil
}

// patience is when to ask again a pod that does not answer. It grows with its silence, because each
// question may hold us up for its whole time. That a pod begins to serve we hear anyway.
func (p *pass) patience(kind v1alpha1.ConditionType) time.Duration {
	return p.waiting(kind, v1alpha1.ReasonNoReport)
}

// waiting is when to look again at what a condition waits for. It grows with the time that it has
// waited for that reason.
func (p *pass) waiting(
	kind v1alpha1.ConditionType, reason v1alpha1.ConditionReason,
) time.Duration {
	for _, c := range p.broker.Status.Conditions {
		if c.Type == string(kind) && c.Reason == string(reason) {
			silent := p.Now().Sub(c.LastTransitionTime.Time)
			return min(max(silent/4, pollPending), pollSettled)
		}
	}
	return pollPending
}

// nudge makes the kubelet look at the pod's volumes at once. sum is of what they hold.
func (p *pass) nudge(pod *corev1.Pod, sum string) error {
	if pod.Annotations[resources.ConfigAnnotation] == sum {
		return nil
	}
	p.comeBack(p.Now().Add(pollFirst))
	before := pod.DeepCopy()
	metav1.SetMetaDataAnnotation(&pod.ObjectMeta, resources.ConfigAnnotation, sum)
	return client.IgnoreNotFound(p.Client.Patch(p.ctx, pod, client.MergeFrom(before)))
}

func (p *pass) reportOf(pod *corev1.Pod) (*admin.Report, error) {
	ctx, cancel := context.WithTimeout(p.ctx, pollPending)
	defer cancel()
	return p.Report(ctx, net.JoinHostPort(pod.Status.PodIP, strconv.Itoa(brokerconfig.AdminPort)),
		p.token)
}

// Ours: as much as the status has room for.
const longestVersion = 128

// note puts what a pod says about itself into the status.
func (p *pass) note(pod *corev1.Pod, r *admin.Report) {
	p.status.Version = r.Version[:min(len(r.Version), longestVersion)]
	*p.status.Clients += r.Clients
	s, draining := p.podStatus(pod), r.Draining != nil
	s.Config = v1alpha1.Revision(r.Revisions.Configuration)
	s.Connections, s.Sessions, s.Retained = &r.Connections, &r.Sessions, &r.Retained
	s.Draining = &draining
	p.status.Pods = append(p.status.Pods, s)
}

func (p *pass) podStatus(pod *corev1.Pod) v1alpha1.PodStatus {
	ready := isReady(pod)
	return v1alpha1.PodStatus{Name: v1alpha1.ObjectName(pod.Name), Ready: &ready}
}

func (p *pass) judgeConfig(pod *corev1.Pod, r *admin.Report) *verdict {
	switch {
	case r.Revisions.Configuration != p.config.revision && r.LastReload != nil &&
		r.LastReload.Outcome == admin.Refused:
		return no(v1alpha1.ReasonRejectedByBroker, pod.Name+": "+
			r.LastReload.Error)
	case r.Revisions.Configuration != p.config.revision:
		return no(v1alpha1.ReasonPropagating,
			fmt.Sprintf("%s has configuration %s, not %s yet", pod.Name, r.Revisions.Configuration,
				p.config.revision))
	case p.status.Restart != nil:
		return no(v1alpha1.ReasonRestartRequired,
			"some of it counts after a restart: "+p.status.Restart.Reason)
	}
	return yes(v1alpha1.ReasonApplied, "")
}

func (p *pass) judgeCertificates(pod *corev1.Pod, r *admin.Report) *verdict {
	wanted := p.certificates.wanted
	if len(wanted) == 0 {
		return yes(v1alpha1.ReasonNoTLS, "no listener has TLS")
	}
	ports := make(map[uint16]*admin.Certificate)
	for i := range r.Listeners {
		ports[r.Listeners[i].Port] = r.Listeners[i].Certificate
	}
	for _, name := range slices.Sorted(maps.Keys(wanted)) {
		served := ports[uint16(p.broker.Spec.Listener(name).Port)]
		switch {
		case served == nil || served.Revision != wanted[name] && served.Error == "":
			return no(v1alpha1.ReasonPropagating,
				fmt.Sprintf("%s does not serve the certificate of listener %s yet", pod.Name, name))
		case served.Revision != wanted[name]:
			return no(v1alpha1.ReasonRejectedByBroker,
				fmt.Sprintf("%s: listener %s: %s", pod.Name, name, served.Error))
		}
	}
	return yes(v1alpha1.ReasonCertificatesLoaded, "")
}

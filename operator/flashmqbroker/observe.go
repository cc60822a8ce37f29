// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package flashmqbroker

import (
	"fmt"
	"net/netip"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/flashmq/flashmq/operator/apply"
	"github.com/flashmq/flashmq/operator/resources"
)

// Ours: when to look again at what does not tell us that it has changed.
const (
	retryForeign = time.Minute
	// soonest is how soon we come back at all.
	soonest = 100 * time.Millisecond
	// pollFirst is after a pod has been told to look: kubelet and broker take about as long.
	pollFirst = 700 * time.Millisecond
	// pollPending is while a pod has not confirmed what it was given.
	pollPending = 2 * time.Second
	// pollSettled is for figures such as the number of Clients.
	pollSettled = time.Minute
)

// facts is what there is, read once.
type facts struct {
	statefulSet *appsv1.StatefulSet // nil when there is none
	pods        []corev1.Pod
	proxies     []corev1.Pod
	secrets     map[string]*corev1.Secret // ours, by name
	services    map[string]*corev1.Service
}

// observe reads all facts from the cache.
func (p *pass) observe() error {
	b, f := p.broker, &p.facts
	in, ours := client.InNamespace(b.Namespace), client.MatchingFields{apply.Index: b.Name}
	set := &appsv1.StatefulSet{}
	err := p.Client.Get(p.ctx, client.ObjectKeyFromObject(b), set)
	if err == nil && metav1.IsControlledBy(set, b) {
		f.statefulSet = set
	} else if err != nil && !apierrors.IsNotFound(err) {
		return fmt.Errorf("observe: %w", err)
	}
	if f.pods, err = p.podsOf(resources.Broker); err != nil {
		return err
	}
	if f.proxies, err = p.podsOf(resources.Proxy); err != nil {
		return err
	}
	var secrets corev1.SecretList
	if err := p.Client.List(p.ctx, &secrets, in, ours); err != nil {
		return fmt.Errorf("observe: %w", err)
	}
	f.secrets = make(map[string]*corev1.Secret)
	for i := range secrets.Items {
		if s := &secrets.Items[i]; metav1.IsControlledBy(s, b) {
			f.secrets[s.Name] = s
		}
	}
	var services corev1.ServiceList
	if err := p.Client.List(p.ctx, &services, in, ours); err != nil {
		return fmt.Errorf("observe: %w", err)
	}
	f.services = make(map[string]*corev1.Service)
	for i := range services.Items {
		f.services[services.Items[i].Name] = &services.Items[i]
	}
	return nil
}

// podsOf are the pods of a component.
func (p *pass) podsOf(c resources.Component) ([]corev1.Pod, error) {
	var pods corev1.PodList
	err := p.Client.List(p.ctx, &pods, client.InNamespace(p.broker.Namespace),
		client.MatchingFields{apply.Index: p.broker.Name},
		client.MatchingLabels(resources.Selector(p.broker, c)))
	if err != nil {
		return nil, fmt.Errorf("observe: %w", err)
	}
	return pods.Items, nil
}

// tier are the addresses of the HAProxy pods, also of those that are about to end: they still have
// Clients.
func (f *facts) tier() (out []netip.Addr) {
	for i := range f.proxies {
		if phase := f.proxies[i].Status.Phase; phase == corev1.PodFailed ||
			phase == corev1.PodSucceeded {
			continue // the address may be somebody else's by now
		}
		for _, ip := range f.proxies[i].Status.PodIPs {
			if a, err := netip.ParseAddr(ip.IP); err == nil {
				out = append(out, a)
			}
		}
	}
	return out
}

// data is that of one of our Secrets, or nil.
func (f *facts) data(name string) map[string][]byte {
	if s := f.secrets[name]; s != nil {
		return s.Data
	}
	return nil
}

// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package flashmqbroker

import (
	"cmp"
	"context"
	"errors"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/flashmq/flashmq/api/v1alpha1"
	"github.com/flashmq/flashmq/operator/proxyagent"
	"github.com/flashmq/flashmq/operator/resources"
	"github.com/flashmq/flashmq/pkg/admin"
)

func TestProxyImages(t *testing.T) {
	t.Parallel()
	const usual = "proxy: {enabled: true}\n"
	was := func(image v1alpha1.ImageName) *v1alpha1.ProxyStatus {
		return &v1alpha1.ProxyStatus{Image: image, AgentImage: "a:1"}
	}
	had, runs := was("h:1"), resources.Tier{Image: "h:1", AgentImage: "a:1"}
	mine := resources.Tier{Image: "mine:7", AgentImage: "a:1"}
	tests := []struct {
		name, spec string
		had        *v1alpha1.ProxyStatus
		// runs is in the Deployment, of somebody else if foreign, of the spec if own.
		runs         resources.Tier
		foreign, own bool
		image, agent string
	}{
		{name: "the first visit", image: "haproxy:9", agent: "flashmq-operator:9"},
		{name: "another operator", had: had, image: "h:1", agent: "a:1"},
		{name: "another operator, later", had: had, runs: runs, image: "h:1", agent: "a:1"},
		{name: "the status was lost", runs: runs, image: "h:1", agent: "a:1"},
		{name: "half of it", had: &v1alpha1.ProxyStatus{Image: "h:2"}, runs: runs, image: "h:2",
			agent: "a:1"},
		{name: "somebody else's", runs: runs, foreign: true, image: "haproxy:9",
			agent: "flashmq-operator:9"},
		{name: "patches are followed", spec: usual + "update: {upgrades: Patch}", had: had,
			runs: runs, image: "haproxy:9", agent: "flashmq-operator:9"},
		{name: "one's own", spec: "proxy: {enabled: true, image: mine:7}", runs: runs,
			image: "mine:7", agent: "a:1"},
		{name: "no longer", had: was("mine:7"), runs: mine, own: true, image: "haproxy:9",
			agent: "a:1"},
		{name: "no longer, and the status was lost", runs: mine, own: true, image: "haproxy:9",
			agent: "a:1"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			p := spec(t, cmp.Or(test.spec, usual))
			p.status.Proxy = test.had.DeepCopy()
			if test.runs.Image != "" {
				b := p.broker.DeepCopy()
				if test.own {
					b.Spec.Proxy.Image = "mine:7"
				}
				d := resources.ProxyDeployment(b, test.runs)
				if !test.foreign {
					d.OwnerReferences = []metav1.OwnerReference{
						{UID: p.broker.UID, Controller: new(true)}}
				}
				p.Client.(*empty).deployment = d
			}
			if err := p.proxyImages(); err != nil {
				t.Fatal(err)
			}
			s := p.status.Proxy
			if string(s.Image) != test.image || string(s.AgentImage) != test.agent {
				t.Errorf("%s with %s", s.Image, s.AgentImage)
			}
		})
	}
}

// proxyPod is a ready pod of the tier that was told to look at its files.
func proxyPod(name, template string) corev1.Pod {
	pod := corev1.Pod{ObjectMeta: metav1.ObjectMeta{Name: name, Annotations: map[string]string{
		resources.TemplateAnnotation: template,
		resources.ConfigAnnotation:   admin.JoinRevisions("c", "f")}}}
	pod.Status.PodIP = "192.0.2.1"
	pod.Status.Conditions = []corev1.PodCondition{
		{Type: corev1.PodReady, Status: corev1.ConditionTrue}}
	return pod
}

// tiered begins a pass over a broker with two HAProxy pods.
func tiered(t *testing.T, pods ...corev1.Pod) *pass {
	p := spec(t, "proxy: {enabled: true, replicas: 2}")
	p.status.Proxy = &v1alpha1.ProxyStatus{}
	p.tier = tier{&proxyagent.Status{Configuration: "c", Files: "f"}, "new"}
	p.facts.proxies = pods
	p.told.True(v1alpha1.ConditionAvailable, v1alpha1.ReasonPodsReady, "")
	return p
}

func TestProxyReady(t *testing.T) {
	t.Parallel()
	a, b, old := proxyPod("a", "new"), proxyPod("b", "new"), proxyPod("old", "old")
	away, leaving := proxyPod("away", "new"), proxyPod("leaving", "new")
	away.Status.PodIP = ""
	leaving.DeletionTimestamp = new(metav1.Now())
	good := proxyagent.Status{Configuration: "c", Files: "f"}
	tests := []struct {
		name   string
		pods   []corev1.Pod
		says   proxyagent.Status
		reason v1alpha1.ConditionReason
		ready  int32
	}{
		{"both", []corev1.Pod{a, b}, good, v1alpha1.ReasonPodsReady, 2},
		{"one", []corev1.Pod{a}, good, v1alpha1.ReasonNoReadyPods, 1},
		{"one is of the old template", []corev1.Pod{a, old}, good, v1alpha1.ReasonNoReadyPods, 1},
		{"one has no address", []corev1.Pod{a, away}, good, v1alpha1.ReasonNoReadyPods, 1},
		{"one is on its way out", []corev1.Pod{a, leaving}, good, v1alpha1.ReasonNoReadyPods, 1},
		{"an old one is left", []corev1.Pod{old, a, b}, good, v1alpha1.ReasonPodsReady, 2},
		{"another configuration", []corev1.Pod{a, b},
			proxyagent.Status{Configuration: "b", Files: "f"}, v1alpha1.ReasonPropagating, 2},
		{"other certificates", []corev1.Pod{a, b},
			proxyagent.Status{Configuration: "c", Files: "e"}, v1alpha1.ReasonPropagating, 2},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			p := tiered(t, test.pods...)
			p.ProxyStatus = func(context.Context, string) (*proxyagent.Status, error) {
				return &test.says, nil
			}
			if _, err := p.proxyReady(); err != nil {
				t.Fatal(err)
			}
			c := p.told.Get(v1alpha1.ConditionProxyReady)
			if c.Reason != string(test.reason) || *p.status.Proxy.ReadyReplicas != test.ready {
				t.Errorf("%s: %s, %d are ready", c.Reason, c.Message, *p.status.Proxy.ReadyReplicas)
			}
			// What is asked for is heard of at once, all else comes as an event.
			if asks := test.reason == v1alpha1.ReasonPropagating; asks == p.again.IsZero() {
				t.Errorf("it comes back at %v", p.again)
			}
			allowed(t, p)
		})
	}
}

// Of several HAProxy pods that do not answer one is asked, and after a long silence less often.
func TestPatience(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		silent, want time.Duration
	}{{0, pollPending}, {8 * time.Second, pollPending}, {40 * time.Second, 10 * time.Second},
		{time.Hour, pollSettled}} {
		p := tiered(t, proxyPod("a", "new"), proxyPod("b", "new"))
		p.broker.Status.Conditions = []metav1.Condition{{
			Type:   string(v1alpha1.ConditionProxyReady),
			Reason: string(v1alpha1.ReasonNoReport), Status: metav1.ConditionUnknown,
			LastTransitionTime: metav1.NewTime(p.Now().Add(-test.silent))}}
		asked := 0
		p.ProxyStatus = func(context.Context, string) (*proxyagent.Status, error) {
			asked++
			return nil, errors.New("no route to host")
		}
		if _, err := p.proxyReady(); err != nil {
			t.Fatal(err)
		}
		if got := p.again.Sub(p.Now()).Round(time.Second); got != test.want || asked != 1 {
			t.Errorf("after %v of silence %d are asked, again after %v", test.silent, asked, got)
		}
		allowed(t, p)
	}
}

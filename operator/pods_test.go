// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package operator_test

import (
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/flashmq/flashmq/api/v1alpha1"
	"github.com/flashmq/flashmq/operator/operatortest"
)

// badPods are pods that do not become ready, each for a reason of its own. When the user has put it
// right, all is well.
func badPods(t *testing.T, w *world) {
	tests := []struct {
		name      string
		bad       func(*v1alpha1.FlashMQBroker)
		container *corev1.ContainerStatus // what the kubelet would say
		reason    v1alpha1.ConditionReason
		message   string
		good      func(*v1alpha1.FlashMQBroker)
	}{
		{name: "no node", bad: pods(v1alpha1.PodTemplate{
			PodPlacement: v1alpha1.PodPlacement{
				NodeSelector: map[string]string{"disk": "golden"}}}),
			reason: v1alpha1.ReasonUnschedulable, message: "node affinity/selector",
			good: pods(v1alpha1.PodTemplate{})},
		{name: "no image", bad: image("flashmq:typo"),
			container: &corev1.ContainerStatus{State: corev1.ContainerState{
				Waiting: &corev1.ContainerStateWaiting{Reason: "ImagePullBackOff",
					Message: `Back-off pulling image "flashmq:typo"`}}},
			reason: v1alpha1.ReasonImagePullFailed, message: `pulling image "flashmq:typo"`,
			good: image("flashmq:1")},
		{name: "crash", bad: image("flashmq:broken"),
			container: &corev1.ContainerStatus{State: corev1.ContainerState{
				Waiting: &corev1.ContainerStateWaiting{Reason: "CrashLoopBackOff"}},
				LastTerminationState: corev1.ContainerState{
					Terminated: &corev1.ContainerStateTerminated{ExitCode: 2,
						Message: "first\npanic: out of luck\n"}}},
			reason: v1alpha1.ReasonCrashLooping, message: "code 2: panic: out of luck",
			good: image("flashmq:1")},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			b := w.Broker(t, test.bad)
			if test.container != nil {
				w.Says(t, b, v1alpha1.ConditionAvailable, v1alpha1.ReasonPodsReady)
				w.kubelet(t, b, test.container)
			}
			c := w.Says(t, b, v1alpha1.ConditionAvailable, test.reason)
			if !strings.Contains(c.Message, test.message) {
				t.Errorf("the message is %q", c.Message)
			}
			w.Says(t, b, v1alpha1.ConditionReady, test.reason)
			w.Change(t, b, test.good)
			w.Says(t, b, v1alpha1.ConditionReady, v1alpha1.ReasonReady)
			w.Says(t, b, v1alpha1.ConditionRolloutSettled, v1alpha1.ReasonSettled)
		})
	}
}

func pods(template v1alpha1.PodTemplate) func(*v1alpha1.FlashMQBroker) {
	return func(b *v1alpha1.FlashMQBroker) { b.Spec.PodTemplate = &template }
}

// kubelet says about a broker's pod what a kubelet would.
func (w *world) kubelet(t *testing.T, b *v1alpha1.FlashMQBroker, c *corev1.ContainerStatus) {
	t.Helper()
	pod := operatortest.Get(t, w.Cluster, b, b.Name+"-0", &corev1.Pod{})
	before := pod.DeepCopy()
	c.Name, c.Image = "flashmq", pod.Spec.Containers[0].Image
	pod.Status.ContainerStatuses = []corev1.ContainerStatus{*c}
	status := corev1.ConditionFalse
	if c.Ready {
		status = corev1.ConditionTrue
	}
	for i := range pod.Status.Conditions {
		if x := &pod.Status.Conditions[i]; x.Type == corev1.PodReady ||
			x.Type == corev1.ContainersReady {
			x.Status = status
		}
	}
	err := w.Client.Status().Patch(t.Context(), pod, client.MergeFrom(before))
	if err != nil {
		t.Fatal(err)
	}
}

// samePort has two brokers that want the same port of the only node.
func samePort(t *testing.T, w *world) {
	onHost := func(b *v1alpha1.FlashMQBroker) {
		yes := true
		b.Spec.PodTemplate = &v1alpha1.PodTemplate{
			PodPlacement: v1alpha1.PodPlacement{HostNetwork: &yes}}
	}
	first := w.Broker(t, onHost)
	w.Says(t, first, v1alpha1.ConditionReady, v1alpha1.ReasonReady)
	second := w.Broker(t, onHost)
	c := w.Says(t, second, v1alpha1.ConditionReady, v1alpha1.ReasonUnschedulable)
	if !strings.Contains(c.Message, "free ports") {
		t.Errorf("the message is %q", c.Message)
	}
	if err := w.Client.Delete(t.Context(), first); err != nil {
		t.Fatal(err)
	}
	w.Says(t, second, v1alpha1.ConditionReady, v1alpha1.ReasonReady)
}

// portConflict has a sidecar on the port of a listener, and Services with a port twice.
func portConflict(t *testing.T, w *world) {
	sidecar := func(port int32) func(*v1alpha1.FlashMQBroker) {
		return pods(v1alpha1.PodTemplate{Sidecars: []v1alpha1.ExtraContainer{{Name: "exporter",
			Image: "exporter:1", Ports: []corev1.ContainerPort{{ContainerPort: port}}}}})
	}
	tests := []struct {
		name    string
		bad     func(*v1alpha1.FlashMQBroker)
		message string
		good    func(*v1alpha1.FlashMQBroker)
	}{
		{"listener", sidecar(1883), "sidecars[exporter]: port 1883 is that of listener mqtt",
			sidecar(9100)},
		{"administration", sidecar(9090), "port 9090 is that of the broker's own", sidecar(9100)},
		{"Service", func(b *v1alpha1.FlashMQBroker) {
			withTLS(b)
			b.Spec.Services = []v1alpha1.BrokerService{{Name: "a",
				Listeners: []v1alpha1.ServicePort{{Name: "mqtt"}, {Name: "mqtts", Port: 1883}}}}
		}, "services[a]: listeners mqtt and mqtts both have port 1883", service("a")},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			b := w.Broker(t, nil)
			w.Says(t, b, v1alpha1.ConditionReady, v1alpha1.ReasonReady)
			w.Change(t, b, test.bad)
			c := w.Says(t, b, v1alpha1.ConditionConfigValid, v1alpha1.ReasonPortConflict)
			if !strings.Contains(c.Message, test.message) {
				t.Errorf("the message is %q", c.Message)
			}
			w.Says(t, b, v1alpha1.ConditionReady, v1alpha1.ReasonPortConflict)
			pod := operatortest.Get(t, w.Cluster, b, "x-0", &corev1.Pod{})
			if pod.DeletionTimestamp != nil || len(pod.Spec.Containers) > 1 {
				t.Error("the pod that serves has been replaced")
			}
			w.Change(t, b, test.good)
			w.Says(t, b, v1alpha1.ConditionReady, v1alpha1.ReasonReady)
		})
	}
}

// certificateBroken has a Secret with all there should be, none of which can be read.
func certificateBroken(t *testing.T, w *world) {
	tests := []struct {
		name   string
		spoil  func(data map[string][]byte)
		reason v1alpha1.ConditionReason
	}{
		{"no certificate", func(d map[string][]byte) { delete(d, "tls.crt") },
			v1alpha1.ReasonSecretMissing},
		{"no PEM", func(d map[string][]byte) { d["tls.crt"] = []byte("hello") },
			v1alpha1.ReasonInvalidCertificate},
		{"half a certificate", func(d map[string][]byte) {
			d["tls.crt"] = d["tls.crt"][:len(d["tls.crt"])/2]
		}, v1alpha1.ReasonInvalidCertificate},
		{"no key", func(d map[string][]byte) { d["tls.key"] = nil }, v1alpha1.ReasonSecretMissing},
	}
	b := w.Broker(t, func(b *v1alpha1.FlashMQBroker) { withSecret(b); listen(b, plain) })
	s := mine(b, pair(t))
	if err := w.Client.Create(t.Context(), s); err != nil {
		t.Fatal(err)
	}
	w.Says(t, b, v1alpha1.ConditionReady, v1alpha1.ReasonReady)
	served := operatortest.Get(t, w.Cluster, b, "x-certificates", &corev1.Secret{})
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			s.Data = pair(t)
			test.spoil(s.Data)
			if err := w.Client.Update(t.Context(), s); err != nil {
				t.Fatal(err)
			}
			w.Says(t, b, v1alpha1.ConditionCertificatesReady, test.reason)
			now := operatortest.Get(t, w.Cluster, b, "x-certificates", &corev1.Secret{})
			if string(now.Data["mqtts.crt"]) != string(served.Data["mqtts.crt"]) ||
				string(now.Data["mqtts.key"]) != string(served.Data["mqtts.key"]) {
				t.Error("the good certificate was replaced")
			}
		})
	}
}

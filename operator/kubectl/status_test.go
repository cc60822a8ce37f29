// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package kubectl_test

import (
	"context"
	"strings"
	"testing"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/yaml"

	"github.com/flashmq/flashmq/api/v1alpha1"
	"github.com/flashmq/flashmq/operator/kubectl"
	"github.com/flashmq/flashmq/operator/resources"
	"github.com/flashmq/flashmq/pkg/servertest/printed"
)

func unwell(b *v1alpha1.FlashMQBroker) {
	b.Status.Conditions = []metav1.Condition{{Type: string(v1alpha1.ConditionReady),
		Status: "False", Reason: string(v1alpha1.ReasonExpired), LastTransitionTime: metav1.Now()},
		{Type: string(v1alpha1.ConditionCertificatesReady), Status: "False",
			Reason: string(v1alpha1.ReasonExpired), LastTransitionTime: metav1.Now(),
			Message: "the certificate of listener mqtts expired"}}
	b.Status.Endpoints = []v1alpha1.Endpoint{{Listener: "mqtt", Scope: v1alpha1.EndpointInternal,
		URL: "mqtt://x:1883"}}
}

func status(t *testing.T, w *world) {
	b := w.broker(t, unwell)
	w.pod(t, b, "x-0", resources.Broker)
	w.pod(t, b, "x-proxy-1", resources.Proxy)
	w.run(t, "status").want(t, 0, "Expired   1200      1.4.2     mqtt://x:1883")
	w.run(t, "status", "-A").want(t, 0, "NAMESPACE", w.namespace)
	w.run(t, "status", "x").want(t, 0, "Name:      "+w.namespace+"/x",
		"-> renew the certificate", "x-0    1/1     Running", "x-proxy-1   1/1     Running")

	var one v1alpha1.FlashMQBroker
	got := w.run(t, "status", "x", "-o", "yaml")
	err := yaml.UnmarshalStrict([]byte(got.out), &one)
	if err != nil || one.Kind != "FlashMQBroker" || one.UID != b.UID || one.ManagedFields != nil {
		t.Errorf("error %v, broker %+v", err, one)
	}
	var all v1alpha1.FlashMQBrokerList
	got = w.run(t, "status", "-o", "json")
	err = yaml.UnmarshalStrict([]byte(got.out), &all)
	if err != nil || all.Kind != "FlashMQBrokerList" || len(all.Items) != 1 ||
		all.Items[0].Kind != "FlashMQBroker" {
		t.Errorf("error %v, brokers %+v", err, all)
	}

	w.pods.Refuse("/pods") // who may see brokers may not see pods
	w.run(t, "status", "x").want(t, 0, "Could not be read:\n  pods: /pods is forbidden")
}

func statusOfNobody(t *testing.T, w *world) {
	w.run(t, "status").want(t, 0, "There are no FlashMQBrokers in namespace "+w.namespace)
	w.run(t, "status", "x").want(t, 1, "there is no FlashMQBroker x in namespace "+w.namespace)
}

func statusWatched(t *testing.T, w *world) {
	b := w.broker(t, unwell)
	ctx, stop := context.WithCancel(t.Context())
	var out printed.Text
	ended := make(chan int)
	go func() {
		ended <- kubectl.Run(ctx, []string{"status", "x", "-w", "--kubeconfig", w.kubeconfig},
			kubectl.Options{Out: &out, ErrOut: &out, Now: time.Now})
	}()
	out.Wait(t, "Ready:     False, Expired")
	b.Status.Conditions = b.Status.Conditions[:1]
	b.Status.Conditions[0].Status = "True"
	b.Status.Conditions[0].Reason = string(v1alpha1.ReasonReady)
	if err := w.Client.Status().Update(t.Context(), b); err != nil {
		t.Fatal(err)
	}
	out.Wait(t, "Ready:     True")
	stop()
	if code := <-ended; code != 0 {
		t.Errorf("the exit code is %d", code)
	}
	if n := strings.Count(out.String(), "Name:"); n != 2 {
		t.Errorf("it was shown %d times", n)
	}
}

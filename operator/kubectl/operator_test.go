// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package kubectl_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/meta"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/yaml"

	"github.com/flashmq/flashmq/api/v1alpha1"
	"github.com/flashmq/flashmq/operator"
	"github.com/flashmq/flashmq/operator/operatortest"
	"github.com/flashmq/flashmq/operator/resources"
	"github.com/flashmq/flashmq/pkg/admin"
)

// busy is what brokers beside an operator say: what c makes up, and that they have Clients.
func busy(c *operatortest.Cluster) func(context.Context, string, string) (*admin.Report, error) {
	return func(ctx context.Context, address, token string) (*admin.Report, error) {
		r, err := c.Report(ctx, address, token)
		if err == nil {
			r.Clients = 7
		}
		return r, err
	}
}

// settled waits until a broker runs what its newest generation wants, and returns the UID of its
// pod and the revision of the template.
func (w *world) settled(t *testing.T, name string) (pod, template string) {
	t.Helper()
	key := client.ObjectKey{Namespace: w.namespace, Name: name}
	var b v1alpha1.FlashMQBroker
	operatortest.Until(t, func() bool {
		if err := w.Client.Get(t.Context(), key, &b); err != nil {
			t.Fatal(err)
		}
		for _, kind := range []v1alpha1.ConditionType{v1alpha1.ConditionReady,
			v1alpha1.ConditionRolloutSettled} {
			c := meta.FindStatusCondition(b.Status.Conditions, string(kind))
			if c == nil || c.Status != "True" || c.ObservedGeneration != b.Generation {
				return false
			}
		}
		var set appsv1.StatefulSet
		var p corev1.Pod
		if w.Client.Get(t.Context(), key, &set) != nil || w.Client.Get(t.Context(),
			client.ObjectKey{Namespace: w.namespace, Name: name + "-0"}, &p) != nil {
			return false
		}
		pod, template = string(p.UID), set.Annotations[resources.TemplateAnnotation]
		return true
	}, func() string { return "the conditions are\n" + operatortest.Conditions(&b) })
	return pod, template
}

// TestWithOperator runs commands beside an operator.
func TestWithOperator(t *testing.T) {
	c := operatortest.New(t, "../..")
	c.Start(t, operatortest.Options{Operator: operator.Options{Report: busy(c)}})
	w := &world{Cluster: c}
	t.Run("what is planned is what happens", func(t *testing.T) { foretold(t, w.room(t)) })
	t.Run("a restart is approved at once", func(t *testing.T) { approvedAtOnce(t, w.room(t)) })
}

func foretold(t *testing.T, w *world) {
	spec := "{auth: {anonymous: true}, listeners: [{name: mqtt, port: 1883}]%s}"
	apply := func(more string) {
		t.Helper()
		w.apply(t, object(fmt.Sprintf(spec, more)))
	}
	w.run(t, "plan", "-f", file(t, "x.yaml", object(fmt.Sprintf(spec, "")))).want(t, 0, "x: new")
	apply("")
	pod, template := w.settled(t, "x")
	w.run(t, "status", "x").want(t, 0, "Ready:     True (1/1 pods)", "Clients:   7",
		"mqtt://x."+w.namespace+".svc.cluster.local:1883", "in force", "x-0    1/1     Running")
	const loops = ", config: {eventLoops: 4}"
	changes := []struct {
		more string
		code int
		says string
	}{
		{"", 0, "x: unchanged"},
		{", logging: {level: Debug, subscriptions: true}", 0, "x: hot"},
		{loops, 2, "config.eventLoops 0 -> 4"},
		{loops + ", resources: {limits: {memory: 1Gi}}", 2,
			"resources.limits.memory 512Mi -> 1Gi"},
		{loops + ", resources: {limits: {memory: 1Gi}}, drain: {ratePerSecond: 7}", 0, "x: hot"},
		{"", 2, "config.eventLoops 4 -> 0"},
	}
	for _, c := range changes {
		text := object(fmt.Sprintf(spec, c.more))
		w.run(t, "plan", "-f", file(t, "x.yaml", text)).want(t, c.code, c.says)
		apply(c.more)
		now, wanted := w.settled(t, "x")
		if restarts := wanted != template; restarts != (c.code == 2) {
			t.Errorf("%q: the pod changes: %t, exit code of plan: %d", c.more, restarts, c.code)
		} else if restarts {
			now = w.settledOther(t, "x", pod)
		}
		if restarted := now != pod; restarted != (c.code == 2) {
			t.Errorf("%q: restarted: %t, exit code of plan: %d", c.more, restarted, c.code)
		}
		pod, template = now, wanted
	}
}

func approvedAtOnce(t *testing.T, w *world) {
	const spec = "{auth: {anonymous: true}, update: {strategy: Manual}%s}"
	w.apply(t, object(fmt.Sprintf(spec, "")))
	pod, _ := w.settled(t, "x")
	w.run(t, "restart", "x", "--approve", "-y").want(t, 0, "the restart begins at once (approved")
	if now := w.settledOther(t, "x", pod); now == pod {
		t.Error("it has not restarted")
	}
}

// settledOther waits until another pod than before runs what is wanted.
func (w *world) settledOther(t *testing.T, name, before string) (pod string) {
	t.Helper()
	for end := time.Now().Add(operatortest.Patience); ; time.Sleep(50 * time.Millisecond) {
		if pod, _ = w.settled(t, name); pod != before || time.Now().After(end) {
			return pod
		}
	}
}

// apply does what kubectl apply --server-side does.
func (w *world) apply(t *testing.T, text string) {
	t.Helper()
	u := &unstructured.Unstructured{}
	if err := yaml.Unmarshal([]byte(text), &u.Object); err != nil {
		t.Fatal(err)
	}
	u.SetNamespace(w.namespace)
	err := w.Client.Apply(t.Context(), client.ApplyConfigurationFromUnstructured(u),
		client.FieldOwner("kubectl"), client.ForceOwnership)
	if err != nil {
		t.Fatal(err)
	}
}

// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package kubectl_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/meta"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/labels"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/config"
	"sigs.k8s.io/controller-runtime/pkg/metrics/server"
	"sigs.k8s.io/yaml"

	"github.com/flashmq/flashmq/api/v1alpha1"
	"github.com/flashmq/flashmq/operator"
	"github.com/flashmq/flashmq/operator/resources"
	"github.com/flashmq/flashmq/pkg/admin"
)

// startOperator runs an operator beside the test. Brokers run whatever they were given last.
func (w *world) startOperator(t *testing.T) {
	t.Helper()
	known, err := operator.Scheme()
	if err != nil {
		t.Fatal(err)
	}
	skip := true // names are unique in a process, and tests run several operators
	m, err := ctrl.NewManager(w.config, ctrl.Options{Scheme: known,
		Cache: operator.Cache(nil, labels.Everything()), Client: operator.Client(),
		Metrics:    server.Options{BindAddress: "0"},
		Controller: config.Controller{SkipNameValidation: &skip}})
	if err != nil {
		t.Fatal(err)
	}
	err = operator.Register(m, operator.Options{Image: "flashmq:1", ClusterDomain: "cluster.local",
		Rollouts: 1, Workers: 2, Report: w.said})
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- m.Start(ctx) }()
	t.Cleanup(func() {
		stop()
		if err := <-ended; err != nil {
			t.Errorf("the operator: %v", err)
		}
	})
}

// said is the report of the broker whose token is given.
func (w *world) said(ctx context.Context, _, token string) (*admin.Report, error) {
	var secrets corev1.SecretList
	if err := w.client.List(ctx, &secrets); err != nil {
		return nil, err
	}
	for i := range secrets.Items {
		s := &secrets.Items[i]
		if string(s.Data["admin-token"]) != token {
			continue
		}
		var m corev1.ConfigMap
		key := client.ObjectKey{Namespace: s.Namespace,
			Name: strings.TrimSuffix(s.Name, "-admin") + "-config"}
		if err := w.client.Get(ctx, key, &m); err != nil {
			return nil, err
		}
		r := &admin.Report{Version: "1.0.0", Ready: true, Clients: 7}
		r.Revisions.Configuration = admin.Revision([]byte(m.Data["flashmq.conf"]))
		return r, nil
	}
	return nil, fmt.Errorf("nobody has the token %s", token)
}

// settled waits until a broker runs what its newest generation wants, and returns the UID of its
// pod and the revision of the template.
func (w *world) settled(t *testing.T, name string) (pod, template string) {
	t.Helper()
	key := client.ObjectKey{Namespace: w.namespace, Name: name}
	for end := time.Now().Add(patience); ; time.Sleep(50 * time.Millisecond) {
		var b v1alpha1.FlashMQBroker
		if err := w.client.Get(t.Context(), key, &b); err != nil {
			t.Fatal(err)
		}
		done := true
		for _, kind := range []v1alpha1.ConditionType{v1alpha1.ConditionReady,
			v1alpha1.ConditionRolloutSettled} {
			c := meta.FindStatusCondition(b.Status.Conditions, string(kind))
			done = done && c != nil && c.Status == "True" && c.ObservedGeneration == b.Generation
		}
		var set appsv1.StatefulSet
		var p corev1.Pod
		if done && w.client.Get(t.Context(), key, &set) == nil && w.client.Get(t.Context(),
			client.ObjectKey{Namespace: w.namespace, Name: name + "-0"}, &p) == nil {
			return string(p.UID), set.Annotations[resources.TemplateAnnotation]
		}
		if time.Now().After(end) {
			t.Fatalf("the conditions are %+v", b.Status.Conditions)
		}
	}
}

// patience bounds what a test waits for; one that passes never waits as long.
const patience = 90 * time.Second

// TestWithOperator runs commands beside an operator.
func TestWithOperator(t *testing.T) {
	w := newWorld(t, true)
	w.startOperator(t)
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
	for end := time.Now().Add(patience); ; time.Sleep(50 * time.Millisecond) {
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
	err := w.client.Apply(t.Context(), client.ApplyConfigurationFromUnstructured(u),
		client.FieldOwner("kubectl"), client.ForceOwnership)
	if err != nil {
		t.Fatal(err)
	}
}

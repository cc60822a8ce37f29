// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package main

import (
	"context"
	"fmt"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/go-logr/logr"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/meta"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/util/wait"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/flashmq/flashmq/api/v1alpha1"
	"github.com/flashmq/flashmq/hack/kube/kubetest"
)

// Ours.
const (
	// patience bounds what a test waits for; one that passes never waits as long.
	patience = time.Minute
	interval = 100 * time.Millisecond

	deploy = "../../deploy/"
	chart  = "../../charts/flashmq-operator"
)

// samples are brokers that come to life without anything else.
var samples = []string{"minimal", "tls"}

// TestPermissions installs the operator as users do, and runs it with the rights that this has
// given its ServiceAccount, and no others.
func TestPermissions(t *testing.T) {
	w := newWorld(t)
	w.kubectl(t, "apply", "-f", deploy+"crds", "-f", deploy+"operator")
	w.kubectl(t, "apply", "-f", "testdata/others.yaml")
	w.kubectl(t, "wait", "--for=condition=Established", "--all", "crd")
	t.Run("the pods are let in", func(t *testing.T) {
		w.kubectl(t, "-n", "flashmq-system", "rollout", "status", "deployment/flashmq-operator",
			"--timeout", patience.String())
	})
	t.Run("in all namespaces", w.everywhere)
	t.Run("in one namespace", w.inOne)
	t.Run("without rights", w.nowhere)
}

func (w *world) everywhere(t *testing.T) {
	installed := objects(t, readText(t, deploy+"operator/install.yaml"))
	o := w.operate(t, installed)
	for _, sample := range samples {
		w.apply(t, "samples", deploy+"samples/"+sample+".yaml")
	}
	w.apply(t, "samples", "testdata/more.yaml")
	for _, sample := range samples {
		w.ready(t, "samples", sample)
	}
	others := []client.Object{object("cert-manager.io/v1", "Certificate", "children-issued-tls"),
		object("monitoring.coreos.com/v1", "ServiceMonitor", "children"),
		object("monitoring.coreos.com/v1", "PrometheusRule", "children")}
	children := append(others, object("v1", "Secret", "children-ca"),
		object("v1", "Service", "children-second"))
	w.apply(t, "samples", deploy+"samples/proxy.yaml")
	w.there(t, "samples", object("apps/v1", "Deployment", "proxy-proxy"), true)
	w.there(t, "samples", object("networking.k8s.io/v1", "NetworkPolicy", "proxy-proxy"), true)
	w.there(t, "samples", object("policy/v1", "PodDisruptionBudget", "proxy-proxy"), true)
	w.kubectl(t, "-n", "samples", "patch", "fmq", "proxy", "--type=merge", "-p",
		`{"spec":{"networkPolicy":"Disabled","proxy":{"enabled":false},`+
			`"services":[{"name":"client"}],"listeners":[{"name":"mqtt","port":1883}]}}`)
	w.there(t, "samples", object("apps/v1", "Deployment", "proxy-proxy"), false)
	w.there(t, "samples", object("networking.k8s.io/v1", "NetworkPolicy", "proxy-proxy"), false)
	w.there(t, "samples", object("policy/v1", "PodDisruptionBudget", "proxy-proxy"), false)
	for _, child := range children {
		w.there(t, "samples", child, true)
	}
	w.apply(t, "samples", "testdata/fewer.yaml")
	for _, child := range children {
		w.there(t, "samples", child, false)
	}
	w.ready(t, "samples", "children")
	w.eventually(t, "an event of a broker", func(context.Context) (bool, error) {
		return o.used()[right{"events.k8s.io", "events", "create"}], nil
	})
	given := granted(t, installed)
	check(t, o, given)
	for _, r := range o.idle(given) {
		t.Errorf("%v is allowed, and nothing has used it", r)
	}
}

func (w *world) inOne(t *testing.T) {
	for _, name := range []string{"team", "team-system", "elsewhere"} {
		w.namespace(t, name)
	}
	text := w.run(t, kubetest.Program(t, "helm"), "template", "flashmq-operator", chart,
		"--namespace", "team-system", "--set", "watch.namespaces={team},crds.install=false")
	installed := objects(t, text)
	w.applyText(t, text)
	w.apply(t, "elsewhere", deploy+"samples/minimal.yaml")
	o := w.operate(t, installed)
	for _, sample := range samples {
		w.apply(t, "team", deploy+"samples/"+sample+".yaml")
	}
	for _, sample := range samples {
		w.ready(t, "team", sample)
	}
	check(t, o, granted(t, installed))
	for _, request := range o.requests() {
		if request.namespace != "team" && request.namespace != "team-system" {
			t.Errorf("%v in the namespace %q", request.right, request.namespace)
		}
	}
	var b v1alpha1.FlashMQBroker
	key := client.ObjectKey{Namespace: "elsewhere", Name: "minimal"}
	if err := w.client.Get(t.Context(), key, &b); err != nil || len(b.Status.Conditions) > 0 {
		t.Errorf("the broker elsewhere: %v, %+v", err, b.Status)
	}
}

// check wants the rules to name everything that was asked for.
func check(t *testing.T, o *observer, given map[right]bool) {
	t.Helper()
	for used := range o.used() {
		if !given[used] {
			t.Errorf("%v is not among the rules", used)
		}
	}
}

// ready waits for a broker.
func (w *world) ready(t *testing.T, namespace, name string) {
	t.Helper()
	var b v1alpha1.FlashMQBroker
	w.eventually(t, "the broker "+name, func(ctx context.Context) (bool, error) {
		key := client.ObjectKey{Namespace: namespace, Name: name}
		if err := w.client.Get(ctx, key, &b); err != nil {
			return false, err
		}
		c := meta.FindStatusCondition(b.Status.Conditions, string(v1alpha1.ConditionReady))
		return c != nil && c.Status == "True" && c.ObservedGeneration == b.Generation, nil
	}, told{&b})
}

// told is what a broker's conditions say.
type told struct{ broker *v1alpha1.FlashMQBroker }

func (t told) String() string { return fmt.Sprintf("%+v", t.broker.Status.Conditions) }

// there waits until an object is there, or is not.
func (w *world) there(t *testing.T, namespace string, o client.Object, want bool) {
	t.Helper()
	what := fmt.Sprintf("%s %s there: %v", o.GetObjectKind().GroupVersionKind().Kind, o.GetName(),
		want)
	w.eventually(t, what, func(ctx context.Context) (bool, error) {
		key := client.ObjectKey{Namespace: namespace, Name: o.GetName()}
		err := w.client.Get(ctx, key, o.DeepCopyObject().(client.Object))
		return (err == nil) == want, client.IgnoreNotFound(err)
	})
}

// eventually waits; what stands in the complaint, with how things are then.
func (w *world) eventually(t *testing.T, what string, done wait.ConditionWithContextFunc,
	state ...fmt.Stringer) {
	t.Helper()
	err := wait.PollUntilContextTimeout(t.Context(), interval, patience, true, done)
	if err != nil {
		t.Fatalf("waited for %s: %v; %v", what, err, state)
	}
}

func object(version, kind, name string) client.Object {
	u := &unstructured.Unstructured{}
	u.SetGroupVersionKind(schema.FromAPIVersionAndKind(version, kind))
	u.SetName(name)
	return u
}

// namespace makes one, if it is not there.
func (w *world) namespace(t *testing.T, name string) {
	t.Helper()
	n := &corev1.Namespace{}
	n.Name = name
	if err := w.client.Create(t.Context(), n); err != nil && !apierrors.IsAlreadyExists(err) {
		t.Fatal(err)
	}
}

// nowhere starts an operator that may not read: it says which rights it lacks, and ends.
func (w *world) nowhere(t *testing.T) {
	s, _, err := readSettings([]string{"--metrics-address=0", "--health-address=127.0.0.1:0",
		"--namespaces=default", "--leader-elect=false"}, io.Discard)
	if err != nil {
		t.Fatal(err)
	}
	managing, operating := s.managing(w.scheme, logr.Discard()), s.operating()
	another := true // operators in one process, one after the other
	managing.Controller.SkipNameValidation = &another
	err = operate(t.Context(), w.as(t, "default", "default"), managing, operating)
	const want = "lacks these rights: list flashmqbrokers.flashmq.io in namespace default, watch " +
		"flashmqbrokers.flashmq.io in namespace default, list configmaps in namespace default"
	if err == nil || !strings.Contains(err.Error(), want) {
		t.Errorf("the error is %v", err)
	}
}

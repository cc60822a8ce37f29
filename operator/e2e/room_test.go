// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

//go:build e2e

package e2e

import (
	"context"
	"errors"
	"fmt"
	"os/exec"
	"strings"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/flashmq/flashmq/api/v1alpha1"
)

// patience bounds what a test waits for; one that passes never waits as long.
const patience = 3 * time.Minute

// room is a namespace for one test. Only pods of the restricted profile may run in it.
type room struct{ name string }

func newRoom(t *testing.T) *room {
	t.Helper()
	n := &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{GenerateName: namespacePrefix,
		Labels: map[string]string{"pod-security.kubernetes.io/enforce": "restricted"}}}
	if err := kube.Create(t.Context(), n); err != nil {
		t.Fatal(err)
	}
	r := &room{n.Name}
	t.Cleanup(func() {
		ctx := kubeContext // that of the test is over
		if t.Failed() {
			r.show(ctx, t)
		}
		if err := kube.Delete(ctx, n); err != nil {
			t.Error(err)
		}
	})
	return r
}

// show tells people what there was when a test failed.
func (r *room) show(ctx context.Context, t *testing.T) {
	for _, line := range []string{
		"-n " + r.name + " get fmq -o yaml",
		"-n " + r.name + " get all -o wide",
		"-n " + r.name + " get events --sort-by=.lastTimestamp",
		"-n " + r.name + " logs -l app.kubernetes.io/name=flashmq --all-containers --tail=40",
		"-n " + operatorNamespace + " logs deployment/flashmq-operator --tail=40",
	} {
		out, err := command(ctx, "kubectl", strings.Fields(line)...)
		t.Logf("kubectl %s: %v\n%s", line, err, out)
	}
}

// command runs a program from the top of the repository.
func command(ctx context.Context, name string, arguments ...string) (string, error) {
	out, err := exec.CommandContext(ctx, name, arguments...).Output()
	text := strings.TrimSpace(string(out))
	if err != nil {
		said := ""
		if e := (*exec.ExitError)(nil); errors.As(err, &e) {
			said = string(e.Stderr)
		}
		return text, fmt.Errorf("%s %s: %w: %s", name, strings.Join(arguments, " "), err, said)
	}
	return text, nil
}

// execute ends the test if the program does not succeed.
func execute(t *testing.T, name string, arguments ...string) string {
	t.Helper()
	out, err := command(t.Context(), name, arguments...)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// kubectl runs in the room.
func (r *room) kubectl(t *testing.T, arguments ...string) string {
	t.Helper()
	return execute(t, "kubectl", append([]string{"-n", r.name}, arguments...)...)
}

// eventually asks again and again until there is no error.
func eventually(t *testing.T, ask func() error) {
	t.Helper()
	for end := time.Now().Add(patience); ; time.Sleep(100 * time.Millisecond) {
		err := ask()
		if err == nil {
			return
		}
		if time.Now().After(end) {
			t.Fatal("waited for too long: ", err)
		}
	}
}

// get reads an object of the room.
func get[T client.Object](t *testing.T, r *room, name string, into T) T {
	t.Helper()
	key := client.ObjectKey{Namespace: r.name, Name: name}
	if err := kube.Get(t.Context(), key, into); err != nil {
		t.Fatal(err)
	}
	return into
}

// broker reads one.
func (r *room) broker(t *testing.T, name string) *v1alpha1.FlashMQBroker {
	t.Helper()
	return get(t, r, name, &v1alpha1.FlashMQBroker{})
}

// until waits until a condition of a broker, as it is now, has a reason.
func (r *room) until(
	t *testing.T, name string, kind v1alpha1.ConditionType, reason v1alpha1.ConditionReason,
) (c *metav1.Condition) {
	t.Helper()
	eventually(t, func() error {
		b := r.broker(t, name)
		c = meta.FindStatusCondition(b.Status.Conditions, string(kind))
		if c == nil || c.Reason != string(reason) || c.ObservedGeneration != b.Generation {
			return fmt.Errorf("want %s of %s to be %s; the conditions are %+v", kind, name, reason,
				b.Status.Conditions)
		}
		return nil
	})
	return c
}

func (r *room) ready(t *testing.T, name string) *v1alpha1.FlashMQBroker {
	t.Helper()
	r.until(t, name, v1alpha1.ConditionReady, v1alpha1.ReasonReady)
	r.until(t, name, v1alpha1.ConditionRolloutSettled, v1alpha1.ReasonSettled)
	return r.broker(t, name)
}

// change changes a broker.
func (r *room) change(t *testing.T, name string, change func(*v1alpha1.FlashMQBroker)) {
	t.Helper()
	before := r.broker(t, name)
	after := before.DeepCopy()
	change(after)
	if err := kube.Patch(t.Context(), after, client.MergeFrom(before)); err != nil {
		t.Fatal(err)
	}
}

// create makes a broker that lets everybody in.
func (r *room) create(t *testing.T, name string, change func(*v1alpha1.FlashMQBroker)) {
	t.Helper()
	yes := true
	b := &v1alpha1.FlashMQBroker{ObjectMeta: metav1.ObjectMeta{Namespace: r.name, Name: name}}
	b.Spec.Auth = &v1alpha1.Auth{Anonymous: &yes}
	b.Spec.Listeners = []v1alpha1.Listener{{Name: "mqtt", Port: 1883}} // for tests that add to it
	if change != nil {
		change(b)
	}
	if err := kube.Create(t.Context(), b); err != nil {
		t.Fatal(err)
	}
}

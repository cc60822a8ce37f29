// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

//go:build e2e

package e2e

import (
	"fmt"
	"strings"
	"testing"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	eventsv1 "k8s.io/api/events/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/flashmq/flashmq/api/v1alpha1"
)

// drainRate is how many Clients a second the broker of this test lets go.
const drainRate = 200

// TestRoll changes what only a start can change, while a thousand Clients are connected.
func TestRoll(t *testing.T) {
	r := newRoom(t)
	rate, loops := int32(drainRate), int32(1)
	r.create(t, "roll", func(b *v1alpha1.FlashMQBroker) {
		b.Spec.Drain = &v1alpha1.Drain{RatePerSecond: &rate}
		b.Spec.Config = &v1alpha1.BrokerConfig{EventLoops: &loops}
	})
	r.ready(t, "roll")
	before := get(t, r, "roll-0", &corev1.Pod{})
	c := gather(t, r.address(t, "roll", "mqtt"), crowdSize)
	c.allThere(t, "before")

	began := time.Now()
	r.kubectl(t, "patch", "fmq", "roll", "--type=merge", "-p",
		`{"spec":{"config":{"eventLoops":2}}}`)
	r.until(t, "roll", v1alpha1.ConditionRolloutSettled, v1alpha1.ReasonInProgress)
	if s := r.broker(t, "roll").Status.Restart; s == nil || s.Reason == "" {
		t.Errorf("the status gives no reason for the restart: %+v", s)
	}
	left := c.leave(t)
	drained(t, left)
	present := c.comeBack(t)
	figure(t, "%-52s %8.1f s, %d of %d with their Session",
		"last Client let go until all were back", time.Since(left.last).Seconds(), present,
		crowdSize)
	c.allThere(t, "after")
	r.ready(t, "roll")
	figure(t, "%-52s %8.1f s", "eventLoops changed until Ready and settled",
		time.Since(began).Seconds())
	rolledOnce(t, r, before)
}

// drained makes sure that Clients were let go little by little, and were told why.
func drained(t *testing.T, f farewell) {
	t.Helper()
	span, want := f.last.Sub(f.first), crowdSize*time.Second/drainRate
	figure(t, "%-52s %8.1f s (asked for: %.0f s)",
		fmt.Sprintf("%d Clients let go at %d a second", crowdSize, drainRate), span.Seconds(),
		want.Seconds())
	// All at once would be some milliseconds; the deadline of the drain is a minute.
	if span < want/2 || span > tolerance*want {
		t.Errorf("Clients were let go within %v, want about %v", span, want)
	}
	if f.told != crowdSize {
		t.Errorf("%d of %d Clients were told why", f.told, crowdSize)
	}
}

// rolledOnce makes sure that there was one restart, and that it says why.
func rolledOnce(t *testing.T, r *room, before *corev1.Pod) {
	t.Helper()
	after := get(t, r, "roll-0", &corev1.Pod{})
	if after.UID == before.UID || after.Status.ContainerStatuses[0].RestartCount != 0 {
		t.Errorf("pod %s was %s, its container started %d more times", after.UID, before.UID,
			after.Status.ContainerStatuses[0].RestartCount)
	}
	var revisions appsv1.ControllerRevisionList
	if err := kube.List(t.Context(), &revisions, client.InNamespace(r.name)); err != nil {
		t.Fatal(err)
	}
	if len(revisions.Items) != 2 {
		t.Errorf("there were %d pod templates, want 2", len(revisions.Items))
	}
	set := get(t, r, "roll", &appsv1.StatefulSet{})
	if reason := set.Annotations["flashmq.io/restart-reason"]; reason != "ConfigChanged" {
		t.Errorf("the StatefulSet says %q", reason)
	}
	var events eventsv1.EventList
	if err := kube.List(t.Context(), &events, client.InNamespace(r.name)); err != nil {
		t.Fatal(err)
	}
	for i := range events.Items {
		e := &events.Items[i]
		if e.Regarding.Kind == "FlashMQBroker" && strings.Contains(e.Note, "ConfigChanged") {
			return
		}
	}
	t.Errorf("no event of the broker tells of the restart: %+v", events.Items)
}

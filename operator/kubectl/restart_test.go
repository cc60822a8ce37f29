// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package kubectl_test

import (
	"testing"
	"time"

	"github.com/flashmq/flashmq/api/v1alpha1"
)

func manual(b *v1alpha1.FlashMQBroker) {
	b.Spec.Update = &v1alpha1.Update{Strategy: v1alpha1.UpdateManual}
}

func waiting(b *v1alpha1.FlashMQBroker) {
	b.Status.Revisions = &v1alpha1.Revisions{PendingWorkload: "w2"}
	b.Status.Restart = &v1alpha1.RestartStatus{Reason: "ConfigChanged",
		Keys: []string{"config.eventLoops 2 -> 4"}}
}

func restart(t *testing.T, w *world) {
	b := w.broker(t, waiting)
	w.run(t, "restart", "x", "--yes").want(t, 0, "1200 Clients are disconnected, which takes "+
		"about 3s; the restart begins at once", "another restart waits or is under way "+
		"(ConfigChanged)", "/x: restart requested; follow it with: kubectl flashmq status x")
	now := w.again(t, b)
	at, err := time.Parse(time.RFC3339, now.Annotations[v1alpha1.RestartedAtAnnotation])
	if err != nil || time.Since(at) > time.Hour {
		t.Errorf("the annotation says %v, error %v", at, err)
	}
	if len(now.Annotations) != 1 || now.Generation != b.Generation {
		t.Errorf("more has changed: %+v", now)
	}
	w.run(t, "restart", "x", "--yes", "--approve").want(t, 1, "update.strategy Manual")
	zero := int32(0)
	w.Change(t, b, func(b *v1alpha1.FlashMQBroker) { b.Spec.Replicas = &zero })
	w.run(t, "restart", "x", "--yes").want(t, 1, "there is nothing to restart")
}

func restartAsked(t *testing.T, w *world) {
	b := w.broker(t, nil)
	for _, text := range []string{"", "n\n", "what?\n"} {
		w.typing(t, text, "restart", "x").want(t, 1, "Restart "+w.namespace+"/x? [y/N]",
			"nothing was done: answer y, or give --yes")
	}
	if now := w.again(t, b); len(now.Annotations) != 0 {
		t.Errorf("it has annotations: %v", now.Annotations)
	}
	w.typing(t, "Yes\n", "restart", "x").want(t, 0, "restart requested")
	w.Change(t, b, func(b *v1alpha1.FlashMQBroker) { b.Annotations = nil })
	b = w.again(t, b)
	*b.Status.Clients = 0
	if err := w.Client.Status().Update(t.Context(), b); err != nil {
		t.Fatal(err)
	}
	w.run(t, "restart", "x").want(t, 0, "no Client is connected", "restart requested")
}

func approve(t *testing.T, w *world) {
	b := w.broker(t, manual)
	w.run(t, "approve", "x").want(t, 1, "there is nothing to approve")
	waiting(b)
	if err := w.Client.Status().Update(t.Context(), b); err != nil {
		t.Fatal(err)
	}
	w.run(t, "approve", "x").want(t, 1, "nothing was done")
	w.run(t, "approve", "x", "-y").want(t, 0, "/x: ConfigChanged, config.eventLoops 2 -> 4; "+
		"1200 Clients are disconnected", "/x: approved")
	if got := w.again(t, b).Annotations[v1alpha1.ApproveAnnotation]; got != "w2" {
		t.Errorf("%q was approved", got)
	}
	w.run(t, "approve", "x").want(t, 0, "it is approved already")
	w.Change(t, b, func(b *v1alpha1.FlashMQBroker) {
		b.Spec.Update = &v1alpha1.Update{Strategy: v1alpha1.UpdateWindows,
			Windows: []v1alpha1.UpdateWindow{{Cron: "0 3 1 1 *", DurationMinutes: 1}}}
	})
	w.run(t, "approve", "x").want(t, 1, "when a window opens, and approval counts only with")
}

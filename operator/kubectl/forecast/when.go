// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package forecast

import (
	"fmt"
	"time"

	"k8s.io/apimachinery/pkg/util/duration"

	"github.com/flashmq/flashmq/api/v1alpha1"
	"github.com/flashmq/flashmq/operator/rollout"
)

// When says when a restart begins, as the rest of a sentence.
func When(b *v1alpha1.FlashMQBroker, now time.Time) string {
	if b.Spec.Paused != nil && *b.Spec.Paused {
		return "when spec.paused is false again"
	}
	strategy := v1alpha1.UpdateAutomatic
	if b.Spec.Update != nil && b.Spec.Update.Strategy != "" {
		strategy = b.Spec.Update.Strategy
	}
	switch strategy {
	case v1alpha1.UpdateManual:
		return fmt.Sprintf("after it was approved: kubectl flashmq approve %s -n %s", b.Name,
			b.Namespace)
	case v1alpha1.UpdateWindows:
		open, next, err := rollout.Window(b.Spec.Update.Windows, now)
		switch {
		case err != nil:
			return "never: " + err.Error()
		case open:
			return "at once: a window is open"
		}
		return fmt.Sprintf("at %s, in %s, when a window opens", next.Format(time.RFC3339),
			duration.HumanDuration(next.Sub(now)))
	}
	return "at once (update.strategy is Automatic)"
}

// Disconnected says what a restart of a broker means for its Clients, with the drain of a spec.
func Disconnected(b *v1alpha1.FlashMQBroker, spec *v1alpha1.FlashMQBrokerSpec) string {
	clients := Clients(b)
	if clients == 0 {
		return "no Client is connected, as far as is known"
	}
	text := fmt.Sprintf("%d Clients are disconnected", clients)
	if took := rollout.DrainTime(spec.Drain, clients); took > 0 {
		return fmt.Sprintf("%s, which takes about %s", text, duration.HumanDuration(took))
	}
	return text + " at once"
}

// Clients is how many are connected, as far as is known.
func Clients(b *v1alpha1.FlashMQBroker) int64 {
	if b.Status.Clients == nil {
		return 0
	}
	return *b.Status.Clients
}

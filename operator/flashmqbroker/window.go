// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package flashmqbroker

import (
	"fmt"
	"time"

	"github.com/robfig/cron/v3"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/flashmq/flashmq/api/v1alpha1"
)

// inWindow tells whether one of the windows is open now, or else when the next one begins.
func inWindow(
	windows []v1alpha1.UpdateWindow, now time.Time,
) (open bool, next time.Time, err error) {
	for i, w := range windows {
		zone := w.TimeZone
		if zone == "" {
			zone = "UTC"
		}
		location, err := time.LoadLocation(zone)
		if err != nil {
			return false, next, fmt.Errorf("spec.update.windows[%d].timeZone: %w", i, err)
		}
		schedule, err := cron.ParseStandard(w.Cron)
		if err != nil {
			return false, next, fmt.Errorf("spec.update.windows[%d].cron: %w", i, err)
		}
		// A window is open when one began less than its duration ago.
		length := time.Duration(w.DurationMinutes) * time.Minute
		if !schedule.Next(now.In(location).Add(-length)).After(now) {
			return true, now, nil
		}
		if t := schedule.Next(now.In(location)); next.IsZero() || t.Before(next) {
			next = t
		}
	}
	return false, next, nil
}

func timeOf(t time.Time) *metav1.Time {
	m := metav1.NewTime(t)
	return &m
}

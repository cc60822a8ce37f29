// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package rollout

import (
	"fmt"
	"time"
	_ "time/tzdata" // our images have no zones of their own

	"github.com/robfig/cron/v3"

	"github.com/flashmq/flashmq/api/v1alpha1"
)

// Window tells whether one of the windows is open now, or else when the next one begins.
func Window(
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
		began := schedule.Next(now.In(location).Add(-length))
		if began.IsZero() {
			return false, next, fmt.Errorf("spec.update.windows[%d].cron: %s never comes", i,
				w.Cron)
		}
		if !began.After(now) {
			return true, now, nil
		}
		if next.IsZero() || began.Before(next) {
			next = began
		}
	}
	return false, next, nil
}

// DrainTime is how long a broker takes to let its Clients go: at the rate of its spec, and not
// beyond its deadline.
func DrainTime(d *v1alpha1.Drain, clients int64) time.Duration {
	if d == nil || clients <= 0 || d.RatePerSecond == nil || *d.RatePerSecond == 0 {
		return 0 // all at once
	}
	needed := time.Duration((clients+int64(*d.RatePerSecond)-1)/int64(*d.RatePerSecond)) *
		time.Second
	if d.DeadlineSeconds == nil {
		return needed
	}
	return min(needed, time.Duration(*d.DeadlineSeconds)*time.Second)
}

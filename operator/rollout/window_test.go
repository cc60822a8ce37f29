// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package rollout_test

import (
	"strings"
	"testing"
	"time"

	"github.com/flashmq/flashmq/api/v1alpha1"
	"github.com/flashmq/flashmq/operator/rollout"
)

func TestWindow(t *testing.T) {
	t.Parallel()
	sunday := v1alpha1.UpdateWindow{Cron: "0 3 * * 0", DurationMinutes: 120,
		TimeZone: "Europe/Amsterdam"}
	nightly := v1alpha1.UpdateWindow{Cron: "30 1 * * *", DurationMinutes: 30}
	tests := []struct {
		name, now string
		windows   []v1alpha1.UpdateWindow
		open      bool
		next      string
	}{
		{"before", "2026-07-04T12:00:00Z", []v1alpha1.UpdateWindow{sunday}, false,
			"2026-07-05T01:00:00Z"},
		{"its first moment", "2026-07-05T01:00:00Z", []v1alpha1.UpdateWindow{sunday}, true, ""},
		{"inside", "2026-07-05T02:59:00Z", []v1alpha1.UpdateWindow{sunday}, true, ""},
		{"after", "2026-07-05T03:00:01Z", []v1alpha1.UpdateWindow{sunday}, false,
			"2026-07-12T01:00:00Z"},
		{"the earlier of two", "2026-07-04T12:00:00Z", []v1alpha1.UpdateWindow{nightly, sunday},
			false, "2026-07-05T01:00:00Z"},
		{"one of two is open", "2026-07-05T01:45:00Z", []v1alpha1.UpdateWindow{sunday, nightly},
			true, ""},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			now, err := time.Parse(time.RFC3339, test.now)
			if err != nil {
				t.Fatal(err)
			}
			open, next, err := rollout.Window(test.windows, now)
			if err != nil || open != test.open {
				t.Fatalf("open %t, error %v", open, err)
			}
			if got := next.UTC().Format(time.RFC3339); !open && got != test.next {
				t.Errorf("the next is %s", got)
			}
		})
	}
}

func TestWindowErrors(t *testing.T) {
	t.Parallel()
	for part, w := range map[string]v1alpha1.UpdateWindow{
		"windows[0].cron":     {Cron: "61 * * * *", DurationMinutes: 1},
		"windows[0].timeZone": {Cron: "0 * * * *", DurationMinutes: 1, TimeZone: "Mars/Olympus"},
	} {
		_, _, err := rollout.Window([]v1alpha1.UpdateWindow{w}, time.Unix(0, 0))
		if err == nil || !strings.Contains(err.Error(), part) {
			t.Errorf("%s: %v", part, err)
		}
	}
}

func TestDrainTime(t *testing.T) {
	t.Parallel()
	drain := func(rate, deadline int32) *v1alpha1.Drain {
		return &v1alpha1.Drain{RatePerSecond: &rate, DeadlineSeconds: &deadline}
	}
	tests := []struct {
		name    string
		drain   *v1alpha1.Drain
		clients int64
		want    time.Duration
	}{
		{"nobody", drain(500, 60), 0, 0},
		{"all at once", drain(0, 60), 1000, 0},
		{"a part of a second", drain(500, 60), 501, 2 * time.Second},
		{"the deadline", drain(10, 60), 100000, time.Minute},
		{"nothing is said", &v1alpha1.Drain{}, 1000, 0},
		{"no drain", nil, 1000, 0},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			if got := rollout.DrainTime(test.drain, test.clients); got != test.want {
				t.Errorf("got %s, want %s", got, test.want)
			}
		})
	}
}

func TestImage(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, image, version, pinned, standard, want string
	}{
		{"its own", "mine:3", "", "flashmq:1", "flashmq:2", "mine:3"},
		{"a version", "", "1.4", "r.example:5000/flashmq:1", "r.example:5000/flashmq:2",
			"r.example:5000/flashmq:1.4"},
		{"a version of one with a digest", "", "1.4", "", "flashmq:2@sha256:00", "flashmq:1.4"},
		{"a version that it has", "", "1.4", "flashmq:v1.4.2", "flashmq:1.4.3", "flashmq:v1.4.2"},
		{"a version that is known", "", "1.4", "flashmq:1.3", "flashmq:1.4.3", "flashmq:1.4.3"},
		{"1.40 is not 1.4", "", "1.4", "flashmq:1.40.0", "flashmq:2", "flashmq:1.4"},
		{"a registry with a port", "", "", "", "r.example:5000/flashmq",
			"r.example:5000/flashmq"},
		{"its tag", "", "1.4", "", "r.example:5000/flashmq", "r.example:5000/flashmq:1.4"},
		{"what it runs", "", "", "flashmq:1", "flashmq:2", "flashmq:1"},
		{"a new broker", "", "", "", "flashmq:2", "flashmq:2"},
		{"nobody knows", "", "1.4", "", "", ""},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			spec := &v1alpha1.FlashMQBrokerSpec{Image: v1alpha1.ImageName(test.image),
				Version: test.version}
			got := rollout.Image(spec, v1alpha1.ImageName(test.pinned), test.standard)
			if string(got) != test.want {
				t.Errorf("got %s, want %s", got, test.want)
			}
		})
	}
}

// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package rollout

import (
	"go/parser"
	"go/token"
	"strings"
	"testing"
	"time"

	"github.com/flashmq/flashmq/api/v1alpha1"
)

func window(cron string, minutes int32, zone string) v1alpha1.UpdateWindow {
	return v1alpha1.UpdateWindow{Cron: cron, DurationMinutes: minutes, TimeZone: zone}
}

func instant(t *testing.T, text string) time.Time {
	t.Helper()
	x, err := time.Parse(time.RFC3339, text)
	if err != nil {
		t.Fatal(err)
	}
	return x
}

func TestInWindow(t *testing.T) {
	t.Parallel()
	const amsterdam = "Europe/Amsterdam" // an hour before UTC, two in summer
	sunday := window("0 3 * * 0", 120, "UTC")
	night := window("30 23 * * *", 60, "UTC")
	spring, autumn := window("30 2 * * *", 30, amsterdam), window("30 2 * * *", 60, amsterdam)
	list := func(w ...v1alpha1.UpdateWindow) []v1alpha1.UpdateWindow { return w }
	tests := []struct {
		name    string
		windows []v1alpha1.UpdateWindow
		now     string
		// next is when the next one begins; "" while one is open.
		next string
	}{
		{"before", list(sunday), "2026-03-01T02:59:59Z", "2026-03-01T03:00:00Z"},
		{"its first instant", list(sunday), "2026-03-01T03:00:00Z", ""},
		{"inside", list(sunday), "2026-03-01T04:00:00Z", ""},
		{"its last second", list(sunday), "2026-03-01T04:59:59Z", ""},
		{"its end", list(sunday), "2026-03-01T05:00:00Z", "2026-03-08T03:00:00Z"},
		{"another day", list(sunday), "2026-03-03T04:00:00Z", "2026-03-08T03:00:00Z"},
		{"over midnight", list(night), "2026-03-02T00:15:00Z", ""},
		{"after midnight", list(night), "2026-03-02T00:30:00Z", "2026-03-02T23:30:00Z"},
		{"over a year", list(window("0 0 31 12 *", 2880, "UTC")), "2027-01-01T23:00:00Z", ""},
		{"longer than the time between two", list(window("0 * * * *", 90, "UTC")),
			"2026-03-01T00:59:59Z", ""},
		{"a week", list(window("0 0 * * 1", 10080, "UTC")), "2026-03-01T23:59:59Z", ""},
		{"the second of two is open", list(sunday, night), "2026-03-03T23:45:00Z", ""},
		{"the first of two is open", list(night, sunday), "2026-03-03T23:45:00Z", ""},
		{"the earlier of two is next", list(sunday, night), "2026-03-06T12:00:00Z",
			"2026-03-06T23:30:00Z"},
		{"the earlier of two is next, named last", list(night, sunday), "2026-03-08T01:00:00Z",
			"2026-03-08T03:00:00Z"},
		{"no zone is UTC", list(window("0 3 * * *", 60, "")), "2026-03-01T03:30:00Z", ""},
		{"a zone in winter", list(window("0 3 * * *", 60, amsterdam)), "2026-01-10T02:30:00Z", ""},
		{"a zone in winter, an hour later", list(window("0 3 * * *", 60, amsterdam)),
			"2026-01-10T03:30:00Z", "2026-01-11T02:00:00Z"},
		{"a zone in summer", list(window("0 3 * * *", 60, amsterdam)), "2026-07-10T01:30:00Z", ""},
		{"a day of the week in its zone", list(window("30 0 * * 1", 60, "Asia/Tokyo")),
			"2026-03-01T15:45:00Z", ""},
		{"half an hour of a zone", list(window("0 3 * * *", 60, "Asia/Kolkata")),
			"2026-03-01T21:45:00Z", ""},
		// 29 March 2026 has no 2:30 in Amsterdam: its clocks go from 2:00 to 3:00.
		{"an hour that is not", list(spring), "2026-03-29T01:15:00Z", "2026-03-30T00:30:00Z"},
		{"over the hour that is not", list(window("30 1 * * *", 60, amsterdam)),
			"2026-03-29T01:15:00Z", ""},
		{"before the clocks change", list(window("0 3 * * *", 60, amsterdam)),
			"2026-03-28T12:00:00Z", "2026-03-29T01:00:00Z"},
		// 25 October 2026 has it twice.
		{"an hour that is twice", list(autumn), "2026-10-25T00:45:00Z", ""},
		{"after the first of them", list(window("30 2 * * *", 10, amsterdam)),
			"2026-10-25T00:45:00Z", "2026-10-25T01:30:00Z"},
		{"a leap day", list(window("0 0 29 2 *", 60, "UTC")), "2026-03-01T00:00:00Z",
			"2028-02-29T00:00:00Z"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			open, next, err := Window(test.windows, instant(t, test.now))
			if err != nil {
				t.Fatal(err)
			}
			if open != (test.next == "") {
				t.Fatalf("open is %v, next %s", open, next)
			}
			if !open && !next.Equal(instant(t, test.next)) {
				t.Errorf("the next one begins at %s, want %s", next.UTC(), test.next)
			}
		})
	}
}

func TestInWindowRefusals(t *testing.T) {
	t.Parallel()
	good := window("0 3 * * *", 60, "UTC")
	tests := []struct {
		name string
		bad  v1alpha1.UpdateWindow
		want string
	}{
		{"no such zone", window("0 3 * * *", 60, "Europe/Atlantis"),
			"spec.update.windows[1].timeZone: unknown time zone Europe/Atlantis"},
		{"no such minute", window("60 3 * * *", 60, "UTC"), "spec.update.windows[1].cron: "},
		{"words", window("every day of the week", 60, "UTC"), "spec.update.windows[1].cron: "},
		{"no such day", window("0 0 30 2 *", 60, "UTC"),
			"spec.update.windows[1].cron: 0 0 30 2 * never comes"},
	}
	for _, test := range tests {
		open, _, err := Window([]v1alpha1.UpdateWindow{good, test.bad},
			instant(t, "2026-03-01T12:00:00Z"))
		if open || err == nil || !strings.HasPrefix(err.Error(), test.want) {
			t.Errorf("%s: open is %v, the error %v", test.name, open, err)
		}
	}
}

// The image of the operator has no files of zones.
func TestZonesAreCompiledIn(t *testing.T) {
	t.Parallel()
	f, err := parser.ParseFile(token.NewFileSet(), "window.go", nil, parser.ImportsOnly)
	if err != nil {
		t.Fatal(err)
	}
	for _, spec := range f.Imports {
		if spec.Path.Value == `"time/tzdata"` {
			return
		}
	}
	t.Error("window.go does not import time/tzdata")
}

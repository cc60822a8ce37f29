// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package main

import (
	"strings"
	"testing"
	"time"

	"github.com/flashmq/flashmq/pkg/mqtt"
)

// What HAProxy finds out only when it reloads is tried a few times, because each one brings the end
// of connections nearer: they live on when a reload succeeds at last.
func TestReloadFails(t *testing.T) {
	p := prepare(t, nil)
	p.exchange(t)
	a := p.inProcess(t)
	c := p.dial(t, 0)
	c.Connect(mqtt.V50, "stays")
	// A check does not look for the folder.
	p.edit = func(text string) string { return text + "\nfrontend more\n  bind /nowhere/at/all\n" }
	p.exchange(t)
	for _, want := range []struct {
		failed int
		says   string
	}{
		{1, "could not reload, its log says why; it is tried again after 1m0s"},
		{2, "could not reload, its log says why; it is tried again after 10m0s"},
		{3, "after 3 attempts it is not tried again until the files change"},
		{3, "after 3 attempts it is not tried again until the files change"},
	} {
		for range 5 {
			a.look(t.Context())
		}
		s, err := a.serving(t.Context())
		must(t, err)
		if said := a.status.Load().LastChange.Error; s.failed != want.failed ||
			!strings.Contains(said, want.says) {
			t.Errorf("%d failures: %q, want %+v", s.failed, said, want)
		}
		a.failed.again = time.Now()
	}
	p.dial(t, 0).Connect(mqtt.V50, "comes")
	p.edit, p.options.Timeouts.Connect = nil, 7
	p.exchange(t)
	a.look(t.Context())
	if s := a.status.Load(); s.LastChange.Error != "" || !s.LastChange.Reloaded {
		t.Errorf("the status is %+v", s.LastChange)
	}
	c.Quiet()
}

func TestFailure(t *testing.T) {
	t.Parallel()
	of := func(configuration, certificate string) files {
		return files{[]byte(configuration), map[string][]byte{"crt": []byte(certificate)}}
	}
	start := time.Unix(0, 0)
	for _, test := range []struct {
		name          string
		with          []files
		after         time.Duration // the last of them
		next, inForce files
		want          bool
	}{
		{"none", nil, 0, of("new", "a"), of("old", "a"), false},
		{"at once", []files{of("new", "a")}, 0, of("new", "a"), of("old", "a"), true},
		{"a minute later", []files{of("new", "a")}, time.Minute, of("new", "a"), of("old", "a"),
			false},
		{"after two", []files{of("new", "a"), of("new", "a")}, 9 * time.Minute, of("new", "a"),
			of("old", "a"), true},
		{"long after two", []files{of("new", "a"), of("new", "a")}, 10 * time.Minute,
			of("new", "a"), of("old", "a"), false},
		{"long after three", []files{of("new", "a"), of("new", "a"), of("new", "b")},
			1000 * time.Hour, of("new", "a"), of("old", "a"), true},
		{"another configuration", []files{of("new", "a")}, 0, of("newer", "a"), of("old", "a"),
			false},
		{"another configuration failed since", []files{of("new", "a"), of("new", "a"),
			of("newer", "a")}, time.Minute, of("newer", "a"), of("old", "a"), false},
		{"another certificate", []files{of("new", "a")}, 0, of("new", "b"), of("old", "a"), true},
		{"only a certificate", []files{of("old", "b")}, 0, of("old", "b"), of("old", "a"), true},
		{"only another certificate", []files{of("old", "b")}, 0, of("old", "c"), of("old", "a"),
			false},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			var f failure
			for _, with := range test.with {
				f.note(with, start)
			}
			if got := f.forbids(test.next, test.inForce, start.Add(test.after)); got != test.want {
				t.Errorf("%v, want %v", got, test.want)
			}
		})
	}
}

func TestFailures(t *testing.T) {
	t.Parallel()
	const head = "#<PID>          <type>          <reloads>       <uptime>        <version>\n"
	const worker = "# workers\n10563           worker          9               0d00h00m06s\n"
	for _, test := range []struct {
		name, said string
		want       int
	}{
		{"none", head + "10507           master          1 [failed: 0]   0d00h00m02s     2.6\n" +
			worker, 0},
		{"some", head + "10507           master          14 [failed: 12] 0d00h00m02s     2.6\n" +
			worker, 12},
		{"not told", head + "10507           master          5               0d00h00m02s\n" +
			worker, 0},
		{"nothing", "", 0},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			if got := failures(test.said); got != test.want {
				t.Errorf("%d, want %d", got, test.want)
			}
		})
	}
}

// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package flashmqbroker

import (
	"errors"
	"strings"
	"testing"

	appsv1 "k8s.io/api/apps/v1"

	"github.com/flashmq/flashmq/api/v1alpha1"
	"github.com/flashmq/flashmq/operator/resources"
)

func TestNewer(t *testing.T) {
	t.Parallel()
	tests := []struct {
		a, b string
		want bool
	}{
		{"1.4.2", "1.4.1", true}, {"1.4.1", "1.4.1", false}, {"1.4.1", "1.4.2", false},
		{"1.10.0", "1.9.9", true}, {"v2.0.0", "1.9.9", true}, {"1.4.2", "1.4.2-rc.1", true},
		{"1.4.2-rc.1", "1.4.2", false}, {"1.4.2-rc.10", "1.4.2-rc.9", true},
		{"latest", "1.4.2", false}, {"1.4.2", "latest", false}, {"1.4", "1.3.0", false},
		{"", "", false},
	}
	for _, test := range tests {
		if got := newer(test.a, test.b); got != test.want {
			t.Errorf("%q is newer than %q: %v", test.a, test.b, got)
		}
	}
}

func TestMinor(t *testing.T) {
	t.Parallel()
	for tag, want := range map[string]string{"1.4.2": "1.4", "v1.4.2": "1.4", "1.4": "1.4",
		"1.4.2-rc.1": "1.4", "10.20.30": "10.20", "latest": "latest", "1": "1", "": ""} {
		if got := minor(tag); got != want {
			t.Errorf("%q begins with %q, want %q", tag, got, want)
		}
	}
}

func TestImage(t *testing.T) {
	t.Parallel()
	const own, offers, newest, refused = v1alpha1.ReasonOwnImage, v1alpha1.ReasonNewerVersion,
		v1alpha1.ReasonUpToDate, v1alpha1.ReasonUnknownVersion
	tests := []struct {
		name, spec string
		// had is in the status, runs in the StatefulSet, brought by the operator.
		had, runs, brought string
		want               string
		reason             v1alpha1.ConditionReason
		available          string
	}{
		{"the first visit", "", "", "", "f:1.4.2", "f:1.4.2", newest, ""},
		{"another operator", "", "f:1.4.2", "f:1.4.2", "f:1.5.0", "f:1.4.2", offers, "1.5.0"},
		{"an older operator", "", "f:1.4.2", "", "f:1.3.0", "f:1.4.2", newest, ""},
		{"an operator without a version", "", "f:1.4.2", "", "f:latest", "f:1.4.2", newest, ""},
		{"an operator without an image", "", "f:1.4.2", "", "", "f:1.4.2", newest, ""},
		{"the status was lost", "", "", "f:1.4.2", "f:1.5.0", "f:1.4.2", offers, "1.5.0"},
		{"an image of one's own", "image: g:7", "f:1.4.2", "", "f:1.5.0", "g:7", own, ""},
		{"no longer", "", "g:7", "", "f:1.5.0", "g:7", newest, ""},
		{"a version", "version: '1.4'", "", "", "f:1.5.0", "f:1.4", newest, ""},
		{"a version that the operator has", "version: '1.5'", "f:1.4.2", "", "f:1.5.3", "f:1.5.3",
			newest, ""},
		{"a version that it runs", "version: '1.4'", "f:1.4.1", "", "f:1.4.2", "f:1.4.1", offers,
			"1.4.2"},
		{"an offer beyond the version", "version: '1.4'", "f:1.4.1", "", "f:1.5.0", "f:1.4.1",
			newest, ""},
		{"a version without a default", "version: '1.4'", "", "", "", "", refused, ""},
		{"nothing", "", "", "", "", "", refused, ""},
		{"patches are followed", "update: {upgrades: Patch}", "f:1.4.1", "", "f:1.4.9", "f:1.4.9",
			newest, ""},
		{"patches and no more", "update: {upgrades: Patch}", "f:1.4.1", "", "f:1.5.0", "f:1.4.1",
			offers, "1.5.0"},
		{"patches of the version", "version: 1.4.1\nupdate: {upgrades: Patch}", "f:1.4.1", "",
			"f:1.4.9", "f:1.4.1", newest, ""},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			p := spec(t, test.spec)
			p.Image, p.status.Image = test.brought, v1alpha1.ImageName(test.had)
			p.status.AvailableVersion = "0.0.1"
			if test.runs != "" {
				p.facts.statefulSet = resources.StatefulSet(p.broker,
					resources.Workload{Image: test.runs})
			}
			_, err := p.image()
			if user := (*invalid)(nil); errors.As(err, &user) {
				if user.reason != test.reason || !strings.Contains(user.message, "spec.image") {
					t.Errorf("%s: %v", user.reason, err)
				}
				return
			}
			c := p.told.Get(v1alpha1.ConditionUpgradeAvailable)
			if err != nil || string(p.status.Image) != test.want ||
				c.Reason != string(test.reason) ||
				p.status.AvailableVersion != test.available {
				t.Errorf("the image is %s, %s, on offer is %q, %v", p.status.Image, c.Reason,
					p.status.AvailableVersion, err)
			}
			allowed(t, p)
		})
	}
}

// A StatefulSet that a patch has left without the broker says nothing about its image.
func TestRunning(t *testing.T) {
	t.Parallel()
	if got := running(nil) + running(&appsv1.StatefulSet{}); got != "" {
		t.Errorf("the image is %q", got)
	}
}

// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package optional

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/go-logr/logr"
	"github.com/go-logr/logr/funcr"
	"github.com/google/go-cmp/cmp"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"
)

// cluster has these kinds by group and version; asking fails with err.
type cluster struct {
	kinds map[string][]string
	err   error
	asked int
}

func (c *cluster) ServerResourcesForGroupVersion(version string) (*metav1.APIResourceList, error) {
	c.asked++
	if c.err != nil {
		return nil, c.err
	}
	kinds, ok := c.kinds[version]
	if !ok {
		return nil, apierrors.NewNotFound(schema.GroupResource{}, version)
	}
	list := &metav1.APIResourceList{}
	for _, kind := range kinds {
		list.APIResources = append(list.APIResources,
			metav1.APIResource{Kind: kind, Name: strings.ToLower(kind) + "s"})
	}
	return list, nil
}

func TestKinds(t *testing.T) {
	t.Parallel()
	c := &cluster{}
	var told [][]schema.GroupVersionKind
	k := New(c, nil, time.Hour, logr.Discard(), func(gone []schema.GroupVersionKind) {
		told = append(told, gone)
	})
	steps := []struct {
		name  string
		kinds map[string][]string
		err   error
		there []bool // Certificate, ServiceMonitor, PrometheusRule
		told  [][]schema.GroupVersionKind
	}{
		{name: "none", there: []bool{false, false, false}},
		{name: "one group",
			kinds: map[string][]string{"monitoring.coreos.com/v1": {"ServiceMonitor"}},
			there: []bool{false, true, false}, told: [][]schema.GroupVersionKind{nil}},
		{name: "asking fails", err: errors.New("no"), there: []bool{false, true, false}},
		{name: "still there",
			kinds: map[string][]string{"monitoring.coreos.com/v1": {"ServiceMonitor"}},
			there: []bool{false, true, false}},
		{name: "exchanged", kinds: map[string][]string{"cert-manager.io/v1": {"Issuer",
			"Certificate"}},
			there: []bool{true, false, false},
			told:  [][]schema.GroupVersionKind{{ServiceMonitor}}},
	}
	for _, step := range steps {
		c.kinds, c.err, c.asked, told = step.kinds, step.err, 0, nil
		k.Refresh(t.Context())
		there := []bool{k.There(Certificate), k.There(ServiceMonitor), k.There(PrometheusRule)}
		if d := cmp.Diff(step.there, there); d != "" {
			t.Errorf("%s: %s", step.name, d)
		}
		if d := cmp.Diff(step.told, told); d != "" {
			t.Errorf("%s: told %s", step.name, d)
		}
		if c.asked > 2 {
			t.Errorf("%s: %d requests for two groups", step.name, c.asked)
		}
	}
}

func TestRights(t *testing.T) {
	t.Parallel()
	c := &cluster{kinds: map[string][]string{"monitoring.coreos.com/v1": {"ServiceMonitor"}}}
	refused, broken := "watch", error(nil)
	var lines []string
	log := funcr.New(func(_, line string) { lines = append(lines, line) }, funcr.Options{})
	k := New(c, func(_ context.Context, verb string, r schema.GroupResource) (bool, error) {
		if r.String() != "servicemonitors.monitoring.coreos.com" {
			t.Errorf("asked about %s", r)
		}
		return verb != refused, broken
	}, time.Hour, log, func([]schema.GroupVersionKind) {})
	steps := []struct {
		name, refused string
		broken        error
		there         bool
		log           string
	}{
		{name: "refused", refused: "watch", log: `"verb"="watch" "resource"="servicemonitors"`},
		{name: "still refused", refused: "watch"},
		{name: "another", refused: "delete", log: `"verb"="delete"`},
		{name: "allowed", there: true, log: "may use a kind now"},
		{name: "not known", broken: errors.New("no answer"), there: true, log: "no answer"},
	}
	for _, step := range steps {
		refused, broken, lines = step.refused, step.broken, nil
		k.Refresh(t.Context())
		if got := k.There(ServiceMonitor); got != step.there {
			t.Errorf("%s: there is %v", step.name, got)
		}
		text := strings.Join(lines, "")
		if (step.log == "") != (text == "") || !strings.Contains(text, step.log) {
			t.Errorf("%s: logged %q", step.name, text)
		}
	}
}

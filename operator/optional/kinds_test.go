// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package optional

import (
	"errors"
	"testing"
	"time"

	"github.com/go-logr/logr"
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
		list.APIResources = append(list.APIResources, metav1.APIResource{Kind: kind})
	}
	return list, nil
}

func TestKinds(t *testing.T) {
	t.Parallel()
	c := &cluster{}
	var told [][]schema.GroupVersionKind
	k := New(c, time.Hour, logr.Discard(), func(gone []schema.GroupVersionKind) {
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
		k.Refresh()
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

// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package flashmqbroker

import (
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/flashmq/flashmq/api/v1alpha1"
	"github.com/flashmq/flashmq/operator/optional"
	"github.com/flashmq/flashmq/operator/resources"
)

// monitoring makes what prometheus-operator reads, where it is there.
func (p *pass) monitoring() (bool, error) {
	m := p.broker.Spec.Metrics
	if m.Dashboard.Mode == v1alpha1.ExtraEnabled {
		if err := p.want(resources.Dashboard(p.broker)); err != nil {
			return false, err
		}
	}
	children := []struct {
		wanted v1alpha1.MonitorMode
		kind   schema.GroupVersionKind
		make   func(*v1alpha1.FlashMQBroker) *unstructured.Unstructured
	}{
		{m.ServiceMonitor.Mode, optional.ServiceMonitor, resources.ServiceMonitor},
		{v1alpha1.MonitorMode(m.Rules.Mode), optional.PrometheusRule, resources.PrometheusRule},
	}
	for _, c := range children {
		switch {
		case c.wanted == v1alpha1.MonitorDisabled || c.wanted == "":
			continue
		case !p.Kinds.There(c.kind):
			if c.wanted == v1alpha1.MonitorEnabled {
				p.warn("the cluster has no " + c.kind.Kind +
					": install prometheus-operator, or change spec.metrics")
			}
			continue
		}
		if err := p.want(c.make(p.broker)); err != nil {
			return false, err
		}
	}
	return true, nil
}

// optionalLists are for the kinds that the cluster has.
func (p *pass) optionalLists() (out []client.ObjectList) {
	for _, kind := range []schema.GroupVersionKind{
		optional.ServiceMonitor, optional.PrometheusRule, optional.Certificate} {
		if p.Kinds.There(kind) {
			list := &unstructured.UnstructuredList{}
			list.SetGroupVersionKind(kind.GroupVersion().WithKind(kind.Kind + "List"))
			out = append(out, list)
		}
	}
	return out
}

// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package operator

import (
	"context"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	policyv1 "k8s.io/api/policy/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/cache"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/handler"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"

	"github.com/flashmq/flashmq/api/v1alpha1"
	"github.com/flashmq/flashmq/operator/apply"
	"github.com/flashmq/flashmq/operator/resources"
)

// Ours: the index of brokers by what they refer to.
const referenceIndex = "flashmq.io/references"

// indexReferences lets brokers be found by the names of Secrets and ConfigMaps.
func indexReferences(m ctrl.Manager) error {
	return m.GetFieldIndexer().IndexField(context.Background(), &v1alpha1.FlashMQBroker{},
		referenceIndex, func(o client.Object) []string {
			return names(o.(*v1alpha1.FlashMQBroker)) // nothing else is indexed
		})
}

// indexChildren lets the children of a broker, and its pods, be found by its name.
func indexChildren(m ctrl.Manager) error {
	for _, child := range []client.Object{&appsv1.StatefulSet{}, &corev1.Service{},
		&corev1.ConfigMap{}, &corev1.Secret{}, &corev1.ServiceAccount{}, &corev1.Pod{},
		&appsv1.Deployment{}, &policyv1.PodDisruptionBudget{}, &networkingv1.NetworkPolicy{}} {
		err := m.GetFieldIndexer().IndexField(context.Background(), child, apply.Index,
			func(o client.Object) []string {
				if name := o.GetLabels()[resources.BrokerLabel]; name != "" {
					return []string{name}
				}
				return nil
			})
		if err != nil {
			return err
		}
	}
	return nil
}

// names are those of Secrets and ConfigMaps that a broker refers to. The two are not told apart:
// to look once too often costs nothing.
func names(b *v1alpha1.FlashMQBroker) (out []string) {
	for i := range b.Spec.Listeners {
		t := b.Spec.Listeners[i].TLS
		if t == nil {
			continue
		}
		out = append(out, string(t.SecretName))
		if t.IssuerRef != nil {
			out = append(out, resources.ListenerSecretName(b, b.Spec.Listeners[i].Name))
		}
		if t.VerifiesClients() {
			a := t.ClientAuth
			out = append(out, string(a.CAFrom.SecretName), string(a.CAFrom.ConfigMapName),
				string(a.CRLSecretName))
		}
	}
	return out
}

// referring finds the brokers that refer to an object.
func referring(c client.Reader) handler.MapFunc {
	return func(ctx context.Context, o client.Object) []reconcile.Request {
		var list v1alpha1.FlashMQBrokerList
		err := c.List(ctx, &list, client.InNamespace(o.GetNamespace()),
			client.MatchingFields{referenceIndex: o.GetName()})
		if err != nil {
			return nil // the cache is closed
		}
		return requests(list.Items)
	}
}

// watchReferences begins to watch the metadata of what may be referred to. It needs a cache of its
// own: that of the manager has nothing but our children.
func watchReferences(m ctrl.Manager, namespaces []string) (cache.Cache, error) {
	c, err := cache.New(m.GetConfig(), cache.Options{HTTPClient: m.GetHTTPClient(),
		Scheme: m.GetScheme(), Mapper: m.GetRESTMapper(), DefaultNamespaces: configured(namespaces),
		DefaultTransform: bareMetadata})
	if err != nil {
		return nil, err
	}
	return c, m.Add(c)
}

// bareMetadata drops what nobody reads of the metadata of every Secret in a cluster.
func bareMetadata(o any) (any, error) {
	if m, ok := o.(*metav1.PartialObjectMetadata); ok {
		m.ManagedFields, m.Annotations, m.Labels, m.OwnerReferences = nil, nil, nil, nil
	}
	return o, nil
}

// referable are the kinds that a broker can refer to.
func referable() []client.Object {
	var out []client.Object
	for _, kind := range []string{"Secret", "ConfigMap"} {
		m := &metav1.PartialObjectMetadata{}
		m.SetGroupVersionKind(schema.GroupVersionKind{Version: "v1", Kind: kind})
		out = append(out, m)
	}
	return out
}

// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package operator

import (
	"context"
	"fmt"
	"os"
	"runtime/debug"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	policyv1 "k8s.io/api/policy/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/discovery"
	"k8s.io/client-go/kubernetes/scheme"
	"k8s.io/client-go/util/workqueue"
	"k8s.io/utils/clock"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/builder"
	"sigs.k8s.io/controller-runtime/pkg/cache"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/controller"
	"sigs.k8s.io/controller-runtime/pkg/event"
	"sigs.k8s.io/controller-runtime/pkg/handler"
	"sigs.k8s.io/controller-runtime/pkg/predicate"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"
	"sigs.k8s.io/controller-runtime/pkg/source"

	"github.com/flashmq/flashmq/api/v1alpha1"
	"github.com/flashmq/flashmq/operator/brokeradmin"
	"github.com/flashmq/flashmq/operator/flashmqbroker"
	"github.com/flashmq/flashmq/operator/optional"
	"github.com/flashmq/flashmq/operator/proxyagent"
	"github.com/flashmq/flashmq/operator/resources"
	"github.com/flashmq/flashmq/pkg/admin"
)

// Options of the operator.
type Options struct {
	// Namespaces are those of the manager's cache, none for all.
	Namespaces []string
	// Image is that of brokers that name none, ProxyImage that of HAProxy, AgentImage the
	// operator's own, which has the agent for HAProxy pods.
	Image, ProxyImage, AgentImage string
	ClusterDomain                 string
	// Namespace is where the operator runs; empty outside of the cluster.
	Namespace string
	// Rollouts is how many brokers may restart at a time, Workers how many are looked at.
	Rollouts, Workers int
	// Report asks a broker; brokeradmin does if nil.
	Report func(ctx context.Context, address, token string) (*admin.Report, error)
	// ProxyStatus asks the agent beside a HAProxy; brokeradmin does if nil.
	ProxyStatus func(ctx context.Context, address string) (*proxyagent.Status, error)
	Clock       clock.PassiveClock
	// AskForKinds is how often the cluster is asked for kinds that it may or may not have; every
	// minute if zero.
	AskForKinds time.Duration
}

// Scheme knows the kinds that the operator reads and writes.
func Scheme() (*runtime.Scheme, error) {
	s := runtime.NewScheme()
	if err := scheme.AddToScheme(s); err != nil {
		return nil, err
	}
	return s, v1alpha1.AddToScheme(s)
}

// Cache is what a manager keeps in memory: our own children only, and the brokers that match.
func Cache(namespaces []string, selector labels.Selector) cache.Options {
	return cache.Options{
		DefaultNamespaces: configured(namespaces),
		DefaultLabelSelector: labels.SelectorFromSet(
			labels.Set{resources.ManagedByLabel: resources.ManagedBy}),
		ByObject: map[client.Object]cache.ByObject{
			&v1alpha1.FlashMQBroker{}: {Label: selector},
			&corev1.Pod{}:             {Transform: withoutSpec}},
		DefaultTransform: cache.TransformStripManagedFields(),
	}
}

// withoutSpec drops what nobody reads of pods: the StatefulSet has it.
func withoutSpec(o any) (any, error) {
	if pod, ok := o.(*corev1.Pod); ok {
		pod.ManagedFields, pod.Spec = nil, corev1.PodSpec{}
	}
	return o, nil
}

// SaveMemory has the process collect garbage sooner than usual, unless GOGC says when.
// Most of an operator's memory is its cache, which does not change: to collect is cheap, and a
// sixth of the memory is saved (146 to 122 MB with 500 brokers).
func SaveMemory() {
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(gcPercent)
	}
}

// Client is how a manager's client reads: from memory, also what is not compiled in, which would
// otherwise be listed at each visit to a broker.
func Client() client.Options {
	return client.Options{Cache: &client.CacheOptions{Unstructured: true}}
}

func configured(namespaces []string) map[string]cache.Config {
	if len(namespaces) == 0 {
		return nil // all
	}
	out := make(map[string]cache.Config)
	for _, n := range namespaces {
		out[n] = cache.Config{}
	}
	return out
}

// Ours.
const (
	gcPercent   = 75
	askForKinds = time.Minute
	// retryFirst is when a broker is looked at again after a failure, doubled each time, and
	// retryAtMost the longest wait: when an API server comes back after an hour, nobody wants to
	// wait for another quarter of one.
	retryFirst, retryAtMost = 5 * time.Millisecond, 30 * time.Second
	// visitAtMost is far longer than a visit takes. It ends those that wait for what does not come,
	// such as a cache of a kind that cannot be listed.
	visitAtMost = time.Minute
)

// Register adds the operator's controllers to a manager.
func Register(m ctrl.Manager, o Options) error {
	if o.Clock == nil {
		o.Clock = clock.RealClock{}
	}
	if o.Report == nil {
		o.Report = brokeradmin.New(nil).Report
	}
	if o.ProxyStatus == nil {
		o.ProxyStatus = brokeradmin.New(nil).ProxyStatus
	}
	d, err := discovery.NewDiscoveryClientForConfigAndClient(m.GetConfig(), m.GetHTTPClient())
	if err != nil {
		return fmt.Errorf("operator: %w", err)
	}
	if o.AskForKinds == 0 {
		o.AskForKinds = askForKinds
	}
	// One event stands for all brokers, and for any number of changes that were not seen yet.
	all := make(chan event.GenericEvent, 1)
	kinds := optional.New(d, rights(m.GetClient(), o.Namespaces), o.AskForKinds,
		m.GetLogger().WithName("kinds"),
		func(gone []schema.GroupVersionKind) { kindsChanged(m, gone, all) })
	if err := m.Add(kinds); err != nil {
		return fmt.Errorf("operator: %w", err)
	}
	users, err := watchReferences(m, o.Namespaces)
	if err != nil {
		return fmt.Errorf("operator: %w", err)
	}
	c := flashmqbroker.New(flashmqbroker.Options{Client: m.GetClient(), Direct: m.GetAPIReader(),
		Referred: users, Report: o.Report, ProxyStatus: o.ProxyStatus, Kinds: kinds,
		Events: m.GetEventRecorder(flashmqbroker.FieldOwner),
		Now:    o.Clock.Now, Image: o.Image, ProxyImage: o.ProxyImage, AgentImage: o.AgentImage,
		ClusterDomain: o.ClusterDomain, Namespace: o.Namespace, Rollouts: o.Rollouts})
	if err := indexReferences(m); err != nil {
		return fmt.Errorf("operator: %w", err)
	}
	if err := indexChildren(m); err != nil {
		return fmt.Errorf("operator: %w", err)
	}
	refer := handler.EnqueueRequestsFromMapFunc(referring(m.GetClient()))
	b := ctrl.NewControllerManagedBy(m).For(&v1alpha1.FlashMQBroker{},
		builder.WithPredicates(predicate.Or(predicate.GenerationChangedPredicate{},
			predicate.AnnotationChangedPredicate{}))).
		Owns(&appsv1.StatefulSet{}).Owns(&corev1.Service{}).Owns(&corev1.ConfigMap{}).
		Owns(&corev1.Secret{}).Owns(&corev1.ServiceAccount{}).Owns(&appsv1.Deployment{}).
		Owns(&policyv1.PodDisruptionBudget{}).Owns(&networkingv1.NetworkPolicy{}).
		Watches(&corev1.Pod{}, handler.EnqueueRequestsFromMapFunc(brokerOf)).
		WatchesRawSource(source.Channel(all,
			handler.EnqueueRequestsFromMapFunc(everyBroker(m.GetClient())))).
		WithOptions(controller.Options{MaxConcurrentReconciles: max(o.Workers, 1),
			ReconciliationTimeout: visitAtMost,
			RateLimiter: workqueue.NewTypedItemExponentialFailureRateLimiter[reconcile.Request](
				retryFirst, retryAtMost)})
	for _, object := range referable() {
		b = b.WatchesRawSource(source.Kind[client.Object](users, object, refer))
	}
	return b.Named("flashmqbroker").Complete(c)
}

// kindsChanged forgets kinds that are gone, whose watches could only fail, and has all brokers
// looked at.
func kindsChanged(m ctrl.Manager, gone []schema.GroupVersionKind, all chan event.GenericEvent) {
	for _, kind := range gone {
		object := &unstructured.Unstructured{}
		object.SetGroupVersionKind(kind)
		_ = m.GetCache().RemoveInformer(context.Background(), object)
	}
	select {
	case all <- event.GenericEvent{Object: &v1alpha1.FlashMQBroker{}}:
	default: // one is waiting
	}
}

// brokerOf finds the broker of a pod by its label.
func brokerOf(_ context.Context, o client.Object) []reconcile.Request {
	name := o.GetLabels()[resources.BrokerLabel]
	if name == "" {
		return nil
	}
	return []reconcile.Request{{NamespacedName: types.NamespacedName{
		Namespace: o.GetNamespace(), Name: name}}}
}

// everyBroker lists all there are.
func everyBroker(c client.Reader) handler.MapFunc {
	return func(ctx context.Context, _ client.Object) []reconcile.Request {
		var list v1alpha1.FlashMQBrokerList
		if c.List(ctx, &list) != nil {
			return nil // the cache is closed
		}
		return requests(list.Items)
	}
}

func requests(list []v1alpha1.FlashMQBroker) (out []reconcile.Request) {
	for i := range list {
		out = append(out, reconcile.Request{NamespacedName: client.ObjectKeyFromObject(&list[i])})
	}
	return out
}
